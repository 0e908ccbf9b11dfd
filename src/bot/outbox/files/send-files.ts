/* bot/outbox/files: files that chats want to have, sent as documents, each as often as Telegram lets it fail. */

import { type Api, GrammyError, InputFile } from 'grammy';
import { backoffMs } from '../../../lib/backoff.ts';
import { toIso } from '../../../lib/clock.ts';
import { AppError } from '../../../domain/errors.ts';
import { readKeptAddress } from '../../../domain/repo/kept-file.ts';
import { startTicker } from '../../../lib/ticker.ts';
import { createInTurn } from '../../../library/finding/in-turn.ts';
import type { ModelFile } from '../../../library/sending/sending.ts';
import { verdictOn } from '../../../people/may.ts';
import type { FileSend, SendFailure, SentFile } from '../../../store/messages/file-sends.ts';
import { apiFailure } from '../../telegram/api-failure.ts';
import { leaveAlone } from '../../telegram/too-many-requests.ts';
import { createCuts, type Cuts } from './cuts.ts';
import { documentName } from './document-name.ts';
import { lookOf } from './look.ts';
import { createProgress, type Progress, type SendFilesDeps } from './progress.ts';
import { createStalls, type Stalls } from './stalls.ts';
import { tellFailure } from './tell-failure.ts';

/** Files on their way to chats. */
export interface FileSending {
  readonly poke: () => void;
  /** Ends what is under way: it is sent from its beginning after the next start. */
  readonly close: () => Promise<void>;
}

/** A slow way to Telegram is shared by all: more at once would only make each slower. Small ones do not wait behind large ones. */
const AT_ONCE = 2;
const SMALL_BYTES = 1_000_000;
const LOOK_MS = 500;
/** A week: what ends an upload is that nothing moves. */
const CALL_SECONDS = 604_800;
/** What does not get through is tried so often, a few minutes in all. */
const TRIES = 6;
const PAUSES = { firstMs: 10_000, mostMs: 120_000 };

interface State extends SendFilesDeps {
  /** Chats for which something is under way: one at a time each. */
  readonly busy: Set<number>;
  readonly progress: Progress;
  readonly stalls: Stalls;
  readonly cuts: Cuts;
  /** What Telegram has taken, and is still to be written down: a database that refuses must not have it sent twice. */
  readonly taken: Map<number, { readonly file: SentFile | undefined; readonly fileId: string | undefined }>;
}

/** What the document is known by at Telegram; undefined as long as nobody knows its content. */
const knownBy = ({ botId }: State, { file }: ModelFile): SentFile | undefined =>
  file.isUnhashed === true ? undefined : { botId, etag: file.etag, fileName: documentName(file.path) };

type Signal = Parameters<Api['sendDocument']>[3];

/** Whether Telegram has refused the document itself, and not the chat or the moment. */
const isRefused = (error: unknown): error is GrammyError =>
  error instanceof GrammyError && ['refused', 'not_now'].includes(apiFailure(error).kind);

/** Of a document that somebody has sent to this bot, under the name that it has here. Others cannot be sent as documents. */
const keptIdOf = ({ store, botId }: State, { copy, file }: ModelFile): string | undefined => {
  const address = copy.sourceUrl === null ? undefined : readKeptAddress(copy.sourceUrl);
  const kept = address?.botId === botId ? store.keptFiles.keptFile(address) : undefined;
  return kept?.kind === 'document' && kept.fileName === documentName(file.path) ? kept.fileId : undefined;
};

/** By which id Telegram has it already; undefined: it has to be uploaded. */
const fileIdOf = (state: State, of: ModelFile): string | undefined => {
  const known = knownBy(state, of);
  return known && (state.store.fileSends.fileIdOf(known) ?? keptIdOf(state, of));
};

