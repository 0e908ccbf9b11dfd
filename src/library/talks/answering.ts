import { ModelGone, ModelRefused } from '../../checks/talks/talking.ts';
import { isBusy } from '../../domain/errors.ts';
import type { Outcome } from '../../domain/talks/outcome.ts';
import { mayStillChange } from '../../people/may.ts';
import type { Talk, TalkTurn } from '../../store/messages/talks.ts';
import { modelIn } from '../find.ts';
import { type Desk, type Held, letGo, type Live } from './desk.ts';
import { isOutcome, type Opened, openToTalk } from './opening.ts';

/** Opens the model of a talk, when nothing else is loaded. @returns why it is not open, if it is not */
const hold = async (desk: Desk, talk: Talk, signal: AbortSignal): Promise<Outcome | undefined> => {
  if (desk.held?.talkId === talk.id) return undefined;
  letGo(desk);
  const set = (live: Live): void => {
    if (desk.current) desk.current.live = live;
  };
  if (desk.loadLock.isTaken()) set({ phase: 'checked' });
  const release = await desk.loadLock.take(signal);
  set({ phase: 'opening' });
  let opened: Opened | Outcome | undefined;
  try {
    opened = await openToTalk(desk, modelIn(desk.store, talk.chatId, talk.modelId), signal);
  } finally {
    if (!opened || isOutcome(opened)) release();
  }
  if (isOutcome(opened)) return opened;
  if (desk.current) desk.current.path = opened.path;
  const held: Held = { ...opened, talkId: talk.id, release, isAnew: talk.answers > 0, first: undefined };
  desk.held = held;
  const now = desk.clock.monotonic();
  desk.quietSince = now;
  desk.openSince = now;
  // It ends by itself where memory runs out, or somebody ends it: the next thing that is said opens it anew.
  void held.model.gone.then(() => {
    if (desk.held === held) letGo(desk);
  });
  return undefined;
};

const compare = async (held: Held, said: string): Promise<Outcome> => {
  const { first } = held;
  held.first = first === undefined ? said : undefined;
  if (first === undefined) return { kind: 'first_text' };
  return { kind: 'compared', cosine: await held.model.compare(first, said) };
};

const ask = async (desk: Desk, held: Held, said: string, stop: AbortSignal): Promise<Outcome> => {
  const { talk } = held.model;
  if (talk === 'vectors') return compare(held, said);
  const onText = (text: string): void => {
    if (desk.current) desk.current.live = { phase: 'writing', text };
  };
  onText('');
  const answer = await held.model.ask(said, onText, stop);
  const { isAnew } = held;
  held.isAnew = false;
  return { kind: 'answer', path: held.path, ...answer, talk, ...(isAnew && talk === 'chat' ? { isAnew } : {}) };
};

/** @throws ModelGone, ModelRefused, the signal's reason */
const tryOn = async (desk: Desk, talk: Talk, turn: TalkTurn, signal: AbortSignal): Promise<Outcome> => {
  const refusal = await hold(desk, talk, signal);
  if (refusal) return refusal;
  const { held } = desk;
  if (!held) throw new ModelGone('has ended meanwhile');
  if (turn.asked !== null) return ask(desk, held, turn.asked, signal);
  return { kind: 'ready', path: held.path, talk: held.model.talk, loadMs: held.model.loadMs };
};

/** It ended while nothing was said, and nobody has seen anything of this answer: it is opened anew, once. */
const mayBeginAnew = ({ current }: Desk, wasOpen: boolean): boolean =>
  wasOpen && (current?.live.phase !== 'writing' || current.live.text === '');

/** What comes of a turn. @throws the reason of the end of the program */
const workOn = async (desk: Desk, talk: Talk, turn: TalkTurn, stop: AbortSignal): Promise<Outcome> => {
  if (!desk.isOn()) return { kind: 'over', why: 'off' };
  // Who waited may have lost access since.
  if (!mayStillChange(desk.store, turn.userId, turn.chatId)) return { kind: 'left' };
  const signal = AbortSignal.any([stop, desk.ending.signal]);
  const path = desk.held?.talkId === talk.id ? desk.held.path : undefined;
  try {
    const outcome = await tryOn(desk, talk, turn, signal).catch((error: unknown) => {
      if (!(error instanceof ModelGone) || !mayBeginAnew(desk, path !== undefined)) throw error;
      letGo(desk);
      return tryOn(desk, talk, turn, signal);
    });
    // What was cut off by the end of the program is no answer.
    desk.ending.signal.throwIfAborted();
    return outcome;
  } catch (error) {
    desk.ending.signal.throwIfAborted();
    if (error instanceof ModelRefused) return { kind: 'refused', reason: error.message };
    if (error instanceof ModelGone)
      return { kind: 'gone', path: desk.current?.path ?? path ?? '', reason: error.message };
    if (stop.aborted) return { kind: 'left' };
    throw error;
  }
};

/** With these the talk goes on. */
const GOES_ON: readonly Outcome['kind'][] = ['ready', 'answer', 'first_text', 'compared', 'refused'];

/** Has a turn come to something, and writes down what. */
export const answerTurn = async (desk: Desk, talk: Talk, turn: TalkTurn): Promise<void> => {
  const { store, log, clock } = desk;
  const stop = new AbortController();
  desk.current = { turnId: turn.id, talkId: talk.id, stop, live: { phase: 'opening' } };
  let outcome: Outcome;
  try {
    store.talks.beginTurn(turn.id);
    outcome = await workOn(desk, talk, turn, stop.signal);
  } catch (error) {
    // Whoever asked is told when the program starts again.
    if (desk.ending.signal.aborted) return;
    if (isBusy(error)) throw error;
    log.error({ err: error, model: turn.modelId }, 'A model could not be talked to');
    outcome = { kind: 'interrupted' };
  } finally {
    desk.current = undefined;
  }
  desk.quietSince = clock.monotonic();
  log.info({ model: turn.modelId, chat: turn.chatId, outcome: outcome.kind }, 'A turn of a talk is over');
  store.atomically(() => {
    const isOver = !GOES_ON.includes(outcome.kind);
    if (isOver) store.talks.dropFollowing(talk.id);
    store.talks.settleTurn(turn.id, outcome);
    if (outcome.kind === 'answer') store.talks.countAnswer(talk.id);
    if (isOver) store.talks.dropTalk(talk.id);
  });
};
