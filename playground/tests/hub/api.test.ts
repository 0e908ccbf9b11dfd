import { describe, expect, it } from 'vitest';
import { defineRepo, type SampleHub } from '../../hub/sample-hub.ts';
import { openHub } from './with-hub.ts';

/** As loose as JSON is. */
interface Json {
  readonly [key: string]: unknown;
}

const get = async (hub: SampleHub, path: string, headers: Record<string, string> = {}): Promise<unknown> => {
  const response = await fetch(`${hub.url}${path}`, { headers });
  expect(response.status).toBe(200);
  return response.json();
};

const getOne = async (hub: SampleHub, path: string): Promise<Json> => (await get(hub, path)) as Json;
const getList = async (hub: SampleHub, path: string): Promise<readonly Json[]> => (await get(hub, path)) as Json[];

const pathsOf = (entries: readonly Json[]): unknown[] => entries.map((entry) => entry['path']);
const entryOf = (entries: readonly Json[], path: string): Json | undefined =>
  entries.find((entry) => entry['path'] === path);

describe('information about a repository', () => {
  it('has the real one’s keys', async () => {
    const hub = await openHub();
    const info = await getOne(hub, '/api/models/openai-community/gpt2');
    expect(info).toMatchObject({
      _id: '621ffdc036468d709f17434d',
      id: 'openai-community/gpt2',
      modelId: 'openai-community/gpt2',
      author: 'openai-community',
      sha: '607a30d783dfa663caf39e06633721c8d4cfcd7e',
      private: false,
      disabled: false,
      gated: false,
      pipeline_tag: 'text-generation',
      library_name: 'transformers',
      cardData: { license: 'mit' },
      safetensors: { parameters: { F32: 137_022_720 }, total: 137_022_720 },
    });
    expect(info['tags']).toEqual(expect.arrayContaining(['safetensors', 'license:mit', 'region:us']));
    expect(info['siblings']).toHaveLength(26);
    expect(info['siblings']).toContainEqual({ rfilename: '.gitattributes' });
  });

  it('adds sizes and hashes with blobs=true; the LFS hash is called sha256 there', async () => {
    const hub = await openHub();
    const info = await getOne(hub, '/api/models/sample/tiny-llama?blobs=true');
    const file = hub.commitOf('sample/tiny-llama').files.find((each) => each.path === 'model.safetensors')!;
    expect(info['siblings']).toContainEqual({
      rfilename: 'model.safetensors',
      size: 3_000_000,
      blobId: file.oid(),
      lfs: { sha256: file.etag(), size: 3_000_000, pointerSize: file.pointer().length },
    });
  });

  it.each(['expand=sha&expand=gated', 'expand[]=sha&expand[]=gated'])('has only what %s asks for', async (query) => {
    const hub = await openHub();
    const info = await getOne(hub, `/api/models/sample/tiny-llama?${query}`);
    expect(Object.keys(info).toSorted()).toEqual(['_id', 'gated', 'id', 'sha']);
  });

  it('refuses to expand what there is not, and names what there is', async () => {
    const hub = await openHub();
    const response = await fetch(`${hub.url}/api/models/sample/tiny-llama?expand=nonsense`);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toContain('usedStorage');
    expect((await fetch(`${hub.url}/api/models/sample/tiny-llama?expand=sha&blobs=true`)).status).toBe(400);
  });

  it('is given for branches, tags, pull requests, HEAD and commits, full and short', async () => {
    const hub = await openHub();
    const shaOf = async (revision: string): Promise<string> =>
      (await getOne(hub, `/api/models/sample/tiny-llama/revision/${revision}`))['sha'] as string;
    const main = hub.commitOf('sample/tiny-llama').id;
    for (const same of ['main', 'HEAD', 'v1.0', main, main.slice(0, 7)]) expect(await shaOf(same)).toBe(main);
    expect(await shaOf('refs%2Fpr%2F1')).toBe(hub.commitOf('sample/tiny-llama', 'refs/pr/1').id);
    expect(await shaOf('experiment')).not.toBe(main);
  });
});

