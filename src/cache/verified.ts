import { stat } from 'node:fs/promises';
import { BOOT_ID } from '../lib/boot-id.ts';

/** Smaller ones are read again: that takes no longer than noting that it need not be. */
const NOTED_FROM = 1024 * 1024;

/** A file as it is now. */
export interface Looked {
  readonly path: string;
  readonly size: number;
  /**
   * Tells it from any other file, and from itself after a change. Undefined if nothing does: where nobody knows whether
   * the machine started anew, the disk may have lost what was verified in memory.
   */
  readonly mark: string | undefined;
}

/** @returns undefined if there is no file */
export const lookAt = async (path: string): Promise<Looked | undefined> => {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const { ctimeNs, dev, ino, mtimeNs } = found;
  const size = Number(found.size);
  const isNoted = BOOT_ID !== undefined && size >= NOTED_FROM;
  return { path, size, mark: isNoted ? [BOOT_ID, dev, ino, ctimeNs, mtimeNs].join(' ') : undefined };
};

/** Remembers how verified blobs looked. */
export interface VerifiedMarks {
  /** The mark of a blob that was verified. */
  readonly verified: (repoFolder: string, etag: string) => string | undefined;
  readonly setVerified: (repoFolder: string, etag: string, mark: string) => void;
}

/** Which blob of which repository a file is. */
export interface BlobName {
  readonly repoFolder: string;
  readonly etag: string;
}

/** Was this blob verified before, and has nobody changed it since? */
export const isVerified = (marks: VerifiedMarks, { repoFolder, etag }: BlobName, { mark }: Looked): boolean =>
  mark !== undefined && marks.verified(repoFolder, etag) === mark;

/** @param looked as it was before it was read, so that no change goes unnoticed */
export const setVerified = (marks: VerifiedMarks, { repoFolder, etag }: BlobName, { mark }: Looked): void => {
  if (mark === undefined) return;
  try {
    marks.setVerified(repoFolder, etag, mark);
  } catch {
    // Then it is read once more, which is no reason to fail.
  }
};
