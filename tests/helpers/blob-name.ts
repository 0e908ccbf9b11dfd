import { createHash } from 'node:crypto';

/** The name that a blob with this content has: SHA-256 if `etag`, which it should have, is one, otherwise git's SHA-1. */
export const blobNameOf = (content: Buffer, etag: string): string =>
  etag.length === 64
    ? createHash('sha256').update(content).digest('hex')
    : createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
