import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** A configuration of every name there is, each with a page of comment, is shorter. */
const BYTES_MOST = 64 * 1024;

/**
 * The text of a file that holds settings. It may be a pipe.
 * @throws what Node throws, with a `code`; EFBIG for more than a configuration can be
 */
export const readSettingsFile = (path: string): string => {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(BYTES_MOST + 1);
    let length = 0;
    for (;;) {
      const bytes = readSync(file, buffer, length, buffer.length - length, null);
      length += bytes;
      if (length > BYTES_MOST) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
      if (bytes === 0) return buffer.toString('utf8', 0, length);
    }
  } finally {
    closeSync(file);
  }
};

/** Everybody on this machine may read it. Windows keeps that elsewhere. */
export const isReadableByAll = (path: string): boolean => {
  if (process.platform === 'win32') return false;
  const { mode } = statSync(path, { throwIfNoEntry: false }) ?? { mode: 0 };
  return (mode & 0o004) !== 0;
};
