import { describe, expect, it } from 'vitest';
import { defineRepo } from '../../hub/sample-hub.ts';
import { bytesOf, gitSha1, openHub, sha256, signedUrl } from './with-hub.ts';

const WEIGHTS = '/sample/tiny-llama/resolve/main/model.safetensors';
const CONFIG = '/sample/tiny-llama/resolve/main/config.json';

describe('a file that git keeps', () => {
  it.each(['GET', 'HEAD'])('is answered to %s by a relative redirect that carries commit and ETag', async (method) => {
    const hub = await openHub();
    const { id: commit, files } = hub.commitOf('sample/tiny-llama');
    const etag = files.find((file) => file.path === 'config.json')!.etag();
    const response = await fetch(hub.url + CONFIG, { method, redirect: 'manual' });
    expect(response.status).toBe(307);
    const location = `/api/resolve-cache/models/sample/tiny-llama/${commit}/config.json?%2Fsample%2Ftiny-llama%2Fresolve%2Fmain%2Fconfig.json=&etag=%22${etag}%22`;
    expect(Object.fromEntries(response.headers)).toMatchObject({
      location,
      'x-repo-commit': commit,
      'x-linked-etag': `"${etag}"`,
      'accept-ranges': 'bytes',
      'content-type': 'text/plain; charset=utf-8',
    });
    expect(response.headers.get('etag')).toBeNull();
    expect(await response.text()).toBe(method === 'GET' ? `Temporary Redirect. Redirecting to ${location}` : '');
  });

  it('comes from the second hop with the ETag of its bytes', async () => {
    const hub = await openHub();
    const response = await fetch(hub.url + CONFIG, { headers: { 'accept-encoding': 'identity' } });
    const bytes = await bytesOf(response);
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe(`"${gitSha1(bytes)}"`);
    expect(response.headers.get('content-length')).toBe(String(bytes.length));
    expect(response.headers.get('content-disposition')).toBe(
      `inline; filename*=UTF-8''config.json; filename="config.json";`,
    );
    expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({ model_type: 'llama' });
  });

  it('may come compressed, without a length and with a weak ETag; never in ranges', async () => {
    const hub = await openHub();
    const path = `${hub.url}/sample/tiny-llama/resolve/main/tokenizer.json`;
    const packed = await fetch(path, { headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(packed.headers.get('content-length')).toBeNull();
    expect(packed.headers.get('etag')).toMatch(/^W\/"[0-9a-f]{40}"$/);
    expect(gitSha1(await bytesOf(packed))).toBe(packed.headers.get('etag')!.slice(3, -1));
    const ranged = await fetch(path, { headers: { 'accept-encoding': 'gzip', range: 'bytes=0-9' } });
    expect(ranged.headers.get('content-encoding')).toBeNull();
    expect(ranged.headers.get('content-range')).toMatch(/^bytes 0-9\/\d{5}$/);
    expect(await bytesOf(ranged)).toHaveLength(10);
  });

  it('is refused by the second hop for anything but a full commit id', async () => {
    const hub = await openHub();
    const response = await fetch(`${hub.url}/api/resolve-cache/models/sample/tiny-llama/main/config.json`);
    expect(response.status).toBe(400);
  });

  it('is found in a repository of the early days, whose id has one part', async () => {
    const hub = await openHub({ repos: [defineRepo({ id: 'solo', files: [{ path: 'config.json', content: '{}' }] })] });
    const response = await fetch(`${hub.url}/solo/resolve/main/config.json`);
    expect(await response.text()).toBe('{}');
  });

  it('is found in a dataset', async () => {
    const hub = await openHub();
    const response = await fetch(`${hub.url}/datasets/sample/tiny-dataset/resolve/main/README.md`);
    expect(await response.text()).toContain('# Tiny dataset');
  });

  it('is sent by raw as it is, an LFS file as its pointer', async () => {
    const hub = await openHub();
    const raw = async (path: string): Promise<string> => {
      const response = await fetch(`${hub.url}/sample/tiny-llama/raw/main/${path}`);
      return response.text();
    };
    const file = hub.commitOf('sample/tiny-llama').files.find((each) => each.path === 'model.safetensors')!;
    expect(await raw('config.json')).toContain('LlamaForCausalLM');
    expect(await raw('model.safetensors')).toBe(file.pointer());
  });
});

describe('a file that LFS keeps', () => {
  it.each(['GET', 'HEAD'])(
    'is answered to %s by a redirect to another origin that says size, hash and commit',
    async (method) => {
      const hub = await openHub();
      const { id: commit, files } = hub.commitOf('sample/tiny-llama');
      const file = files.find((each) => each.path === 'model.safetensors')!;
      const response = await fetch(hub.url + WEIGHTS, { method, redirect: 'manual' });
      expect(response.status).toBe(302);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'cache-control': 'no-store',
        'accept-ranges': 'bytes',
        'x-repo-commit': commit,
        'x-linked-etag': `"${file.etag()}"`,
        'x-linked-size': '3000000',
        'x-xet-hash': file.xetHash(),
        link:
          `<${hub.url}/api/models/sample/tiny-llama/xet-read-token/${commit}>; rel="xet-auth", ` +
          `<${hub.casUrl}/v1/reconstructions/${file.xetHash()}>; rel="xet-reconstruction-info"`,
      });
      expect(Number(response.headers.get('content-length'))).toBeLessThan(2000);
      const target = new URL(response.headers.get('location')!);
      expect(target.origin).toBe(hub.cdnUrl);
      expect(target.origin).not.toBe(hub.url);
      expect([...target.searchParams.keys()]).toEqual(
        'Expires Hash-Algorithm Key-Pair-Id Policy Signature X-Xet-Cas-Uid response-content-disposition user_id'.split(
          ' ',
        ),
      );
    },
  );

  it('comes from the CDN, whose ETag is not the hash of the bytes', async () => {
    const hub = await openHub();
    const response = await fetch(hub.url + WEIGHTS);
    const bytes = await bytesOf(response);
    const file = hub.commitOf('sample/tiny-llama').files.find((each) => each.path === 'model.safetensors')!;
    expect(sha256(bytes)).toBe(file.etag());
    expect(response.headers.get('etag')).toBe(`"${file.xetHash()}"`);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('content-length')).toBe('3000000');
  });

  it('is described instead, to those who understand Xet', async () => {
    const hub = await openHub();
    const response = await fetch(hub.url + WEIGHTS, {
      redirect: 'manual',
      headers: { accept: 'application/vnd.xet-fileinfo+json, */*' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/vnd.xet-fileinfo+json');
    expect(response.headers.get('x-linked-size')).toBe('3000000');
  });

  it('says nothing of Xet if its repository does not use it', async () => {
    const repo = defineRepo({ id: 'a/plain', xet: false, files: [{ path: 'model.safetensors', size: 1000 }] });
    const hub = await openHub({ repos: [repo] });
    const response = await fetch(`${hub.url}/a/plain/resolve/main/model.safetensors`, {
      redirect: 'manual',
      headers: { accept: 'application/vnd.xet-fileinfo+json, */*' },
    });
    expect(response.status).toBe(302);
    expect([response.headers.get('x-xet-hash'), response.headers.get('link')]).toEqual([null, null]);
  });
});

describe('ranges', () => {
  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=1000-1999', 1000, 2000],
    ['bytes=2999990-', 2_999_990, 3_000_000],
    ['bytes=-10', 2_999_990, 3_000_000],
    ['bytes=2999000-99999999', 2_999_000, 3_000_000],
  ])('%s is answered with 206 and exactly these bytes', async (range, start, end) => {
    const hub = await openHub();
    const file = hub.commitOf('sample/tiny-llama').files.find((each) => each.path === 'model.safetensors')!;
    const response = await fetch(hub.url + WEIGHTS, { headers: { range } });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/3000000`);
    expect(response.headers.get('content-length')).toBe(String(end - start));
    expect(Buffer.from(await bytesOf(response)).equals(file.content.read(start, end))).toBe(true);
  });

  it.each(['bytes=3000000-', 'bytes=5000000-6000000'])(
    '%s begins behind the end and is answered with 416',
    async (range) => {
      const hub = await openHub();
      const response = await fetch(hub.url + WEIGHTS, { headers: { range } });
      expect(response.status).toBe(416);
      expect(response.headers.get('content-range')).toBe('bytes */3000000');
    },
  );

  it.each(['bytes=0-1,5-6', 'lines=1-2', 'bytes=9-3'])('%s is ignored', async (range) => {
    const hub = await openHub();
    const response = await fetch(hub.url + WEIGHTS, { headers: { range } });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '3000000']);
    await response.body!.cancel();
  });
});

describe('signed URLs', () => {
  it('are refused with 403 after their time, and a new one is good again', async () => {
    let now = Date.now();
    const hub = await openHub({ clock: { now: () => now }, urlLifetimeSeconds: 60 });
    const url = await signedUrl(hub, WEIGHTS);
    now += 59_000;
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    now += 2000;
    const late = await fetch(url);
    expect([late.status, late.headers.get('content-type')]).toEqual([403, 'application/xml']);
    expect((await fetch(await signedUrl(hub, WEIGHTS), { method: 'HEAD' })).status).toBe(200);
  });

  it('can all be made to expire at once', async () => {
    const hub = await openHub();
    const url = await signedUrl(hub, WEIGHTS);
    hub.expireUrls();
    expect((await fetch(url)).status).toBe(403);
    expect((await fetch(hub.url + WEIGHTS, { method: 'HEAD' })).status).toBe(200);
  });

  it('are good for one file only', async () => {
    const hub = await openHub();
    const url = new URL(await signedUrl(hub, WEIGHTS));
    url.pathname = new URL(
      await signedUrl(hub, '/sample/sharded-llama/resolve/main/model-00001-of-00003.safetensors'),
    ).pathname;
    expect((await fetch(url)).status).toBe(403);
  });
});
