import { createHash, type Hash } from 'node:crypto';

/** @param etag its length says how the file is named: 64 hex SHA-256, 40 hex git blob SHA-1 */
export const isNamedByGit = (etag: string): boolean => etag.length === 40;

/** The hash that a file of this size is named by, before its first byte. */
export const createBlobHash = (isGit: boolean, size: number): Hash =>
  // A git blob's id is the SHA-1 of a header and the content (git-hash-object).
  isGit ? createHash('sha1').update(`blob ${size}\0`) : createHash('sha256');

/** What a blob is hashed by: by SHA-256 too where nobody has told its hash. */
export const hashedAs = ({
  etag,
  isUnhashed,
}: {
  readonly etag: string;
  readonly isUnhashed?: boolean | undefined;
}): string => (isUnhashed === true ? '0'.repeat(64) : etag);
