import { toIso } from '../../../lib/clock.ts';
import { isOwner } from '../../../people/may.ts';
import type { Notice } from '../../../store/messages/outbox.ts';
import type { Store } from '../../../store/store.ts';
import type { Rendering } from '../../ui/text.ts';
import { accessRequests } from './access-request.ts';
import { renderCameIn } from './came-in.ts';

type AboutPeople = Extract<Notice, { readonly kind: 'access_request' | 'came_in' }>;

/** Whether a notice tells an owner that somebody wants to be let in, or has come in by a link. */
export const isAboutPeople = (notice: Notice): notice is AboutPeople =>
  notice.kind === 'access_request' || notice.kind === 'came_in';

/** How an owner is told of several people at once. */
export interface PeopleBatch {
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

const idOf = ({ payload }: AboutPeople): number => ('groupId' in payload ? payload.groupId : payload.userId);

/**
 * Anybody may ask, with as many groups as they like, and a link may let many in: what there is to say of them is one message, a new one at most once an
 * hour, and of those a day's first three are heard.
 * @param notices of one owner and one kind; an owner no more is told nothing
 * @returns undefined if there is nothing to say
 */
export const peopleBatch = (store: Store, notices: readonly AboutPeople[], now: number): PeopleBatch | undefined => {
  const [first] = notices;
  if (!first || !isOwner(store, first.chatId)) return undefined;
  const { chatId: ownerId, kind } = first;
  const messages = store.accessRequests.messagesTo(ownerId, toIso(now - DAY_MS), kind);
  const waiting = new Set(store.accessRequests.waiting());
  const [newest] = messages;
  const age = newest === undefined ? MERGED_MS : now - Date.parse(newest.sentAt);
  // A question that is answered is not asked again in its place.
  const isOpen = kind === 'came_in' || newest?.askerIds.some((id) => waiting.has(id)) === true;
  // Who stands in it already asks again after an answer: nobody would see an old message change.
  const isAnew = kind === 'access_request' && notices.some((one) => newest?.askerIds.includes(idOf(one)));
  // Below zero: the clock was set back, and nobody knows how long ago it was.
  const edited = isOpen && !isAnew && age >= 0 && age < MERGED_MS ? newest : undefined;
  const rendering =
    kind === 'came_in'
      ? renderCameIn(store, [...(edited?.askerIds ?? []), ...notices.map(idOf)])
      : accessRequests(store);
  return (
    rendering && {
      rendering,
      ...(edited ? { edits: edited.messageId } : {}),
      isQuiet: messages.length >= AUDIBLE_A_DAY,
    }
  );
};
