import { toIso } from '../../lib/clock.ts';
import { isOwner } from '../../people/may.ts';
import type { Store } from '../../store/store.ts';
import type { Rendering } from '../ui/text.ts';
import { accessRequests } from './access-request.ts';

/** How an owner is told of everybody who waits. */
export interface AccessBatch {
  readonly rendering: Rendering;
  /** A message that says it already, save for the newest: it is edited, which nobody hears. */
  readonly edits?: number;
  /** The owner has heard enough for a day. */
  readonly isQuiet: boolean;
}

const DAY_MS = 24 * 3_600_000;
/** What comes so long after a message, and before it is answered, is written into it. */
const MERGED_MS = 3_600_000;
const AUDIBLE_A_DAY = 3;

/**
 * Anybody may ask, with as many groups as they like: what waits for an answer is one message, a new one at most once an
 * hour, and of those a day's first three are heard.
 * @param ownerId an owner no more is told nothing
 * @returns undefined if nobody waits
 */
export const accessBatch = (store: Store, ownerId: number, now: number): AccessBatch | undefined => {
  if (!isOwner(store, ownerId)) return undefined;
  const rendering = accessRequests(store);
  if (!rendering) return undefined;
  const messages = store.accessRequests.messagesTo(ownerId, toIso(now - DAY_MS));
  const waiting = new Set(store.accessRequests.waiting());
  const [newest] = messages;
  const age = newest === undefined ? MERGED_MS : now - Date.parse(newest.sentAt);
  // Below zero: the clock was set back, and nobody knows how long ago it was.
  const isOpen = newest !== undefined && age >= 0 && age < MERGED_MS && newest.askerIds.some((id) => waiting.has(id));
  return { rendering, ...(isOpen ? { edits: newest.messageId } : {}), isQuiet: messages.length >= AUDIBLE_A_DAY };
};