/** @returns its id at Telegram; undefined if it has to be uploaded */
const sendKnown = async (
  state: State,
  send: FileSend,
  of: ModelFile,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const { store, api } = state;
  const fileId = fileIdOf(state, of);
  const known = knownBy(state, of);
  if (fileId === undefined || !known) return undefined;
  const { chatId, other } = lookOf(state.store, send);
  try {
    await api.sendDocument(chatId, fileId, other, signal as Signal);
    return fileId;
  } catch (error) {
    if (!isRefused(error)) throw error;
    store.fileSends.forgetFileId(known);
    return undefined;
  }
};

/** @throws what grammY throws; AppError: it is not what it was, or is gone */
const upload = async (
  state: State,
  send: FileSend,
  of: ModelFile,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const { apiFor, sending, progress, stalls, cuts } = state;
  let broken: unknown;
  const moved = (bytes: number): void => {
    progress.read(send.id, bytes);
    stalls.moved(send.id, bytes);
  };
  // Read anew with each try: what was read cannot be sent once more.
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    moved(0);
    try {
      yield* sending.pieces(of, moved);
    } catch (error) {
      broken = error;
      throw error;
    }
  };
  const { chatId, other } = lookOf(state.store, send);
  const document = new InputFile(pieces, documentName(of.file.path));
  const end = AbortSignal.any([signal, stalls.begin(send.id, of.file.size)]);
  try {
    return (await apiFor(CALL_SECONDS).sendDocument(chatId, document, other, end as Signal)).document?.file_id;
  } catch (error) {
    if (broken === undefined && stalls.isHalfWay(send.id)) cuts.note(send.id, error);
    // What the disk said: grammY has only that a stream broke.
    throw broken ?? error;
  } finally {
    progress.ended(send.id);
    stalls.ended(send.id);
  }
};

const failed = ({ store }: State, { id }: FileSend, failure: SendFailure, said?: string): void =>
  store.fileSends.failFileSend(id, failure, said);

/** Nobody is there any more to whom it could be sent. */
const drop = ({ store, cuts, progress }: State, { id }: FileSend): void => {
  store.fileSends.dropFileSend(id);
  cuts.forget(id);
  progress.forget(id);
};

/** What a failed try means for the wish. */
const recover = (state: State, send: FileSend, error: unknown): void => {
  const { store, clock, log } = state;
  if (error instanceof AppError) {
    if (['not_found', 'integrity', 'validation'].includes(error.code)) return failed(state, send, 'gone');
    log.warn({ err: error, model: send.modelId }, 'A file could not be read to be sent');
  }
  if (state.cuts.isTooLarge(send.id, error)) return failed(state, send, 'too_large');
  const failure = apiFailure(error);
  switch (failure.kind) {
    case 'wait':
      return leaveAlone(state, send.chatId, failure.ms);
    case 'unreachable':
      store.chats.setReachable(send.chatId, false);
      return drop(state, send);
    case 'migrated':
      return store.chats.migrateChat(send.chatId, failure.chatId);
    case 'refused':
    case 'not_now':
      return failed(state, send, 'refused', failure.description);
    case 'outage':
    case 'unchanged':
    case 'message_gone':
      if (send.attempts + 1 >= TRIES) return failed(state, send, 'not_through');
      return store.fileSends.putOff(send.id, toIso(clock.now() + backoffMs(send.attempts, PAUSES)));
  }
};

/** Writes down that Telegram has it, and takes away the message that said how far it was. */
const settle = async (state: State, id: number): Promise<void> => {
  const { store, api, taken, cuts, progress } = state;
  const has = taken.get(id);
  const send = store.fileSends.getFileSend(id);
  const messageId = send && progress.messageOf(send);
  store.atomically(() => {
    if (has?.file && has.fileId !== undefined) store.fileSends.keepFileId(has.file, has.fileId);
    store.fileSends.dropFileSend(id);
  });
  taken.delete(id);
  cuts.forget(id);
  progress.forget(id);
  // If it cannot be deleted, it only stands there.
  if (send && typeof messageId === 'number') await api.deleteMessage(send.chatId, messageId).catch(() => false);
};

