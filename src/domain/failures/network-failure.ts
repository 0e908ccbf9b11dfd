import { deepCodeOf } from '../../lib/error-code.ts';
import { RefusedAddress } from '../../lib/net/egress.ts';
import { AppError } from '../errors.ts';
import { table } from '../../lib/table.ts';

/** What kept an answer from coming: it took too long, or there was no connection. Both may be tried again. */
interface NetworkTrouble {
  readonly code: 'stalled' | 'unreachable';
  /** To follow the name of the host. */
  readonly reason: string;
}

const timeOut: NetworkTrouble = { code: 'stalled', reason: 'it did not answer in time' };
const because = (reason: string): NetworkTrouble => ({ code: 'unreachable', reason });

/** Codes of undici and of sockets (undici docs/api/Errors.md, Node's errno names). */
const TROUBLES = table<NetworkTrouble>({
  ETIMEDOUT: timeOut,
  UND_ERR_CONNECT_TIMEOUT: timeOut,
  UND_ERR_HEADERS_TIMEOUT: timeOut,
  UND_ERR_BODY_TIMEOUT: timeOut,
  ENOTFOUND: because('its name is not known'),
  EAI_AGAIN: because('its name could not be looked up'),
  ECONNREFUSED: because('it refuses connections'),
  ECONNRESET: because('the connection broke'),
  UND_ERR_SOCKET: because('the connection broke'),
  EPIPE: because('the connection broke'),
  ENETUNREACH: because('there is no way to it'),
  EHOSTUNREACH: because('there is no way to it'),
  // OpenSSL's names. Certificates of public servers are made anew in time: more often the clock that they are held against is wrong.
  CERT_NOT_YET_VALID: because('its certificate does not hold yet, or the clock of the machine that asks is slow'),
  CERT_HAS_EXPIRED: because('its certificate has run out, or the clock of the machine that asks is fast'),
});

/** @returns undefined if it is no error of the network as far as anybody can tell */
const troubleOf = (error: unknown): NetworkTrouble | undefined => {
  if (error instanceof DOMException && error.name === 'TimeoutError') return timeOut;
  const code = deepCodeOf(error);
  const known = TROUBLES[code];
  if (known) return known;
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code))
    return because(`its certificate is not trusted (${code})`);
  const isNetwork = code.startsWith('UND_ERR') || /^E[A-Z]+$/.test(code) || code.startsWith('HPE_');
  return isNetwork ? because(`something went wrong on the way (${code})`) : undefined;
};

/** No answer came to a request that can go nowhere else. */
export const unreachable = (error: unknown, host: string): AppError => {
  const unknown = deepCodeOf(error);
  const { code, reason } = troubleOf(error) ?? because(`something went wrong on the way${unknown && ` (${unknown})`}`);
  return new AppError(code, `${host} cannot be reached: ${reason}.`, { cause: error });
};

/** Sorts what a request for bytes throws. What is no error of the network stays as it is. */
export const networkFailure = (error: unknown, host: string): unknown => {
  if (error instanceof AppError) return error;
  if (error instanceof RefusedAddress) return new AppError('integrity', error.message, { cause: error });
  const trouble = troubleOf(error);
  if (!trouble) return error;
  if (trouble.code === 'stalled') return new AppError('stalled', `No data came from ${host}.`, { cause: error });
  return new AppError('unreachable', `${host} does not send the file: ${trouble.reason}.`, { cause: error });
};
