import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { type SampleHub, type SampleHubOptions, startSampleHub } from '../../hub/sample-hub.ts';

/** A hub for one test. */
export const openHub = async (options: SampleHubOptions = {}): Promise<SampleHub> => {
  const hub = await startSampleHub(options);
  onTestFinished(() => hub.close());
  return hub;
};

export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What git would call these bytes. */
export const gitSha1 = (bytes: Uint8Array): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

export const bytesOf = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());

/** The signed URL of an LFS file. */
export const signedUrl = async (
  hub: SampleHub,
  path: string,
  headers: Record<string, string> = {},
): Promise<string> => {
  const response = await fetch(`${hub.url}${path}`, { redirect: 'manual', headers });
  await response.text();
  return response.headers.get('location') ?? '';
};
