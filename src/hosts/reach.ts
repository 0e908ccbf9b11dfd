import { connect, type RedisEndpoint } from './connection.ts';
import { type RedisTrouble, redisTrouble } from './trouble.ts';

/** What comes of one try to reach Redis. */
export type Reach =
  | { readonly kind: 'let in' }
  /** It does not know who asks, or does not let them do this. */
  | { readonly kind: 'refused'; readonly word: string }
  | { readonly kind: 'away'; readonly trouble: RedisTrouble | undefined; readonly error: unknown };

const REFUSALS = /\b(WRONGPASS|NOAUTH|NOPERM)\b/;

/** Whether Redis can be reached there, and lets in whoever that names. */
export const reachRedis = async (endpoint: RedisEndpoint): Promise<Reach> => {
  const errors: unknown[] = [];
  const known = Promise.withResolvers<never>();
  known.promise.catch(() => undefined);
  const redis = connect(endpoint, false, (error) => {
    errors.push(error);
    // What is known is not tried again.
    if (redisTrouble(error, endpoint)) known.reject(error);
  });
  try {
    await Promise.race([redis.ping(), known.promise]);
    return { kind: 'let in' };
  } catch (error) {
    const all = [...errors, error];
    const [, word] = REFUSALS.exec(all.map(String).join(' ')) ?? [];
    if (word !== undefined) return { kind: 'refused', word };
    const troubles = all.flatMap((one) => redisTrouble(one, endpoint) ?? []);
    return { kind: 'away', trouble: troubles[0], error };
  } finally {
    redis.disconnect();
  }
};
