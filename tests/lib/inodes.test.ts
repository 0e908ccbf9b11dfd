import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { hasNoMoreInodes } from '../../src/lib/inodes.ts';

describe('whether a disk takes no more files', () => {
  it('is told by those that are free, of which so many count as none', () => {
    const { files, ffree } = statfsSync(tmpdir());
    expect(hasNoMoreInodes(tmpdir())).toBe(files > 0 && ffree === 0);
    expect(hasNoMoreInodes(tmpdir(), files)).toBe(files > 0);
  });

  it('is not told of a disk that counts none, or of a folder that is not there', () => {
    expect(hasNoMoreInodes('/proc', Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(hasNoMoreInodes('/nowhere', Number.MAX_SAFE_INTEGER)).toBe(false);
  });
});
