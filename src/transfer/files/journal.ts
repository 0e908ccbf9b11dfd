import type { ByteRange } from '../../domain/listing.ts';

/** Remembers which ranges of a partial file were flushed to the disk. */
export interface Journal {
  readonly load: (repoFolder: string, etag: string) => ByteRange[];
  readonly save: (repoFolder: string, etag: string, size: number, ranges: readonly ByteRange[]) => void;
  readonly clear: (repoFolder: string, etag: string) => void;
}