describe('the tree', () => {
  it('lists folders and files with pointer, hash and Xet hash', async () => {
    const hub = await openHub();
    const entries = await getList(hub, '/api/models/openai-community/gpt2/tree/main?recursive=true');
    expect(entries).toHaveLength(27);
    expect(entries[0]).toEqual({
      type: 'directory',
      oid: expect.stringMatching(/^[0-9a-f]{40}$/),
      size: 0,
      path: 'onnx',
    });
    const file = hub.commitOf('gpt2').files.find((each) => each.path === 'model.safetensors')!;
    expect(entryOf(entries, 'model.safetensors')).toEqual({
      type: 'file',
      oid: file.oid(),
      size: 548_105_171,
      path: 'model.safetensors',
      lfs: { oid: file.etag(), size: 548_105_171, pointerSize: 134 },
      xetHash: file.xetHash(),
    });
    expect(entryOf(entries, 'config.json')).toEqual({
      type: 'file',
      oid: '10c66461e4c109db5a2196bff4bb59be30396ed8',
      size: 665,
      path: 'config.json',
    });
  });

  it('lists one level without recursive, and what lies under a path', async () => {
    const hub = await openHub();
    const top = await get(hub, '/api/models/openai-community/gpt2/tree/main');
    expect(top).toHaveLength(17);
    const below = await getList(hub, '/api/models/openai-community/gpt2/tree/main/onnx');
    expect(below).toHaveLength(10);
    expect(below[0]?.['path']).toMatch(/^onnx\//);
  });

  it('comes in pages of 50 with expand, of 1000 without, linked absolutely', async () => {
    const hub = await openHub();
    const first = await fetch(`${hub.url}/api/models/sample/many-files/tree/main?recursive=true&expand=true`);
    expect(await first.json()).toHaveLength(50);
    const link = /^<([^>]+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect(link).toMatch(new RegExp(`^${hub.url}/api/models/sample/many-files/tree/main\\?.*cursor=`));
    const second = (await (await fetch(link)).json()) as { path: string; lastCommit: object }[];
    expect(second[0]).toMatchObject({ path: 'parts/part-049.json', lastCommit: { title: 'Upload model' } });
    const all = await fetch(`${hub.url}/api/models/sample/many-files/tree/main?recursive=true`);
    expect([((await all.json()) as object[]).length, all.headers.get('link')]).toEqual([301, null]);
    const three = await fetch(`${hub.url}/api/models/sample/many-files/tree/main?recursive=true&limit=3`);
    expect(await three.json()).toHaveLength(3);
  });

  it('says with expand which commit gave a file its bytes', async () => {
    const hub = await openHub();
    const before = hub.commitOf('sample/tiny-llama').id;
    const after = hub.updateRepo('sample/tiny-llama', {
      files: [{ path: 'config.json', content: '{}' }],
      title: 'New',
    });
    const entries = await getList(hub, '/api/models/sample/tiny-llama/tree/main?recursive=true&expand=true');
    expect(entryOf(entries, 'config.json')).toMatchObject({ lastCommit: { id: after.id, title: 'New' } });
    expect(entryOf(entries, 'model.safetensors')).toMatchObject({ lastCommit: { id: before } });
  });

  it('leaves missing paths out of paths-info', async () => {
    const hub = await openHub();
    const response = await fetch(`${hub.url}/api/models/gpt2/paths-info/main`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ paths: ['config.json', 'nothing.json', 'onnx'], expand: true }),
    });
    const entries = (await response.json()) as { path: string; type: string }[];
    expect(entries.map(({ path, type }) => [path, type])).toEqual([
      ['config.json', 'file'],
      ['onnx', 'directory'],
    ]);
  });

  it('takes the paths of paths-info as a form too, which huggingface_hub sends', async () => {
    const hub = await openHub();
    const body = new URLSearchParams([
      ['paths', 'config.json'],
      ['paths', 'merges.txt'],
      ['expand', 'False'],
    ]);
    const response = await fetch(`${hub.url}/api/models/gpt2/paths-info/main`, { method: 'POST', body });
    expect(pathsOf((await response.json()) as Json[])).toEqual(['config.json', 'merges.txt']);
    expect((await fetch(`${hub.url}/api/models/gpt2/paths-info/main`, { method: 'POST' })).status).toBe(400);
    expect((await fetch(`${hub.url}/api/models/openai-community/gpt2/paths-info/main`)).status).toBe(405);
  });

  it('adds up sizes', async () => {
    const hub = await openHub();
    expect(await get(hub, '/api/models/openai-community/gpt2/treesize/main')).toEqual({
      path: '/',
      size: 5_632_416_585,
    });
  });

  it('holds paths that lead outside only where they were asked for', async () => {
    const plain = await openHub();
    expect((await fetch(`${plain.url}/api/models/sample/hostile`)).status).toBe(401);
    const hub = await openHub({ hostile: true });
    const entries = await getList(hub, '/api/models/sample/hostile/tree/main?recursive=true');
    expect(pathsOf(entries)).toEqual(expect.arrayContaining(['../../../../outside.txt', '/absolute.txt']));
  });
});

