import type { WallClock } from '../../src/lib/clock.ts';
import { tooManyRequests } from './api-error.ts';
import type { Chat } from './world/chat.ts';

/** core.telegram.org/bots/faq: one message a second in a chat with short bursts, 20 a minute in a group, about 30 a second in all. */
const PRIVATE_BURST = 10;
const PRIVATE_PER_SECOND = 1;
const GROUP_PER_MINUTE = 20;
const ALL_PER_SECOND = 30;

interface Limit {
  /** Milliseconds until one more call passes; 0 = now. */
  readonly waitMs: (now: number) => number;
  readonly spend: (now: number) => void;
}

const createBucket = (capacity: number, perSecond: number): Limit => {
  let tokens = capacity;
  let filledAt = Number.NEGATIVE_INFINITY;
  const fill = (now: number): void => {
    tokens = Math.min(capacity, tokens + (Math.max(0, now - filledAt) / 1000) * perSecond);
    filledAt = now;
  };
  return {
    waitMs: (now) => {
      fill(now);
      return tokens >= 1 ? 0 : ((1 - tokens) / perSecond) * 1000;
    },
    spend: () => {
      tokens -= 1;
    },
  };
};

const createWindow = (count: number, windowMs: number): Limit => {
  const spent: number[] = [];
  return {
    waitMs: (now) => {
      while (spent[0] !== undefined && spent[0] <= now - windowMs) spent.shift();
      return spent[0] === undefined || spent.length < count ? 0 : spent[0] + windowMs - now;
    },
    spend: (now) => {
      spent.push(now);
    },
  };
};

export interface Flood {
  /** Counts one send or edit in a chat. @throws ApiError 429; what is refused is not counted */
  readonly spend: (chat: Chat) => void;
  /** How many 429 the bot has earned. */
  readonly earned: () => number;
}

export const createFlood = (clock: WallClock): Flood => {
  const all = createWindow(ALL_PER_SECOND, 1000);
  const chats = new Map<number, Limit>();
  let earned = 0;

  const limitOf = (chat: Chat): Limit => {
    const known = chats.get(chat.id);
    if (known) return known;
    const limit =
      chat.type === 'private'
        ? createBucket(PRIVATE_BURST, PRIVATE_PER_SECOND)
        : createWindow(GROUP_PER_MINUTE, 60_000);
    chats.set(chat.id, limit);
    return limit;
  };

  return {
    earned: () => earned,
    spend: (chat) => {
      const now = clock.now();
      const limit = limitOf(chat);
      const waitMs = Math.max(limit.waitMs(now), all.waitMs(now));
      if (waitMs > 0) {
        earned += 1;
        throw tooManyRequests(Math.max(1, Math.ceil(waitMs / 1000)));
      }
      limit.spend(now);
      all.spend(now);
    },
  };
};
