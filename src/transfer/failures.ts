import { AppError } from '../domain/errors.ts';
import { RefusedPlace } from '../lib/places.ts';

/** Node's or undici's code of an error, or an empty text. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

const DISK: Readonly<Record<string, string>> = {
  EACCES: 'hubgram may not write to the cache folder. Check its owner and permissions.',
  EPERM: 'hubgram may not write to the cache folder. Check its owner and permissions.',
  EROFS: 'The disk with the cache is read-only.',
  EIO: 'The disk reported an error.',
  EMFILE: 'Too many files are open on this machine.',
  ENOTDIR: 'Something in the cache lies where a folder must be.',
  EEXIST: 'Something in the cache lies where a folder must be.',
  ENOTEMPTY: 'A folder in the cache lies where a file must be.',
  EISDIR: 'A folder in the cache lies where a file must be.',
  ELOOP: 'Something in the cache is a link where none may be.',
  ENAMETOOLONG: 'The repository holds a name that is too long for the disk of the cache.',
  EFBIG: 'The filesystem of the cache cannot hold a file of that size.',
};

/** Sorts what Node's file functions throw. Others stay as they are. */
export const diskFailure = (error: unknown): unknown => {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('no_space', 'The disk is full.', { cause: error });
  }
  const sentence = DISK[code];
  return sentence ? new AppError('operational', sentence, { cause: error }) : error;
};

/** Codes of undici and of sockets (undici docs/api/Errors.md, Node's errno names). */
const TIMEOUTS = new Set(['UND_ERR_BODY_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);

/** Sorts what a request throws: stalls and broken connections are told apart; both may be tried again. */
export const networkFailure = (error: unknown, host: string): unknown => {
  if (error instanceof AppError) return error;
  if (error instanceof RefusedPlace) return new AppError('integrity', error.message, { cause: error });
  const code = codeOf(error) || codeOf(causeOf(error));
  if (TIMEOUTS.has(code)) return new AppError('stalled', `No data came from ${host}.`, { cause: error });
  if (code.startsWith('UND_ERR') || /^E[A-Z]+$/.test(code) || code.startsWith('HPE_')) {
    return new AppError('connection', `The connection to ${host} broke.`, { cause: error });
  }
  return error;
};