describe('refs and commits', () => {
  it('name branches and tags with their commits', async () => {
    const hub = await openHub();
    const refs = await getOne(hub, '/api/models/sample/tiny-llama/refs');
    const main = hub.commitOf('sample/tiny-llama').id;
    expect(refs['branches']).toEqual([
      { name: 'main', ref: 'refs/heads/main', targetCommit: main },
      {
        name: 'experiment',
        ref: 'refs/heads/experiment',
        targetCommit: hub.commitOf('sample/tiny-llama', 'experiment').id,
      },
    ]);
    expect(refs['tags']).toEqual([{ name: 'v1.0', ref: 'refs/tags/v1.0', targetCommit: main }]);
  });

  it('grow by a commit when files change; the old commit stays to be had', async () => {
    const hub = await openHub();
    const before = hub.commitOf('sample/tiny-llama');
    const after = hub.updateRepo('sample/tiny-llama', {
      files: [{ path: 'new.txt', content: 'new' }],
      remove: ['README.md'],
      title: 'Change',
    });
    const commits = await fetch(`${hub.url}/api/models/sample/tiny-llama/commits/main?limit=1`);
    expect(await commits.json()).toMatchObject([{ id: after.id, title: 'Change' }]);
    expect(commits.headers.get('x-total-count')).toBe('2');
    expect(commits.headers.get('link')).toContain('p=1');
    const now = (await get(hub, '/api/models/sample/tiny-llama')) as { sha: string; siblings: { rfilename: string }[] };
    expect(now.sha).toBe(after.id);
    expect(now.siblings.map((each) => each.rfilename)).toContain('new.txt');
    const old = await fetch(`${hub.url}/sample/tiny-llama/resolve/${before.id}/README.md`);
    expect(old.status).toBe(200);
    expect((await fetch(`${hub.url}/sample/tiny-llama/resolve/main/README.md`)).status).toBe(404);
  });
});

describe('names', () => {
  it('of before lead to those of now by a relative redirect that keeps the query', async () => {
    const hub = await openHub();
    const locationOf = async (path: string): Promise<string | null> => {
      const response = await fetch(hub.url + path, { redirect: 'manual' });
      expect(response.status).toBe(307);
      return response.headers.get('location');
    };
    expect(await locationOf('/api/models/gpt2?expand=sha')).toBe('/api/models/openai-community/gpt2?expand=sha');
    expect(await locationOf('/api/models/gpt2/tree/main?recursive=true')).toBe(
      '/api/models/openai-community/gpt2/tree/main?recursive=true',
    );
    expect(await locationOf('/gpt2/resolve/main/onnx/config.json')).toBe(
      '/openai-community/gpt2/resolve/main/onnx/config.json',
    );
    expect(await locationOf('/api/models/OpenAI-Community/GPT2')).toBe('/api/models/openai-community/gpt2');
    expect(await locationOf('/api/models/sample/small-llama/revision/refs%2Fpr%2F1')).toBe(
      '/api/models/sample/tiny-llama/revision/refs%2Fpr%2F1',
    );
  });

  it('may change while the hub runs, and an old name may be given away', async () => {
    const hub = await openHub();
    hub.updateRepo('sample/tiny-llama', { renameTo: 'sample/moved' });
    expect((await getOne(hub, '/api/models/sample/tiny-llama'))['id']).toBe('sample/moved');
    hub.addRepo(defineRepo({ id: 'sample/tiny-llama', files: [] }));
    expect((await getOne(hub, '/api/models/sample/tiny-llama'))['siblings']).toEqual([]);
    expect((await getOne(hub, '/api/models/sample/moved'))['siblings']).not.toEqual([]);
    hub.removeRepo('sample/moved');
    expect((await fetch(`${hub.url}/api/models/sample/moved`)).status).toBe(401);
  });
});
