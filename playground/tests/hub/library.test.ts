import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkRepoAccess,
  countCommits,
  datasetInfo,
  downloadFile,
  fileDownloadInfo,
  fileExists,
  HubApiError,
  listCommits,
  listFiles,
  listModels,
  modelInfo,
  pathsInfo,
  repoExists,
  snapshotDownload,
  whoAmI,
} from '@huggingface/hub';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { defineRepo } from '../../hub/sample-hub.ts';
import { openHub, sha256 } from './with-hub.ts';

const GPT2 = { type: 'model', name: 'gpt2' } as const;

/** Plain HTTP: without it the library would fetch from the Xet storage, which is not there. */
const withoutXet: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.delete('accept');
  return fetch(input, { ...init, headers });
};

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

const temporaryFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'sample-hub-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

describe('@huggingface/hub', () => {
  it('reads information under the old name and is told the new one', async () => {
    const hub = await openHub();
    const info = await modelInfo({
      name: 'gpt2',
      hubUrl: hub.url,
      additionalFields: ['sha', 'disabled', 'tags', 'library_name', 'cardData', 'filePaths'],
    });
    expect(info).toMatchObject({
      id: '621ffdc036468d709f17434d',
      name: 'openai-community/gpt2',
      task: 'text-generation',
      private: false,
      gated: false,
      sha: '607a30d783dfa663caf39e06633721c8d4cfcd7e',
      disabled: false,
      cardData: { license: 'mit' },
    });
    expect(info.filePaths).toHaveLength(26);
    expect(info.updatedAt.getTime()).toBeGreaterThan(0);
    const dataset = await datasetInfo({
      name: 'sample/tiny-dataset',
      hubUrl: hub.url,
      additionalFields: ['sha', 'tags'],
    });
    expect(dataset.sha).toBe(hub.commitOf('sample/tiny-dataset').id);
  });

  it('lists files over several pages', async () => {
    const hub = await openHub();
    const repo = { type: 'model', name: 'sample/many-files' } as const;
    const entries = await collect(listFiles({ repo, hubUrl: hub.url, recursive: true, expand: true }));
    expect(entries.filter((entry) => entry.type === 'file')).toHaveLength(300);
    expect(new Set(entries.map((entry) => entry.path)).size).toBe(301);
    expect(hub.requests).toHaveLength(7);
  });

  it('asks for single paths, commits and existence', async () => {
    const hub = await openHub();
    const repo = { type: 'model', name: 'sample/tiny-llama' } as const;
    const [info] = await pathsInfo({ repo, paths: ['model.safetensors'], expand: true, hubUrl: hub.url });
    expect(info).toMatchObject({ size: 3_000_000, lfs: { size: 3_000_000 }, lastCommit: { title: 'Upload model' } });
    hub.updateRepo('sample/tiny-llama', { files: [], title: 'Second' });
    hub.updateRepo('sample/tiny-llama', { files: [], title: 'Third' });
    const commits = await collect(listCommits({ repo, hubUrl: hub.url, batchSize: 1 }));
    expect(commits.map((commit) => commit.title)).toEqual(['Third', 'Second', 'Upload model']);
    expect(await countCommits({ repo, hubUrl: hub.url })).toBe(3);
    expect(await fileExists({ repo, path: 'config.json', hubUrl: hub.url })).toBe(true);
    expect(await fileExists({ repo, path: 'nothing', hubUrl: hub.url })).toBe(false);
    expect(await repoExists({ repo, hubUrl: hub.url })).toBe(true);
    expect(await repoExists({ repo: 'sample/nothing', hubUrl: hub.url })).toBe(false);
  });

  it('searches', async () => {
    const hub = await openHub();
    const found = await collect(
      listModels({ search: { query: 'llama', tags: ['gguf'] }, hubUrl: hub.url, limit: 5, additionalFields: ['tags'] }),
    );
    expect(found.map((model) => model.name)).toEqual(['sample/Tiny-Llama-GGUF']);
    expect(found[0]!.tags).toContain('imatrix');
  });

  it('knows tokens, and errors by their sentence', async () => {
    const hub = await openHub();
    const me = await whoAmI({ accessToken: hub.tokens.member, hubUrl: hub.url });
    expect(me).toMatchObject({ type: 'user', name: 'sample-person' });
    const repo = { type: 'model', name: 'sample/private-llama' } as const;
    await checkRepoAccess({ repo, hubUrl: hub.url, accessToken: hub.tokens.member });
    const refused = await checkRepoAccess({ repo, hubUrl: hub.url }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(HubApiError);
    expect(refused).toMatchObject({ statusCode: 401, data: { error: 'Invalid username or password.' } });
  });

  it('learns of Xet storage, and of plain files', async () => {
    const hub = await openHub();
    const { files } = hub.commitOf('gpt2');
    const file = files.find((each) => each.path === 'model.safetensors')!;
    const big = await fileDownloadInfo({ repo: GPT2, path: 'model.safetensors', hubUrl: hub.url });
    expect(big).toMatchObject({ size: 548_105_171, etag: `"${file.etag()}"`, xet: { hash: file.xetHash() } });
    const small = await fileDownloadInfo({ repo: GPT2, path: 'config.json', hubUrl: hub.url });
    expect(small).toMatchObject({ size: 665, etag: '"10c66461e4c109db5a2196bff4bb59be30396ed8"' });
    expect(await fileDownloadInfo({ repo: GPT2, path: 'nothing', hubUrl: hub.url })).toBeNull();
  });

  it('downloads a part of a big file', async () => {
    const hub = await openHub();
    const blob = await downloadFile({ repo: GPT2, path: '64.tflite', hubUrl: hub.url, fetch: withoutXet });
    const part = Buffer.from(await blob!.slice(400_000_000, 400_100_000).arrayBuffer());
    const file = hub.commitOf('gpt2').files.find((each) => each.path === '64.tflite')!;
    expect(part.equals(file.content.read(400_000_000, 400_100_000))).toBe(true);
  });

  it('downloads a whole snapshot, every byte of it true', async () => {
    vi.spyOn(console, 'debug').mockImplementation(() => {});
    const hub = await openHub();
    const cacheDir = await temporaryFolder();
    const repo = { type: 'model', name: 'sample/tiny-llama' } as const;
    const snapshot = await snapshotDownload({ repo, cacheDir, hubUrl: hub.url, fetch: withoutXet });
    const { id, files } = hub.commitOf('sample/tiny-llama');
    expect(snapshot.endsWith(join('models--sample--tiny-llama', 'snapshots', id))).toBe(true);
    expect((await readdir(snapshot)).toSorted()).toEqual(files.map((file) => file.path).toSorted());
    for (const file of files) {
      expect(await readlink(join(snapshot, file.path))).toBe(join('..', '..', 'blobs', file.etag()));
      const bytes = await readFile(join(snapshot, file.path));
      expect(sha256(bytes)).toBe(sha256(file.content.read(0, file.size)));
    }
  });

  it('downloads from plain LFS storage without being told anything special', async () => {
    vi.spyOn(console, 'debug').mockImplementation(() => {});
    const repo = defineRepo({
      id: 'a/plain',
      xet: false,
      files: [
        { path: 'weights/model.safetensors', size: 1_500_000 },
        { path: 'config.json', content: '{}' },
      ],
    });
    const hub = await openHub({ repos: [repo] });
    const snapshot = await snapshotDownload({ repo: 'a/plain', cacheDir: await temporaryFolder(), hubUrl: hub.url });
    const bytes = await readFile(join(snapshot, 'weights', 'model.safetensors'));
    expect(sha256(bytes)).toBe(
      hub
        .commitOf('a/plain')
        .files.find((file) => file.isLfs)!
        .etag(),
    );
  });
});
