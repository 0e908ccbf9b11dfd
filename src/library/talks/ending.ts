import type { Outcome } from '../../domain/talks/outcome.ts';
import type { Talk } from '../../store/messages/talks.ts';
import { modelIn } from '../find.ts';
import type { Desk } from './desk.ts';

/** A model that is open takes memory: when nothing was said for so long, its talk is over. */
const QUIET_MOST_MS = 10 * 60_000;
/** The same while others wait. */
const QUIET_WAITED_FOR_MS = 60_000;
/** While others wait, a talk is over after so long, or when they have waited for a while if it is longer already. */
const TALK_MOST_MS = 10 * 60_000;
const GRACE_MS = 60_000;

/** Ends a talk and says why. */
const finish = ({ store }: Desk, talk: Talk, outcome: Outcome): void => {
  const { chatId, userId, threadId, modelId } = talk;
  store.atomically(() => {
    store.talks.settleUnbegun(talk.id, outcome);
    store.talks.dropTalk(talk.id);
    store.talks.createTurn(
      { talkId: talk.id, chatId, userId, threadId, modelId, replyTo: null, updateId: null, asked: null },
      outcome,
    );
  });
};

/** Why the open talk is over; undefined: it is not. */
const whyOver = (desk: Desk): Extract<Outcome, { kind: 'over' }>['why'] | undefined => {
  const now = desk.clock.monotonic();
  if (!desk.isOn()) return 'off';
  if (now - desk.quietSince >= QUIET_MOST_MS) return 'quiet';
  const { waitedForSince } = desk;
  if (waitedForSince === undefined || now - waitedForSince < GRACE_MS) return undefined;
  const isOld = now - desk.openSince >= TALK_MOST_MS;
  return isOld || now - desk.quietSince >= QUIET_WAITED_FOR_MS ? 'others_wait' : undefined;
};

/** Ends the open talk if it is over; whom the owner's word has put out of the line is told too. */
export const endWhatIsOver = (desk: Desk): void => {
  const { store, loadLock, clock } = desk;
  const isWaitedFor = store.talks.countWaiting() > 0 || loadLock.isWanted();
  desk.waitedForSince = isWaitedFor ? (desk.waitedForSince ?? clock.monotonic()) : undefined;
  const talk = store.talks.openTalk();
  if (!talk || store.talks.openTurn(talk.id)) return;
  // Its process would keep the files on the disk that were taken away.
  if (!modelIn(store, talk.chatId, talk.modelId)) return finish(desk, talk, { kind: 'not_here' });
  const why = whyOver(desk);
  if (why) finish(desk, talk, { kind: 'over', why });
};
