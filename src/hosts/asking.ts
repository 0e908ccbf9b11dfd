import type { Redis } from 'ioredis';
import { connect, type RedisEndpoint } from './connection.ts';
import { type Reach, reachRedis } from './reach.ts';
import { namesOf } from './wire/names.ts';

/** What whoever looks at Redis finds there. */
export type RedisFound =
  | Exclude<Reach, { readonly kind: 'let in' }>
  | {
      readonly kind: 'let in';
      /** Such as 7.0.15; undefined where it may not be asked. */
      readonly version: string | undefined;
      readonly usedBytes: number;
      /** 0: there is no limit. */
      readonly mostBytes: number;
      /** What it does when it is full; undefined where it may not be asked. */
      readonly policy: string | undefined;
      /** The user may make others, as a bot has to. */
      readonly makesUsers: boolean;
      /** The user may touch what belongs to the host. */
      readonly mayServe: boolean;
    };

const tried = async <Value>(asked: Promise<Value>): Promise<Value | undefined> => asked.catch(() => undefined);

const numberIn = (info: string, key: string): number => Number(new RegExp(`^${key}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);

const look = async (redis: Redis, host: string | undefined): Promise<RedisFound> => {
  await redis.ping();
  const info = (await tried(redis.info())) ?? '';
  const policy = (await tried(redis.config('GET', 'maxmemory-policy'))) as readonly string[] | undefined;
  const mayServe = host === undefined || (await tried(redis.exists(namesOf(host).wishes))) !== undefined;
  return {
    kind: 'let in',
    version: /^redis_version:([\d.]+)/m.exec(info)?.[1],
    usedBytes: numberIn(info, 'used_memory'),
    mostBytes: numberIn(info, 'maxmemory'),
    policy: policy?.[1],
    makesUsers: (await tried(redis.acl('USERS'))) !== undefined,
    mayServe,
  };
};

/** Looks at Redis once, and changes nothing there. @param host as which the user is to be let in; undefined: as the bot */
export const askRedis = async (endpoint: RedisEndpoint, host?: string): Promise<RedisFound> => {
  const reach = await reachRedis(endpoint);
  if (reach.kind !== 'let in') return reach;
  const redis = connect(endpoint, false, () => undefined);
  try {
    return await look(redis, host);
  } catch (error) {
    return { kind: 'away', trouble: undefined, error };
  } finally {
    redis.disconnect();
  }
};
