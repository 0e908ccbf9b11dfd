import { describe, expect, it } from 'vitest';
import { defineRepo, type Fault, type SampleHub } from '../../../hub/sample-hub.ts';
import { bearer, bytesOf, openHub } from '../with-hub.ts';

const ID = 'a/weights';

interface Told {
  readonly terms: { hash: string; unpacked_length: number }[];
  readonly xorbs: Record<string, { url: string; ranges: { bytes: { start: number; end: number } }[] }[]>;
}

interface Opened {
  readonly hub: SampleHub;
  readonly ask: () => Promise<Response>;
  /** The packed chunks of the first xorb. */
  readonly fetchXorb: () => Promise<Response>;
}

const open = async (fault: Fault): Promise<Opened> => {
  const parts = [{ seed: 'noise', size: 300_000 }];
  const hub = await openHub({ repos: [defineRepo({ id: ID, xet: 'chunks', files: [{ path: 'w.gguf', parts }] })] });
  const token = await fetch(`${hub.url}/api/models/${ID}/xet-read-token/main`);
  const { accessToken, casUrl } = (await token.json()) as { accessToken: string; casUrl: string };
  const [file] = hub.commitOf(ID).files;
  const ask = (): Promise<Response> =>
    fetch(`${casUrl}/v2/reconstructions/${file!.xetHash()}`, { headers: bearer(accessToken) });
  const [entry] = Object.values(((await (await ask()).json()) as Told).xorbs)[0]!;
  const { start, end } = entry!.ranges[0]!.bytes;
  hub.setFault(fault);
  return { hub, ask, fetchXorb: () => fetch(entry!.url, { headers: { range: `bytes=${start}-${end}` } }) };
};

describe('faults of the storage of chunks', () => {
  it('a refusal that says when to come again', async () => {
    const { ask } = await open({ kind: 'rate_limited', host: 'cas', headers: { 'Retry-After': '7' } });
    const response = await ask();
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
  });

  it('an error of the CAS alone, of this file alone, once', async () => {
    const { ask, fetchXorb } = await open({ kind: 'status', status: 503, host: 'cas', path: `${ID}/w.gguf`, times: 1 });
    expect((await fetchXorb()).status).toBe(206);
    expect([(await ask()).status, (await ask()).status]).toEqual([503, 200]);
  });

  it('another reconstruction than the right one', async () => {
    const rewrite = (body: string): string => {
      const told = JSON.parse(body) as Told;
      return JSON.stringify({ ...told, terms: told.terms.map((term) => ({ ...term, unpacked_length: 1e15 })) });
    };
    const { ask } = await open({ kind: 'rewritten', host: 'cas', rewrite });
    const told = (await (await ask()).json()) as Told;
    expect(told.terms.map((term) => term.unpacked_length)).toEqual([1e15]);
  });

  it.each([
    ['another version', 0, 9],
    ['a scheme that nobody knows', 4, 77],
    ['a packed length that is too long', 3, 255],
    ['a length that is too long', 7, 255],
  ])('a chunk with %s', async (_, offset, byte) => {
    const { fetchXorb } = await open({ kind: 'corrupt', of: 'answer', offset, byte, path: '/xorbs/' });
    const bytes = await bytesOf(await fetchXorb());
    expect(bytes[offset]).toBe(byte);
  });

  it('an address whose time is over, and one that ends early', async () => {
    const late = await open({ kind: 'expired', path: '/xorbs/' });
    expect((await late.fetchXorb()).status).toBe(403);
    const short = await open({ kind: 'short_body', missing: 100, path: '/xorbs/' });
    const response = await short.fetchXorb();
    expect((await bytesOf(response)).length).toBeLessThan(300_000);
  });
});

describe('counters', () => {
  it('tell requests and bytes by what they were for', async () => {
    const { hub, fetchXorb } = await open({ kind: 'late', milliseconds: 0 });
    await bytesOf(await fetchXorb());
    const whole = await fetch(`${hub.url}/${ID}/resolve/main/w.gguf`);
    await bytesOf(whole);
    const since = hub.requests.length;
    const { token, reconstruction, xorb, file, other } = hub.traffic();
    expect([token.requests, reconstruction.requests, xorb.requests, file.requests, other.requests]).toEqual([
      1, 1, 1, 1, 1,
    ]);
    expect(file.bytes).toBe(300_000);
    expect(xorb.bytes).toBeGreaterThan(300_000);
    expect(xorb.bytes).toBeLessThan(300_200);
    expect(hub.traffic(since).file).toEqual({ requests: 0, bytes: 0 });
  });
});
