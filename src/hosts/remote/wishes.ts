import type { Redis } from 'ioredis';
import type { Envelope } from '../wire/form.ts';
import { STOP } from '../wire/jobs.ts';
import type { HostNames } from '../wire/names.ts';
import type { HostQueue } from './host-queue.ts';

/** What is wanted of the runs of a host, as it stands in Redis. All of it fails when Redis is away, save `takeBackLater`. */
export interface Wishes {
  readonly put: (id: string, text: string) => Promise<void>;
  /** It is to end. */
  readonly stop: (id: string) => Promise<void>;
  /**
   * It is not wanted any more, nor what lies in Redis for it.
   * @returns false: the host has it in hand, and is to end it
   */
  readonly takeAway: (id: string, envelope?: Envelope) => Promise<boolean>;
  readonly takeBackLater: (id: string) => void;
  /** Takes back what could not be taken back before. @param isWanted whether somebody has asked for it anew */
  readonly takeBack: (isWanted: (id: string) => boolean) => Promise<void>;
  /** Puts all there at once, as all that is wanted, if Redis has forgotten what was. */
  readonly restore: (all: Iterable<readonly [id: string, text: string]>) => Promise<void>;
  /** Of earlier processes of the bot too. */
  readonly list: () => Promise<readonly string[]>;
}

interface WishesDeps {
  /** Fails when Redis is away. */
  readonly redis: Redis;
  readonly names: Pick<HostNames, 'wishes' | 'wishesAreWhole'>;
  readonly queue: Pick<HostQueue, 'remove'>;
}

/** What is wanted of the runs of one host. */
export const createWishes = ({ redis, names, queue }: WishesDeps): Wishes => {
  const later = new Set<string>();
  const put: Wishes['put'] = async (id, text) => {
    await redis.hset(names.wishes, id, text);
    later.delete(id);
  };
  const stop: Wishes['stop'] = (id) => put(id, STOP);
  const takeAway: Wishes['takeAway'] = async (id, envelope) => {
    await stop(id);
    if (!(await queue.remove(id, envelope))) return false;
    await redis.hdel(names.wishes, id);
    return true;
  };
  return {
    put,
    stop,
    takeAway,
    takeBackLater: (id) => void later.add(id),
    takeBack: async (isWanted) => {
      for (const id of later) {
        if (isWanted(id)) later.delete(id);
        else await takeAway(id);
      }
    },
    restore: async (all) => {
      if ((await redis.exists(names.wishesAreWhole)) > 0) return;
      const restoring = redis.multi();
      for (const [id, text] of all) restoring.hset(names.wishes, id, text);
      restoring.set(names.wishesAreWhole, '1');
      await restoring.exec();
    },
    list: () => redis.hkeys(names.wishes),
  };
};
