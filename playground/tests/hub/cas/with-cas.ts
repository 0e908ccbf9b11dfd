import { expect } from 'vitest';
import type { CasOptions } from '../../../hub/cas/cas.ts';
import { defineRepo, type SampleHub } from '../../../hub/sample-hub.ts';
import type { FileSpec } from '../../../hub/repos/sample-repo.ts';
import { bearer, openHub } from '../with-hub.ts';

export const ID = 'a/weights';
export const WEIGHTS = 'model.safetensors';
export const MB = 1_000_000;

/** Noise, numbers and words, so that chunks are packed in every way; a stretch twice, so that chunks are used twice. */
export const weights = (header: string): FileSpec => ({
  path: WEIGHTS,
  parts: [
    header,
    { seed: 'noise', size: 2 * MB },
    { seed: 'numbers', size: MB, like: 'numbers' },
    'All work and no play makes Jack a dull boy. '.repeat(10_000),
    { seed: 'noise', size: 2 * MB },
  ],
});

interface Opened {
  readonly hub: SampleHub;
  readonly xetHash: string;
  readonly whole: Buffer;
}

export const headOf = (hub: SampleHub) => {
  const commit = hub.commitOf(ID);
  const file = commit.files.find(({ path }) => path === WEIGHTS)!;
  return { commit, file, xetHash: file.xetHash(), whole: file.content.read(0, file.size) };
};

export const open = async (cas: CasOptions = {}): Promise<Opened> => {
  const config = { path: 'config.json', content: '{}' };
  const hub = await openHub({ cas, repos: [defineRepo({ id: ID, xet: 'chunks', files: [weights('v1'), config] })] });
  await hub.stored(ID);
  return { hub, ...headOf(hub) };
};

interface Token {
  readonly accessToken: string;
  readonly exp: number;
  readonly casUrl: string;
}

export const tokenOf = async (hub: SampleHub, revision = 'main', id = ID): Promise<Token> => {
  const response = await fetch(`${hub.url}/api/models/${id}/xet-read-token/${revision}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Token;
};

interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Reconstruction {
  readonly offset_into_first_range: number;
  readonly terms: readonly { readonly hash: string; readonly unpacked_length: number; readonly range: Range }[];
  readonly xorbs: Readonly<
    Record<string, readonly { readonly url: string; readonly ranges: readonly { chunks: Range; bytes: Range }[] }[]>
  >;
}

export const ask = async (hub: SampleHub, hash: string, headers: Record<string, string> = {}): Promise<Response> => {
  const { accessToken, casUrl } = await tokenOf(hub);
  return fetch(`${casUrl}/v2/reconstructions/${hash}`, { headers: { ...bearer(accessToken), ...headers } });
};

export const reconstruction = async (hub: SampleHub, hash: string, range?: string): Promise<Reconstruction> => {
  const response = await ask(hub, hash, range === undefined ? {} : { range });
  expect(response.status).toBe(200);
  return (await response.json()) as Reconstruction;
};

export const statusOf = async (url: string, range?: string): Promise<number> => {
  const response = await fetch(url, range === undefined ? {} : { headers: { range } });
  await response.arrayBuffer();
  return response.status;
};
