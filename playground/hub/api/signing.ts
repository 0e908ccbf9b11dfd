import { createHmac, randomBytes } from 'node:crypto';
import type { WallClock } from '../../../src/lib/clock.ts';

/** Signed URLs of the CDN: good for a while, then refused. */
export interface Signing {
  /** The query that makes a path acceptable, its parameters in the order of the real ones. */
  readonly sign: (path: string, fileName: string) => string;
  readonly isValid: (path: string, query: URLSearchParams) => boolean;
  /** From now on every URL handed out so far has expired. */
  readonly expireAll: () => void;
}

/** @param lifetimeSeconds how long a URL is good */
export const createSigning = (clock: WallClock, lifetimeSeconds: number): Signing => {
  let secret = randomBytes(32);
  const signatureOf = (path: string, expires: string): string =>
    createHmac('sha256', secret).update(`${path} ${expires}`).digest('base64url');

  return {
    sign: (path, fileName) => {
      const expires = String(Math.floor(clock.now() / 1000) + lifetimeSeconds);
      const name = `inline; filename*=UTF-8''${encodeURIComponent(fileName)}; filename="${fileName}";`;
      return new URLSearchParams([
        ['Expires', expires],
        ['Hash-Algorithm', 'SHA256'],
        ['Key-Pair-Id', 'KSAMPLEHUB'],
        ['Policy', Buffer.from(JSON.stringify({ path, expires })).toString('base64url')],
        ['Signature', signatureOf(path, expires)],
        ['X-Xet-Cas-Uid', 'public'],
        ['response-content-disposition', name],
        ['user_id', 'public'],
      ]).toString();
    },
    isValid: (path, query) => {
      const expires = query.get('Expires') ?? '';
      return query.get('Signature') === signatureOf(path, expires) && clock.now() < Number(expires) * 1000;
    },
    expireAll: () => {
      secret = randomBytes(32);
    },
  };
};
