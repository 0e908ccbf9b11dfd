import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { bytesOf, openHub } from './with-hub.ts';

const WEIGHTS = '/sample/tiny-llama/resolve/main/model.safetensors';

it('a hub with latency lets every answer wait', async () => {
  const hub = await openHub({ latencyMs: 600_000 });
  const answer = fetch(`${hub.url}/api/models/gpt2`).catch((error: unknown) => error);
  expect(await hub.waitForRequest(() => true)).toMatchObject({ status: 0, done: false });
  await hub.close();
  expect(await answer).toBeInstanceOf(Error);
});

describe('the log of requests', () => {
  it('counts what was sent to each, and in all', async () => {
    const hub = await openHub();
    await bytesOf(
      await fetch(hub.url + WEIGHTS, { headers: { range: 'bytes=100-299', authorization: 'Bearer hf_sample' } }),
    );
    await hub.waitForRequest(({ host, done }) => host === 'cdn' && done);
    const [first, second] = hub.requests;
    expect(first).toMatchObject({ host: 'hub', method: 'GET', path: WEIGHTS, status: 302 });
    expect(first!.headers.authorization).toBe('Bearer hf_sample');
    expect(second).toMatchObject({ host: 'cdn', status: 206, range: 'bytes=100-299', bytesSent: 200 });
    expect(second!.headers.authorization).toBeUndefined();
    expect(hub.bytesSent()).toBe(first!.bytesSent + 200);
  });

  it('does not go on sending to those who have left', async () => {
    const hub = await openHub();
    const gone = new AbortController();
    const big = await fetch(`${hub.url}/gpt2/resolve/main/64.tflite`, { signal: gone.signal });
    await big.body!.getReader().read();
    gone.abort();
    const record = await hub.waitForRequest(({ host, done }) => host === 'cdn' && done);
    expect(record.bytesSent).toBeLessThan(495_791_932);
  });

  it('remembers the last ones alone where it was told so', async () => {
    const hub = await openHub({ requestsKept: 2 });
    for (const at of [1, 2, 3, 4, 5]) await bytesOf(await fetch(`${hub.url}/api/models/org/m${at}`));
    expect(hub.requests.map(({ path }) => path.at(-1))).toEqual(['3', '4', '5']);
  });

  it('tells in its error what was asked instead', async () => {
    const hub = await openHub();
    await fetch(`${hub.url}/api/models/gpt2`);
    await expect(hub.waitForRequest(({ path }) => path === '/never', 1)).rejects.toThrow('GET /api/models/gpt2');
  });
});

it('keeps connections alive between requests, as the real one does', async () => {
  const hub = await openHub();
  const status = await new Promise<string | undefined>((resolve, reject) => {
    request(`${hub.url}/api/models/sample/tiny-llama`, (response) => {
      response.resume();
      resolve(response.headers.connection);
    })
      .on('error', reject)
      .end();
  });
  expect(status).toBe('keep-alive');
});
