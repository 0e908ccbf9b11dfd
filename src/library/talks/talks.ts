/* library/talks: who talks to which model, in turns, one model at a time. */

import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import { startTicker, type Ticker } from '../../lib/ticker.ts';
import type { Talk, Talker, TalkTurn, TurnWish } from '../../store/messages/talks.ts';
import { answerTurn } from './answering.ts';
import { type Desk, letGo, type Live, type TalkDeskDeps } from './desk.ts';
import { endWhatIsOver } from './ending.ts';

export type { Live };

/** Who wrote, by which message and update. */
export interface TalkAsked extends Pick<TurnWish, 'chatId' | 'userId' | 'threadId' | 'replyTo'> {
  readonly updateId: number;
}

/** Why somebody does not come to talk. `busy`: what they have said before is not answered yet. */
export type TalkRefusal = 'off' | 'not_complete' | 'dataset' | 'elsewhere' | 'busy';

/** Talks that people have with models: one model is open at a time on the machine, and whoever comes later waits for their turn. */
export interface TalkDesk {
  /**
   * Begins a talk, in place of the one that this person has in this chat.
   * @param said the first thing that is said to the model; without it, it is only made ready
   * @returns why it is not begun
   */
  readonly begin: (asked: TalkAsked, model: Model, said: string | undefined) => TalkRefusal | undefined;
  /** The talk that a person has in a chat, or waits to have. */
  readonly talkOf: (chatId: number, userId: number) => Talk | undefined;
  /** Says something in a talk. @returns why it is not said */
  readonly say: (talk: Talk, asked: TalkAsked, said: string) => TalkRefusal | undefined;
  /** Ends a talk; what is being written for it ends too. @returns whether that is told by what becomes of its turn */
  readonly end: (talk: Talk) => boolean;
  readonly turn: (id: number) => TalkTurn | undefined;
  /** Ends what is being written for a turn, or takes it out of the line. @returns whether there was anything to end */
  readonly stop: (turn: TalkTurn) => boolean;
  /** How far a turn is; undefined if it has come to something, or another of its talk comes before it. */
  readonly live: (turn: TalkTurn) => Live | undefined;
  /** Goes on with those who wait; tells whom a restart has interrupted. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

/** What is due is seen by then; whatever somebody does is seen at once. */
const LOOK_MS = 500;
/** @returns whether something was done, and there may be more */
const step = async (desk: Desk): Promise<boolean> => {
  const { store, ending } = desk;
  if (ending.signal.aborted) return false;
  endWhatIsOver(desk);
  const talk = store.talks.openTalk() ?? store.talks.openNextTalk();
  if (desk.held && desk.held.talkId !== talk?.id) letGo(desk);
  if (!talk) return false;
  const turn = store.talks.openTurn(talk.id);
  if (!turn) return false;
  await answerTurn(desk, talk, turn);
  return true;
};

const refusalOf = ({ isOn }: Desk, model: Model): TalkRefusal | undefined => {
  if (!isOn()) return 'off';
  if (model.repoType !== 'model') return 'dataset';
  if (model.hostId !== THIS_HOST) return 'elsewhere';
  return model.status === 'completed' && model.copyId !== null ? undefined : 'not_complete';
};

const liveOf = (desk: Desk, turn: TalkTurn): Live | undefined => {
  if (turn.outcome !== null || desk.store.talks.openTurn(turn.talkId)?.id !== turn.id) return undefined;
  if (desk.current?.turnId === turn.id) return desk.current.live;
  return { phase: 'waiting', ahead: desk.store.talks.countBefore(turn.talkId) };
};

/** Ends what is being written for a talk, and takes what waits out of the line. @returns whether a turn of it tells so */
const leave = (desk: Desk, talk: Talk): boolean => {
  const isTold = desk.store.talks.openTurn(talk.id) !== undefined;
  desk.store.talks.dropFollowing(talk.id);
  desk.store.talks.settleUnbegun(talk.id, { kind: 'left' });
  desk.store.talks.dropTalk(talk.id);
  if (desk.current?.talkId === talk.id) desk.current.stop.abort();
  return isTold;
};

/** In place of the one that this person has in this chat. */
const beginTalk = (desk: Desk, asked: TalkAsked, model: Model, said: string | undefined): void => {
  const { talks, atomically } = desk.store;
  // Handled again after a crash.
  if (talks.isTurnOf(asked.updateId)) return;
  const { replyTo, updateId, ...who } = asked;
  const talker: Talker = { ...who, modelId: model.id };
  atomically(() => {
    const before = talks.talkOf(asked.chatId, asked.userId);
    if (before) leave(desk, before);
    const { id: talkId } = talks.createTalk(talker);
    talks.createTurn({ ...talker, talkId, replyTo, updateId, asked: said ?? null });
  });
};

/** Talks as rows, one at a time; what is said in them is in the memory of the process that holds the model, and nowhere else. */
export const createTalkDesk = (deps: TalkDeskDeps): TalkDesk => {
  const { store, clock, log } = deps;
  const now = clock.monotonic();
  const desk: Desk = {
    ...deps,
    ending: new AbortController(),
    held: undefined,
    current: undefined,
    quietSince: now,
    openSince: now,
    waitedForSince: undefined,
  };
  let ticker: Ticker | undefined;
  let isToldOfRestart = false;
  const work = async (): Promise<void> => {
    // Here, since a full disk is no reason not to start: it is tried again until it works, and nothing is said before.
    if (!isToldOfRestart) store.talks.settleBegun({ kind: 'interrupted' });
    isToldOfRestart = true;
    while (await step(desk));
  };
  return {
    begin: (asked, model, said) => {
      const refusal = refusalOf(desk, model);
      if (refusal) return refusal;
      beginTalk(desk, asked, model, said);
      ticker?.poke();
      return undefined;
    },
    talkOf: store.talks.talkOf,
    say: (talk, asked, said) => {
      if (!desk.isOn()) return 'off';
      if (store.talks.isTurnOf(asked.updateId)) return undefined;
      // While it is only made ready, the first thing that is said waits for that.
      if (store.talks.isAsked(talk.id)) return 'busy';
      desk.quietSince = clock.monotonic();
      store.talks.createTurn({ ...asked, modelId: talk.modelId, talkId: talk.id, asked: said });
      ticker?.poke();
      return undefined;
    },
    end: (talk) => {
      const isTold = leave(desk, talk);
      ticker?.poke();
      return isTold;
    },
    turn: store.talks.getTurn,
    stop: (turn) => {
      const talk = store.talks.getTalk(turn.talkId);
      if (turn.outcome !== null) return false;
      // What has not begun to write is left altogether; of an answer the talk goes on.
      if (desk.current?.turnId === turn.id && desk.current.live.phase === 'writing') desk.current.stop.abort();
      else if (talk) leave(desk, talk);
      ticker?.poke();
      return true;
    },
    live: (turn) => liveOf(desk, turn),
    start: () => {
      ticker ??= startTicker(LOOK_MS, work, (error) => log.error({ err: error }, 'Talks could not go on'));
      ticker.poke();
    },
    close: async () => {
      desk.ending.abort(new Error('shutdown'));
      // Nobody waits for what it would still write.
      letGo(desk);
      await ticker?.close();
      letGo(desk);
    },
  };
};
