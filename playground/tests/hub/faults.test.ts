import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Fault, SampleHub } from '../../hub/sample-hub.ts';
import { bytesOf, openHub, sha256 } from './with-hub.ts';

const WEIGHTS = '/sample/tiny-llama/resolve/main/model.safetensors';
const SIZE = 3_000_000;

const hashOf = (hub: SampleHub): string =>
  hub
    .commitOf('sample/tiny-llama')
    .files.find((file) => file.path === 'model.safetensors')!
    .etag();

const withFault = async (fault: Fault): Promise<SampleHub> => {
  const hub = await openHub();
  hub.setFault(fault);
  return hub;
};

/** Reads a body until it ends or breaks. */
const readAll = async (response: Response): Promise<{ bytes: number; error: unknown }> => {
  let bytes = 0;
  try {
    for await (const chunk of response.body!) bytes += (chunk as Uint8Array).length;
    return { bytes, error: undefined };
  } catch (error) {
    return { bytes, error };
  }
};

const isWhole = async (hub: SampleHub): Promise<boolean> =>
  sha256(await bytesOf(await fetch(hub.url + WEIGHTS))) === hashOf(hub);

describe('instead of an answer', () => {
  it('the connection breaks', async () => {
    const hub = await withFault({ kind: 'reset', host: 'cdn', times: 1 });
    await expect(fetch(hub.url + WEIGHTS)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(await isWhole(hub)).toBe(true);
  });

  it('there is silence, and the connection stays open until the hub closes', async () => {
    const hub = await withFault({ kind: 'silence', path: 'tree' });
    const answer = fetch(`${hub.url}/api/models/sample/tiny-llama/tree/main`).catch((error: unknown) => error);
    const record = await hub.waitForRequest(({ path }) => path.includes('tree'));
    expect(record).toMatchObject({ status: 0, done: false });
    await hub.close();
    expect(await answer).toBeInstanceOf(Error);
    expect(record.done).toBe(true);
  });

  it.each(['taken back', 'cleared'])('there is silence until it is %s: then it answers', async (how) => {
    const hub = await openHub();
    const takeBack = hub.setFault({ kind: 'silence', path: 'tree' });
    const answer = fetch(`${hub.url}/api/models/sample/tiny-llama/tree/main`);
    const record = await hub.waitForRequest(({ path }) => path.includes('tree'));
    expect(record).toMatchObject({ status: 0, done: false });
    if (how === 'cleared') hub.clearFaults();
    else takeBack();
    expect((await answer).status).toBe(200);
  });

  it('a signed URL has expired', async () => {
    const hub = await withFault({ kind: 'expired', times: 2 });
    expect((await fetch(hub.url + WEIGHTS)).status).toBe(403);
    expect((await fetch(hub.url + WEIGHTS)).status).toBe(403);
    expect(await isWhole(hub)).toBe(true);
  });

  it('there are too many requests, with the usual headers or with others', async () => {
    const hub = await withFault({ kind: 'rate_limited', host: 'hub', seconds: 7, times: 1 });
    const usual = await fetch(hub.url + WEIGHTS);
    expect([usual.status, usual.headers.get('ratelimit')]).toEqual([429, '"resolvers";r=0;t=7']);
    hub.setFault({ kind: 'rate_limited', host: 'cdn', headers: { 'Retry-After': '3' } });
    const other = await fetch(hub.url + WEIGHTS);
    expect([other.status, other.headers.get('ratelimit'), other.headers.get('retry-after')]).toEqual([429, null, '3']);
  });

  it.each([500, 503])('the status is %i', async (status) => {
    const hub = await withFault({ kind: 'status', status, times: 1 });
    expect((await fetch(hub.url + WEIGHTS)).status).toBe(status);
    expect(await isWhole(hub)).toBe(true);
  });

  it('a proxy sends a page', async () => {
    const hub = await withFault({ kind: 'html', path: /^\/api\// });
    const response = await fetch(`${hub.url}/api/models/sample/tiny-llama`);
    expect([response.status, response.headers.get('content-type')]).toEqual([502, 'text/html']);
    expect(await response.text()).toContain('Bad Gateway');
    expect(await isWhole(hub)).toBe(true);
  });

  it('there is nothing for a while, and then the answer', async () => {
    const hub = await openHub();
    const takeBack = hub.setFault({ kind: 'late', milliseconds: 600_000, path: 'gpt2' });
    const waiting = fetch(`${hub.url}/api/models/gpt2`).catch((error: unknown) => error);
    const record = await hub.waitForRequest(({ path }) => path.includes('gpt2'));
    expect((await fetch(`${hub.url}/api/models/sample/tiny-llama`)).status).toBe(200);
    expect(record).toMatchObject({ status: 0, done: false });
    takeBack();
    hub.setFault({ kind: 'late', milliseconds: 1, times: 1 });
    expect((await fetch(`${hub.url}/api/models/gpt2`)).status).toBe(200);
    await hub.close();
    expect(await waiting).toBeInstanceOf(Error);
  });
});

describe('while a file is sent', () => {
  it('the connection breaks after so many bytes', async () => {
    const hub = await withFault({ kind: 'reset_after', bytes: 1_000_000, times: 1 });
    const { bytes, error } = await readAll(await fetch(hub.url + WEIGHTS));
    expect(bytes).toBeLessThanOrEqual(1_000_000);
    expect(error).toBeInstanceOf(Error);
    const record = hub.requests.find(({ host }) => host === 'cdn')!;
    expect(record).toMatchObject({ bytesSent: 1_000_000, done: true, file: 'sample/tiny-llama/model.safetensors' });
    expect(await isWhole(hub)).toBe(true);
  });

  it('nothing more comes after so many bytes, and the connection stays open', async () => {
    const hub = await withFault({ kind: 'stall_after', bytes: 500_000, times: 1 });
    const reader = (await fetch(hub.url + WEIGHTS)).body!.getReader();
    let bytes = 0;
    while (bytes < 500_000) bytes += (await reader.read()).value!.length;
    const record = await hub.waitForRequest(({ host, bytesSent }) => host === 'cdn' && bytesSent === 500_000);
    expect([bytes, record.done]).toEqual([500_000, false]);
    await reader.cancel();
    await hub.waitForRequest((each) => each === record && each.done);
  });

  it('the last bytes are missing and the length does not say so', async () => {
    const hub = await withFault({ kind: 'short_body', missing: 5, times: 1 });
    const response = await fetch(hub.url + WEIGHTS);
    expect(response.headers.get('content-length')).toBe(String(SIZE - 5));
    expect(await readAll(response)).toEqual({ bytes: SIZE - 5, error: undefined });
    expect(await isWhole(hub)).toBe(true);
  });

  it('the last bytes are missing though the length promised them', async () => {
    const hub = await withFault({ kind: 'short_body', missing: 5, announced: 'full', times: 1 });
    const response = await fetch(hub.url + WEIGHTS, { headers: { range: 'bytes=0-99' } });
    expect(response.headers.get('content-length')).toBe('100');
    const { bytes, error } = await readAll(response);
    expect(bytes).toBe(95);
    expect(error).toBeInstanceOf(Error);
  });

  it.each([
    ['bytes=1000-1999', 'bytes 999-1998/3000000'],
    ['bytes=0-999', 'bytes 1-999/3000000'],
  ])('%s is answered with another range: %s', async (range, contentRange) => {
    const hub = await withFault({ kind: 'wrong_range', times: 1 });
    const response = await fetch(hub.url + WEIGHTS, { headers: { range } });
    expect([response.status, response.headers.get('content-range')]).toEqual([206, contentRange]);
    const [, first, last] = /(\d+)-(\d+)/.exec(contentRange)!.map(Number);
    const file = hub.commitOf('sample/tiny-llama').files.find((each) => each.isLfs)!;
    expect(Buffer.from(await bytesOf(response)).equals(file.content.read(first!, last! + 1))).toBe(true);
  });

  it('the range is ignored', async () => {
    const hub = await withFault({ kind: 'ignore_range' });
    const response = await fetch(hub.url + WEIGHTS, { headers: { range: 'bytes=1000-1999' } });
    expect([response.status, response.headers.get('content-range')]).toEqual([200, null]);
    expect(await bytesOf(response)).toHaveLength(SIZE);
  });

  it('one byte is another, once: only where the byte is sent', async () => {
    const hub = await withFault({ kind: 'corrupt', offset: 1_234_567, times: 1 });
    const first = await fetch(hub.url + WEIGHTS, { headers: { range: 'bytes=0-999999' } });
    const file = hub.commitOf('sample/tiny-llama').files.find((each) => each.isLfs)!;
    expect(Buffer.from(await bytesOf(first)).equals(file.content.read(0, 1_000_000))).toBe(true);
    const second = await bytesOf(await fetch(hub.url + WEIGHTS));
    const right = file.content.read(0, SIZE);
    expect([...second.keys()].filter((at) => second[at] !== right[at])).toEqual([1_234_567]);
    expect(await isWhole(hub)).toBe(true);
  });

  it('the ETag is another than before', async () => {
    const hub = await withFault({ kind: 'changed_etag', host: 'hub', times: 1 });
    const etag = async (): Promise<string | null> => {
      const response = await fetch(hub.url + WEIGHTS, { method: 'HEAD', redirect: 'manual' });
      return response.headers.get('x-linked-etag');
    };
    expect(await etag()).toBe(`"${'c'.repeat(64)}"`);
    expect(await etag()).toBe(`"${hashOf(hub)}"`);
  });

  it('the bytes come slowly: in many small pieces', async () => {
    const hub = await withFault({ kind: 'slow', bytesPerSecond: 400_000, path: 'model.safetensors' });
    const response = await fetch(hub.url + WEIGHTS, { headers: { range: 'bytes=0-99999' } });
    const sent: number[] = [];
    hub.onRequest(({ host, bytesSent }) => {
      if (host === 'cdn') sent.push(bytesSent);
    });
    expect((await readAll(response)).bytes).toBe(100_000);
    expect(new Set(sent).size).toBeGreaterThan(2);
  });

  it('so many bytes come of all that is asked for, and the rest when it may', async () => {
    const hub = await openHub();
    const letGo = hub.setFault({ kind: 'held', bytes: 150_000, path: 'model.safetensors' });
    const ask = (range: string) => fetch(hub.url + WEIGHTS, { headers: { range } }).then(readAll);
    const [left, right] = [ask('bytes=0-99999'), ask('bytes=100000-199999')];
    const sent = () => hub.requests.reduce((sum, { host, bytesSent }) => sum + (host === 'cdn' ? bytesSent : 0), 0);
    await hub.waitForRequest(() => sent() === 150_000);
    // It holds nothing but what it says.
    expect((await fetch(`${hub.url}/sample/tiny-llama/resolve/main/config.json`)).ok).toBe(true);
    const gone = new AbortController();
    const response = await fetch(hub.url + WEIGHTS, { signal: gone.signal });
    gone.abort();
    await expect(response.arrayBuffer()).rejects.toThrow('aborted');
    await hub.waitForRequest(({ host, range, done }) => host === 'cdn' && range === undefined && done);
    letGo();
    expect([(await left).bytes, (await right).bytes]).toEqual([100_000, 100_000]);
    expect(await isWhole(hub)).toBe(true);
  });
});

describe('faults', () => {
  it('hit what their path says: the file, though a signed URL does not name it', async () => {
    const hub = await withFault({ kind: 'status', status: 500, host: 'cdn', path: 'sharded-llama/model-00002' });
    expect(await isWhole(hub)).toBe(true);
    const shard = (number: number): string =>
      `${hub.url}/sample/sharded-llama/resolve/main/model-0000${number}-of-00003.safetensors`;
    expect((await fetch(shard(1), { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(shard(2), { method: 'HEAD' })).status).toBe(500);
  });

  it('can let some requests pass, and can be taken back', async () => {
    const hub = await openHub();
    const takeBack = hub.setFault({ kind: 'status', status: 500, after: 1 });
    const status = async (): Promise<number> => (await fetch(`${hub.url}/api/models/sample/tiny-llama`)).status;
    expect([await status(), await status(), await status()]).toEqual([200, 500, 500]);
    takeBack();
    expect(await status()).toBe(200);
    hub.setFault({ kind: 'status', status: 500 });
    hub.clearFaults();
    expect(await status()).toBe(200);
  });
});

/** States of the connections that each server's port has, as the kernel lists them. */
const connectionsFrom = (...urls: readonly string[]): string[][] => {
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  const fields = rows.map((row) => row.trim().split(/\s+/));
  return urls.map((url) => {
    const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0');
    return fields.flatMap(([, local, , state]) => (local?.endsWith(`:${port}`) === true && state ? [state] : []));
  });
};

describe('a host that is down', () => {
  it('refuses connections and comes back on the same port', async () => {
    const hub = await openHub();
    await hub.takeDown('cdn');
    await expect(fetch(hub.url + WEIGHTS)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await hub.bringUp('cdn');
    expect(await isWhole(hub)).toBe(true);
  });

  it.runIf(process.platform === 'linux')('keeps its ports: whoever asks for any gets another one', async () => {
    const hub = await openHub();
    await hub.takeDown();
    const waiting = connectionsFrom(hub.url, hub.cdnUrl, hub.casUrl);
    // TIME_WAIT, as the kernel numbers the states (include/net/tcp_states.h).
    expect(waiting.map((states) => states.includes('06'))).toEqual([true, true, true]);
  });

  it('breaks what it was sending', async () => {
    const hub = await openHub({ throttleBytesPerSecond: 1000 });
    const response = await fetch(hub.url + WEIGHTS);
    await hub.waitForRequest(({ bytesSent, host }) => host === 'cdn' && bytesSent > 0);
    await hub.takeDown();
    expect((await readAll(response)).error).toBeInstanceOf(Error);
  });
});