const deliver = async (state: State, send: FileSend, of: ModelFile, signal: AbortSignal): Promise<void> => {
  const { budget, clock, taken } = state;
  const file = knownBy(state, of);
  budget.spend(send.chatId, 'final', clock.monotonic());
  const known = await sendKnown(state, send, of, signal);
  taken.set(send.id, { file, fileId: known ?? (await upload(state, send, of, signal)) });
};

/** Whether it takes but a moment: it is small, Telegram has it, or only a sentence comes. */
const isQuick = (state: State, send: FileSend): boolean => {
  const of = state.sending.wanted(send);
  if (!of || send.failure !== null || of.file.size <= SMALL_BYTES) return true;
  return fileIdOf(state, of) !== undefined;
};

const run = async (state: State, send: FileSend, signal: AbortSignal): Promise<void> => {
  const { store, sending, taken, cuts, progress, queue, clock } = state;
  const { id, chatId, askedBy } = send;
  if (taken.has(id)) return settle(state, id);
  // Who was put out since gets nothing any more.
  if (verdictOn(store, { userId: askedBy, chatId, isPrivate: chatId > 0 }) !== 'allowed') {
    drop(state, send);
    return;
  }
  const of = sending.wanted(send);
  try {
    if (of && send.failure === null) await deliver(state, send, of, signal);
    else {
      await tellFailure(state, { ...send, messageId: progress.messageOf(send) }, of, signal);
      cuts.forget(id);
      progress.forget(id);
    }
  } catch (error) {
    if (signal.aborted) return;
    await progress.drawn(id);
    if (send.failure === null) recover(state, send, error);
    else if (apiFailure(error).kind === 'wait') recover(state, send, error);
    else store.fileSends.putOff(id, toIso(clock.now() + backoffMs(Math.min(send.attempts, TRIES), PAUSES)));
    // What cards and lists say of it is to be true by the time somebody has it fetched again.
    if (error instanceof AppError) queue.lookAt([{ copyId: send.copyId }]);
    return;
  }
  await progress.drawn(id);
  if (taken.has(id)) await settle(state, id);
};

/**
 * Sends the files that people want to have, as documents: rows first, sent, then taken away. A crash between has one sent twice, never
 * not at all. What Telegram has already is named to it, and no byte of it is sent again.
 */
export const startFileSending = (deps: SendFilesDeps): FileSending => {
  const { store, budget, clock, log } = deps;
  const progress = createProgress(deps);
  const stalls = createStalls(clock, deps.isOwnServer);
  const state: State = {
    ...deps,
    progress,
    stalls,
    cuts: createCuts(deps.isOwnServer),
    taken: new Map(),
    busy: new Set(),
  };
  const { busy } = state;
  const turnsOf = (areQuick: boolean) =>
    createInTurn<FileSend>({
      next: (except) => {
        const now = clock.monotonic();
        const at = clock.now();
        const due = store.fileSends.dueFileSends(except, toIso(at), toIso(at + PAUSES.mostMs));
        const may = due.filter(({ chatId }) => !busy.has(chatId) && budget.allows(chatId, 'final', now));
        return may.filter((send) => isQuick(state, send) === areQuick);
      },
      run: async (send, signal) => {
        busy.add(send.chatId);
        try {
          await run(state, send, signal);
        } finally {
          busy.delete(send.chatId);
        }
      },
      atOnce: AT_ONCE,
      log,
    });
  const lanes = [turnsOf(true), turnsOf(false)];
  const ticker = startTicker(
    LOOK_MS,
    () => {
      for (const turns of lanes) turns.pump();
      progress.draw();
      stalls.look();
    },
    (error) => log.error({ err: error }, 'Files could not be looked after that are to be sent'),
    clock,
  );
  return {
    poke: ticker.poke,
    close: async () => {
      await ticker.close();
      await Promise.all(lanes.map((turns) => turns.close()));
      await progress.close();
    },
  };
};
