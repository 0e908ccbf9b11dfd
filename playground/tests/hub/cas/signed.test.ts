import { describe, expect, it } from 'vitest';
import { bytesOf } from '../with-hub.ts';
import { headOf, ID, open, reconstruction, statusOf, WEIGHTS } from './with-cas.ts';

describe('a signed address of a xorb', () => {
  it('is good for exactly the ranges that it names, each or all together', async () => {
    const { hub, xetHash } = await open();
    const { xorbs } = await reconstruction(hub, xetHash, 'bytes=0-2900000');
    const [entry] = Object.values(xorbs)[0]!;
    const { start, end } = entry!.ranges[0]!.bytes;
    expect(await statusOf(entry!.url, `bytes=${start}-${end}`)).toBe(206);
    expect(await statusOf(entry!.url)).toBe(403);
    expect(await statusOf(entry!.url, `bytes=${start}-${end - 1}`)).toBe(403);
    expect(await statusOf(entry!.url, `bytes=${start}-${end + 1}`)).toBe(403);
    const wider = entry!.url.replace(`-${end}`, `-${end + 1000}`);
    expect(wider).not.toBe(entry!.url);
    expect(await statusOf(wider, `bytes=${start}-${end + 1000}`)).toBe(403);
  });

  it('sends several ranges as one body of several parts', async () => {
    const { hub } = await open({ xorbBytes: 700_000 });
    hub.updateRepo(ID, {
      files: [
        {
          path: WEIGHTS,
          parts: [
            { seed: 'noise', size: 200_000 },
            { seed: 'noise', from: 400_000, size: 200_000 },
          ],
        },
      ],
    });
    await hub.stored(ID);
    const { xorbs } = await reconstruction(hub, headOf(hub).xetHash);
    const entry = Object.values(xorbs)
      .flat()
      .find(({ ranges }) => ranges.length > 1)!;
    const range = `bytes=${entry.ranges.map(({ bytes }) => `${bytes.start}-${bytes.end}`).join(',')}`;
    const response = await fetch(entry.url, { headers: { range } });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-type')).toMatch(/^multipart\/byteranges; boundary=/);
    expect(response.headers.get('content-range')).toBeNull();
    const body = Buffer.from(await bytesOf(response));
    for (const { bytes } of entry.ranges)
      expect(body.includes(`Content-Range: bytes ${bytes.start}-${bytes.end}/`)).toBe(true);
    const [first] = entry.ranges;
    expect(await statusOf(entry.url, `bytes=${first!.bytes.start}-${first!.bytes.end}`)).toBe(206);
  });

  it('expires', async () => {
    const { hub, xetHash } = await open();
    const { xorbs } = await reconstruction(hub, xetHash);
    const [entry] = Object.values(xorbs)[0]!;
    const { start, end } = entry!.ranges[0]!.bytes;
    hub.expireUrls();
    expect(await statusOf(entry!.url, `bytes=${start}-${end}`)).toBe(403);
  });
});
