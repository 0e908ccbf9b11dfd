import { codeOf } from '../lib/error-code.ts';
import { table } from '../lib/table.ts';
import type { RedisEndpoint } from './connection.ts';

/** Why Redis is not reached, where that is no mere outage. */
export interface RedisTrouble {
  /** A sentence or two for whoever has to do something about it. */
  readonly says: string;
  /** Nothing that happens at Redis mends it: what is set here has to be changed. */
  readonly isOurs: boolean;
}

const UNKNOWN_SIGNER = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

const notTrusted = ({ ca }: RedisEndpoint): RedisTrouble => ({
  says:
    ca === undefined
      ? 'Nobody whom this machine knows has signed the certificate of Redis. Set HUBGRAM_REDIS_CA to the file with the certificate of whoever has.'
      : 'The certificate of Redis was not signed by the one in HUBGRAM_REDIS_CA. Set it to the file with the certificate of whoever has signed that.',
  isOurs: true,
});

/** Codes of OpenSSL and of Node (nodejs.org/api/tls.html, X509 certificate error codes; nodejs.org/api/errors.html). */
const TROUBLES = table<RedisTrouble>({
  CERT_HAS_EXPIRED: {
    says: 'The certificate of Redis has expired, or that of whoever has signed it. Give Redis a new one.',
    isOurs: false,
  },
  CERT_NOT_YET_VALID: {
    says: 'The certificate of Redis is not valid yet. Look at the clocks of both machines.',
    isOurs: false,
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    says: 'The certificate of Redis is for another name than the one in HUBGRAM_REDIS_URL. Use the name that it is for, or give Redis one for this name.',
    isOurs: true,
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    says: 'What answers at the address in HUBGRAM_REDIS_URL speaks no TLS. Name the port of Redis that does (tls-port), or begin the address with redis:// instead of rediss://.',
    isOurs: true,
  },
});

const SILENT =
  'Nothing speaks TLS at the address in HUBGRAM_REDIS_URL. If Redis is there, name its port that does (tls-port), or begin the address with redis:// instead of rediss://.';
const BROKEN_OFF =
  'Redis breaks off at once. If it wants TLS, the address in HUBGRAM_REDIS_URL begins with rediss:// instead of redis://.';

const usesTls = ({ url }: RedisEndpoint): boolean => /^rediss:/i.test(url);
const isByNetwork = ({ url }: RedisEndpoint): boolean => /^rediss?:/i.test(url);

const REFUSALS = /^(?:WRONGPASS|NOAUTH|NOPERM)\b/;

/**
 * What an error of a connection says of the settings.
 * @returns undefined: Redis is away, or refuses; whoever asks goes on trying
 */
export const redisTrouble = (error: unknown, endpoint: RedisEndpoint): RedisTrouble | undefined => {
  const code = codeOf(error);
  const [refusal] = REFUSALS.exec(error instanceof Error ? error.message : '') ?? [];
  if (refusal !== undefined && endpoint.wasRight === true)
    return {
      says: `Redis does not let this machine in (${refusal}): it forgets its users when it starts, and the bot tells it of them again. Was this machine let go, it joins by a new code of /hosts add.`,
      isOurs: false,
    };
  if (refusal !== undefined)
    return { says: `Redis does not let in the user and the password of HUBGRAM_REDIS_URL (${refusal}).`, isOurs: true };
  if (UNKNOWN_SIGNER.has(code)) return notTrusted(endpoint);
  const known = TROUBLES[code];
  if (known) return known;
  // What speaks no TLS may wait for more of the greeting, which it takes for a command.
  if (usesTls(endpoint) && code === 'ETIMEDOUT') return { says: SILENT, isOurs: false };
  if (!usesTls(endpoint) && isByNetwork(endpoint) && (code === 'ECONNRESET' || code === 'EPIPE'))
    return { says: BROKEN_OFF, isOurs: false };
  return undefined;
};
