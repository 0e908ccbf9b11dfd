import type { WallClock } from '../../../src/lib/clock.ts';
import type { UpdateJson } from '../wire.ts';
import { INLINE_MS } from '../world/inline.ts';

/** What `allowed_updates: []` means: everything but these (Bot API, getUpdates). */
const NOT_BY_DEFAULT = new Set(['chat_member', 'message_reaction', 'message_reaction_count']);
const KINDS = new Set(
  (
    'message edited_message channel_post edited_channel_post inline_query chosen_inline_result callback_query poll poll_answer ' +
    'my_chat_member chat_member chat_join_request message_reaction message_reaction_count ' +
    'stopped_message_generation'
  ).split(' '),
);

/** How long an update waits for a bot that is away (Client.cpp, `add_update`). */
const LIFE_MS: Readonly<Record<string, number>> = {
  callback_query: 150_000,
  inline_query: INLINE_MS,
  chosen_inline_result: 600_000,
};
const DAY_MS = 24 * 3600 * 1000;

/** Updates in order of their ids, until confirmed or too old. */
export interface UpdateQueue {
  /** @returns false if the bot does not want this kind */
  readonly add: (kind: string, body: object) => boolean;
  /** The same for one that Telegram would never send. */
  readonly force: (kind: string, body: unknown) => void;
  readonly take: (limit: number) => readonly UpdateJson[];
  /** Forgets all before this id; negative: all but the last that many. */
  readonly forgetBelow: (offset: number) => void;
  readonly confirm: (updateId: number) => void;
  readonly drop: () => void;
  readonly pending: () => readonly UpdateJson[];
  readonly size: () => number;
  /** Sets the kinds the bot wants, until set again; an empty list means the default ones. */
  readonly allow: (kinds: readonly string[]) => void;
  readonly allowed: () => readonly string[];
}

export const createUpdateQueue = (clock: WallClock, firstId: number): UpdateQueue => {
  const queue = new Map<number, { update: UpdateJson; until: number }>();
  let nextId = 700_000_000 + firstId;
  let kinds: readonly string[] = [];

  const force = (kind: string, body: unknown): void => {
    const id = nextId++;
    queue.set(id, { update: { update_id: id, [kind]: body }, until: clock.now() + (LIFE_MS[kind] ?? DAY_MS) });
  };

  return {
    add: (kind, body) => {
      const isWanted = kinds.length > 0 ? kinds.includes(kind) : !NOT_BY_DEFAULT.has(kind);
      if (isWanted) force(kind, body);
      return isWanted;
    },
    force,
    take: (limit) => {
      const taken: UpdateJson[] = [];
      const now = clock.now();
      for (const [id, entry] of queue) {
        if (taken.length >= limit) break;
        if (entry.until <= now) queue.delete(id);
        else taken.push(entry.update);
      }
      return taken;
    },
    forgetBelow: (offset) => {
      const first = offset < 0 ? nextId + offset : offset;
      for (const id of queue.keys()) {
        if (id >= first) break;
        queue.delete(id);
      }
    },
    confirm: (updateId) => {
      queue.delete(updateId);
    },
    drop: () => queue.clear(),
    pending: () => [...queue.values()].map((entry) => entry.update),
    size: () => queue.size,
    allow: (wanted) => {
      // Nothing but unknown names counts as nothing, that is: the default.
      kinds = wanted.filter((kind) => KINDS.has(kind));
    },
    allowed: () => kinds,
  };
};
