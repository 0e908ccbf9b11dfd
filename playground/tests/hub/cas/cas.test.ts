import { __internal_XetBlob as XetBlob, downloadFile } from '@huggingface/hub';
import { describe, expect, it } from 'vitest';
import type { CasOptions } from '../../../hub/cas/cas.ts';
import { defineRepo, type SampleHub } from '../../../hub/sample-hub.ts';
import { bearer, bytesOf, openHub, sha256 } from '../with-hub.ts';
import {
  ask,
  headOf,
  ID,
  MB,
  open,
  type Reconstruction,
  reconstruction,
  tokenOf,
  WEIGHTS,
  weights,
} from './with-cas.ts';

/** As the library reads it, which knows nothing of this hub. */
const reader = (hub: SampleHub, { file, commit }: ReturnType<typeof headOf>, parallelDownloads = false) =>
  new XetBlob({
    hash: file.xetHash(),
    size: file.size,
    refreshUrl: `${hub.url}/api/models/${ID}/xet-read-token/${commit.id}`,
    parallelDownloads,
  });

describe('a file that is stored by chunks', () => {
  it.each<[string, CasOptions]>([
    ['one xorb', {}],
    ['many xorbs', { xorbBytes: 400_000 }],
    ['many xorbs, a URL for each range', { xorbBytes: 400_000, rangesPerUrl: 1 }],
    ['two ranges to a URL', { xorbBytes: 3 * MB, rangesPerUrl: 2 }],
  ])('is read whole and in part by the library of the Hub: %s', async (_, options) => {
    const { hub, whole } = await open(options);
    // A second commit, so that its file lies here and there.
    hub.updateRepo(ID, { files: [weights('version 2, with a longer header')] });
    await hub.stored(ID);
    const head = headOf(hub);
    expect(head.whole.equals(whole)).toBe(false);
    for (const parallel of [false, true]) {
      const blob = reader(hub, head, parallel);
      expect(sha256(new Uint8Array(await blob.arrayBuffer()))).toBe(sha256(head.whole));
    }
    for (const [start, end] of [
      [0, 1],
      [100_000, 2_500_000],
      [3_100_000, 3_500_000],
      [head.whole.length - 10, head.whole.length],
    ] as const) {
      const part = await reader(hub, head).slice(start, end).arrayBuffer();
      expect(Buffer.from(part).equals(head.whole.subarray(start, end))).toBe(true);
    }
  });

  it('is downloaded by the library from what the Hub says of it', async () => {
    const { hub, whole, xetHash } = await open();
    const blob = await downloadFile({ repo: ID, path: WEIGHTS, hubUrl: hub.url });
    expect(sha256(new Uint8Array(await blob!.arrayBuffer()))).toBe(sha256(whole));
    expect(hub.requests.filter(({ host }) => host === 'cas').map(({ path }) => path)).toEqual([
      `/v2/reconstructions/${xetHash}`,
    ]);
    expect(hub.requests.some(({ path }) => path.startsWith('/xet-bridge-us/'))).toBe(false);
  });

  it('is told with its true hash, which depends on nothing but its bytes', async () => {
    const { hub, xetHash } = await open();
    const tree = await fetch(`${hub.url}/api/models/${ID}/tree/main`);
    const entries = (await tree.json()) as { path: string; xetHash?: string }[];
    expect(entries.map(({ path, xetHash: told }) => [path, told])).toEqual([
      ['config.json', undefined],
      [WEIGHTS, xetHash],
    ]);
    const head = await fetch(`${hub.url}/${ID}/resolve/main/${WEIGHTS}`, { method: 'HEAD', redirect: 'manual' });
    expect(head.headers.get('x-xet-hash')).toBe(xetHash);
    const other = await open({ xorbBytes: 300_000 });
    expect(other.xetHash).toBe(xetHash);
  });

  it('has every way of packing', async () => {
    const { hub, xetHash } = await open();
    const { xorbs } = await reconstruction(hub, xetHash);
    const schemes = new Set<number>();
    for (const { url, ranges } of Object.values(xorbs).flat()) {
      const { bytes } = ranges[0]!;
      const packed = Buffer.from(
        await bytesOf(await fetch(url, { headers: { range: `bytes=${bytes.start}-${bytes.end}` } })),
      );
      for (let at = 0; at < packed.length; at += 8 + packed.readUIntLE(at + 1, 3)) schemes.add(packed[at + 4]!);
    }
    expect([...schemes].toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
  });

  it('shares the chunks of the commit before it', async () => {
    const { hub, xetHash } = await open();
    const before = await reconstruction(hub, xetHash);
    hub.updateRepo(ID, { files: [weights('version 2, with a longer header')] });
    await hub.stored(ID);
    const after = await reconstruction(hub, headOf(hub).xetHash);
    const [old] = Object.keys(before.xorbs);
    const shared = after.terms.filter(({ hash }) => hash === old);
    const bytes = (terms: Reconstruction['terms']): number =>
      terms.reduce((sum, term) => sum + term.unpacked_length, 0);
    expect(bytes(after.terms) - bytes(shared)).toBeLessThan(300_000);
    expect(bytes(after.terms)).toBe(headOf(hub).whole.length);
  });

  it('names only the chunks that have a byte of the range, and says how many come before it', async () => {
    const { hub, xetHash, whole } = await open();
    const { terms, offset_into_first_range: skip } = await reconstruction(hub, xetHash, 'bytes=1000000-1000099');
    expect(terms).toHaveLength(1);
    expect(terms[0]!.range.end - terms[0]!.range.start).toBeLessThanOrEqual(2);
    expect(skip).toBeLessThan(131_072);
    expect(terms[0]!.unpacked_length).toBeGreaterThanOrEqual(skip + 100);
    const last = await reconstruction(hub, xetHash, `bytes=${whole.length - 1}-${whole.length + 1000}`);
    expect(last.terms[0]!.unpacked_length).toBe(last.offset_into_first_range + 1);
  });

  it('is told in time where a test asks too early', async () => {
    const hub = await openHub({
      repos: [defineRepo({ id: 'a/early', xet: 'chunks', files: [{ path: 'x.bin', size: 9 }] })],
    });
    const [file] = hub.commitOf('a/early').files;
    expect(() => file!.xetHash()).toThrow('x.bin is not stored by chunks yet');
    await hub.stored('a/early');
    expect(file!.xetHash()).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the CAS refuses', () => {
  it('who has no token, a made-up one, or one whose time is over', async () => {
    const clock = { time: Date.UTC(2026, 10, 1) };
    const hub = await openHub({
      clock: { now: () => clock.time },
      cas: { tokenSeconds: 60 },
      repos: [defineRepo({ id: ID, xet: 'chunks', files: [weights('v1')] })],
    });
    const { accessToken, casUrl, exp } = await tokenOf(hub);
    expect(exp).toBe(clock.time / 1000 + 60);
    const url = `${casUrl}/v2/reconstructions/${headOf(hub).xetHash}`;
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: bearer('xet_made_up') })).status).toBe(401);
    clock.time += 59_999;
    expect((await fetch(url, { headers: bearer(accessToken) })).status).toBe(200);
    clock.time += 1;
    expect((await fetch(url, { headers: bearer(accessToken) })).status).toBe(401);
  });

  it('a token of another repository, and of another revision', async () => {
    const { hub, xetHash } = await open();
    hub.updateRepo(ID, { files: [weights('version 2, with a longer header')] });
    hub.addRepo(defineRepo({ id: 'a/other', xet: 'chunks', files: [{ path: 'x.bin', size: 10 }] }));
    const commits = [await tokenOf(hub), await tokenOf(hub, 'main', 'a/other')];
    for (const { accessToken, casUrl } of commits) {
      const response = await fetch(`${casUrl}/v2/reconstructions/${xetHash}`, { headers: bearer(accessToken) });
      expect(response.status).toBe(404);
    }
  });

  it('gives no token of a gated repository to who is not let in', async () => {
    const files = [weights('v1')];
    const hub = await openHub({ repos: [defineRepo({ id: 'a/gated', xet: 'chunks', gated: 'manual', files })] });
    const token = (bearerOf: string) =>
      fetch(`${hub.url}/api/models/a/gated/xet-read-token/main`, { headers: bearer(bearerOf) });
    expect((await token(hub.tokens.member)).status).toBe(403);
    expect((await token(hub.tokens.gated)).status).toBe(200);
  });

  it('what is no hash, no range, or behind the end', async () => {
    const { hub, xetHash, whole } = await open();
    expect((await ask(hub, 'abc')).status).toBe(400);
    expect((await ask(hub, 'f'.repeat(64))).status).toBe(404);
    expect((await ask(hub, xetHash, { range: 'bytes=5-1' })).status).toBe(400);
    expect((await ask(hub, xetHash, { range: `bytes=${whole.length}-` })).status).toBe(400);
    expect((await ask(hub, xetHash, { range: `bytes=${whole.length}-${whole.length}` })).status).toBe(416);
    expect((await ask(hub, xetHash, { range: `bytes=${whole.length - 1}-${whole.length}` })).status).toBe(200);
  });
});
