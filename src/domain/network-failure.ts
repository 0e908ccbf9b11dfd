import { codeOf } from '../lib/error-code.ts';
import { RefusedPlace } from '../lib/places.ts';
import { AppError } from './errors.ts';

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

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
