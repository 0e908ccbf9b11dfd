import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { RepoFile } from '../domain/listing.ts';
import { BOOT } from './boot.ts';
import type { Journal } from './transfer.ts';

/** Smaller ones are read again: that takes no longer than looking whether it must be. */
const REMEMBERED_FROM = 1024 * 1024;

/**
 * What tells a blob's file from any other, and from itself after a change. Undefined if nothing does: where nobody knows
 * whether the machine started anew, the disk may have lost what was verified in memory.
 */
export const markOf = async (path: string, { size }: Pick<RepoFile, 'size'>): Promise<string | undefined> => {
  if (BOOT === undefined || size < REMEMBERED_FROM) return undefined;
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (!found?.isFile() || found.size !== BigInt(size)) return undefined;
  return [BOOT, found.dev, found.ino, found.ctimeNs, found.mtimeNs].join(' ');
};

/** The folder of the repository in which a blob lies. */
const folderOf = (path: string): string => basename(dirname(dirname(path)));

/** Was it verified before, and has nobody changed it since? @param mark as it is now */
export const isVerified = (journal: Journal, path: string, mark: string | undefined): boolean =>
  mark !== undefined && journal.verified(folderOf(path), basename(path)) === mark;

/** @param mark as it was before it was read, so that no change goes unnoticed */
export const setVerified = (journal: Journal, path: string, mark: string | undefined): void => {
  if (mark !== undefined) journal.setVerified(folderOf(path), basename(path), mark);
};
