import fs from 'node:fs/promises';
import type { DiskFunctions } from '../../src/cache/disk.ts';

/** A function of a disk that refuses with this code. */
export const refusing = (code: string) => (): Promise<never> =>
  Promise.reject(Object.assign(new Error(code), { code }));

/** As vfat and exFAT are mounted on Linux: neither kind of link. */
export const FAT: DiskFunctions = { ...fs, symlink: refusing('EPERM'), link: refusing('EPERM') };
/** As some CIFS mounts are. */
export const HARD_ONLY: DiskFunctions = { ...fs, symlink: refusing('EOPNOTSUPP') };
