import { createHmac, randomBytes } from 'node:crypto';
import type { WallClock } from '../../../src/lib/clock.ts';

/** The parameter that names the ranges which a URL is good for. */
export const SIGNED_RANGES = 'X-Xet-Signed-Range';

/** Signed URLs of the CDN: good for a while, then refused. */
export interface Signing {
  /** The query that makes a path acceptable, its parameters in the order of the real ones. */
  readonly sign: (path: string, fileName: string) => string;
  /** Of a path of which only some ranges may be asked for: `bytes=0-99,200-299`. */
  readonly signRanges: (path: string, ranges: string) => string;
  readonly isValid: (path: string, query: URLSearchParams) => boolean;
  /** From now on every URL handed out so far has expired. */
  readonly expireAll: () => void;
}

/** @param lifetimeSeconds how long a URL is good */
export const createSigning = (clock: WallClock, lifetimeSeconds: number): Signing => {
  let secret = randomBytes(32);
  const signatureOf = (path: string, expires: string, ranges = ''): string =>
    createHmac('sha256', secret).update(`${path} ${expires} ${ranges}`).digest('base64url');
  const expiry = (): string => String(Math.floor(clock.now() / 1000) + lifetimeSeconds);
  const policy = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url');

  return {
    sign: (path, fileName) => {
      const expires = expiry();
      const name = `inline; filename*=UTF-8''${encodeURIComponent(fileName)}; filename="${fileName}";`;
      return new URLSearchParams([
        ['Expires', expires],
        ['Hash-Algorithm', 'SHA256'],
        ['Key-Pair-Id', 'KSAMPLEHUB'],
        ['Policy', policy({ path, expires })],
        ['Signature', signatureOf(path, expires)],
        ['X-Xet-Cas-Uid', 'public'],
        ['response-content-disposition', name],
        ['user_id', 'public'],
      ]).toString();
    },
    signRanges: (path, ranges) => {
      const expires = expiry();
      return new URLSearchParams([
        [SIGNED_RANGES, ranges],
        ['Expires', expires],
        ['Policy', policy({ path, expires, ranges })],
        ['Signature', signatureOf(path, expires, ranges)],
        ['Key-Pair-Id', 'KSAMPLEHUB'],
      ]).toString();
    },
    isValid: (path, query) => {
      const expires = query.get('Expires') ?? '';
      const signature = signatureOf(path, expires, query.get(SIGNED_RANGES) ?? '');
      return query.get('Signature') === signature && clock.now() < Number(expires) * 1000;
    },
    expireAll: () => {
      secret = randomBytes(32);
    },
  };
};
