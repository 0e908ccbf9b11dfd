/* library/adding: from what was asked for to a model with its files and its card, across restarts. */

import { isDeepStrictEqual } from 'node:util';
import { refuse } from '../../domain/errors.ts';
import type { BranchPicker } from '../../domain/repo/add-choices.ts';
import { parseRepoRef, spaceIn } from '../../domain/repo/repo.ts';
import type { Source } from '../../sources/port.ts';
import type { WallClock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Queue } from '../../queue/queue.ts';
import type { AddRequest, NewAddRequest } from '../../store/downloads/add-requests.ts';
import type { PersonalTokens } from '../../people/tokens/personal-tokens.ts';
import type { Store } from '../../store/store.ts';
import { type AddLimits, checkAddLimits } from './add-limits.ts';
import { withDefaults } from './chat-defaults.ts';
import { failureOf, suggest, takeSuggestion } from './failed-look-up.ts';
import { lookUp } from './look-up.ts';
import { createLookUps, type LookUps } from './look-ups.ts';
import { insertModel } from './insertion/insert.ts';
import type { InsertDeps } from './insertion/insertion.ts';
import { nextAccessLook } from './next-access-look.ts';
import { type FitsDeps, targetHostOf } from '../hosts/target-host.ts';
import { endWithSpace } from './space.ts';
import type { WebFileDeps } from './web-files/look-up.ts';
import { type KeepInput, keptRequest, withWebAddress } from './web-files/request.ts';
import { optionsOf, selectionFor, typedRef } from './request-selection.ts';

export interface Adding {
  /**
   * Keeps the request as a row and begins the look-up. Where the same place in the same message has failed and says something
   * else by now, that is looked up instead.
   * @throws AppError validation: no reference to a repository; constraint: this person asks for more than one person may
   */
  readonly request: (input: NewAddRequest) => AddRequest;
  /** The same for a file that somebody has sent to the bot. @throws as `request` */
  readonly keep: (input: KeepInput) => AddRequest;
  /** A person's choice among the quants. False: somebody chose already, or there is no such choice. */
  readonly choose: (requestId: number, choice: number) => boolean;
  /** The person does without what cannot be stored: the others are looked up. False: that was not the question. */
  readonly withoutUnsafe: (requestId: number) => boolean;
  /** Leaves a picker, a look-up, or a wait for access. False if it had ended. */
  readonly drop: (requestId: number) => boolean;
  /** Looks up what was most likely meant instead. False if it is not offered any more. */
  readonly mean: (requestId: number, suggestion: number) => boolean;
  /** Looks up again what had failed, or what cannot be chosen from any more. */
  readonly again: (requestId: number) => boolean;
  /** Looks up again what waited for access to a gated repository. False if it waits no more. */
  readonly goOn: (requestId: number) => boolean;
  /** The link by which the torrent is added whose file somebody has sent. @throws AppError validation: it is none */
  readonly torrentIn: (bytes: Buffer) => Promise<string>;
  /** From now on it is told when a look-up has ended for now, whatever came of it; of what has a message of its own. */
  readonly tell: (poke: () => void) => void;
  /** Goes on with look-ups that a restart interrupted. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface AddingDeps {
  readonly store: Store;
  readonly tokens: Pick<PersonalTokens, 'sealAddress'>;
  readonly source: Pick<Source, 'inspect' | 'locate' | 'search' | 'namedBySpace' | 'ofPerson'>;
  /** Hosts besides huggingface.co whose links mean the Hub. */
  readonly hubHosts: readonly string[];
  readonly queue: InsertDeps['queue'] & Pick<Queue, 'wake' | 'memory'>;
  readonly spaceFor: FitsDeps['spaceFor'];
  /** What is usual in each chat. */
  readonly settings: FitsDeps['settings'];
  /** What people may ask for. */
  readonly limits: AddLimits;
  readonly clock: WallClock;
  readonly log: Log;
  readonly isPathTaken?: WebFileDeps['isPathTaken'];
  /** Keeps what the file of a torrent says. @returns its magnet link @throws AppError validation */
  readonly keepTorrent?: ((bytes: Buffer) => Promise<string>) | undefined;
  /** 0 ≤ x < 1 */
  readonly random?: () => number;
}

interface AddingState extends AddingDeps {
  readonly lookUps: LookUps;
}

/** The branch is looked up; behind all others stands the one that holds no weights. */
const chooseBranch = (state: AddingState, request: AddRequest, { choices }: BranchPicker, choice: number): boolean => {
  const revision = choice === choices.length ? 'main' : choices[choice]?.label;
  if (revision === undefined) return false;
  const options = { ...optionsOf(request), revision };
  const moved = state.store.addRequests.moveAddRequest(request.id, 'choosing', 'looking_up', {
    options,
    choices: null,
  });
  if (moved) state.lookUps.pump();
  return moved;
};

const choose = (state: AddingState, requestId: number, choice: number): boolean => {
  const asked = state.store.addRequests.getAddRequest(requestId);
  const picker = asked?.choices;
  if (asked && picker?.kind === 'branches') return chooseBranch(state, asked, picker, choice);
  const chosen = picker?.kind === 'quants' ? picker.choices[choice] : undefined;
  if (picker?.kind !== 'quants' || !asked || !chosen) return false;
  const request = withDefaults(state.settings, asked);
  const { ref, selection } = selectionFor(request, state.hubHosts);
  const isDone = insertModel(state, {
    request,
    from: 'choosing',
    listing: picker.listing,
    selection: { ...selection, quantize: chosen.label },
    files: chosen.files,
    sizeBytes: chosen.totalBytes,
    ref,
    space: { freeBytes: picker.freeBytes + (picker.keptBytes ?? 0), missingBytes: chosen.totalBytes },
    target: picker.target ?? targetHostOf(state, asked),
  });
  if (isDone) state.queue.wake();
  return isDone;
};

const withoutUnsafe = (state: AddingState, requestId: number): boolean => {
  const request = state.store.addRequests.getAddRequest(requestId);
  if (request?.choices?.kind !== 'unsafe') return false;
  const moved = state.store.addRequests.moveAddRequest(requestId, 'choosing', 'looking_up', {
    options: { ...optionsOf(request), storableOnly: true },
    choices: null,
  });
  if (moved) state.lookUps.pump();
  return moved;
};

/** @returns false if there is nothing to correct */
const correct = ({ store, limits, hubHosts }: AddingState, request: AddRequest, input: NewAddRequest): boolean => {
  const { ref, options } = input;
  const isSame = request.ref === ref && isDeepStrictEqual(request.options, options);
  if (request.state !== 'failed' || isSame) return false;
  checkAddLimits(store, limits, input, hubHosts);
  const anew = { ref, options, errorMessage: null, choices: null, looks: 0 };
  return store.addRequests.moveAddRequest(request.id, 'failed', 'looking_up', anew);
};

/** Keeps a request that has been read. @throws AppError constraint */
const take = (state: AddingState, input: NewAddRequest): AddRequest => {
  const { store, limits, hubHosts, log } = state;
  const { addRequests } = store;
  if (!addRequests.hasAddRequest(input.chatId, input.messageId, input.part)) {
    checkAddLimits(store, limits, input, hubHosts);
  }
  const { request, created } = addRequests.createAddRequest(input);
  if (!created && !correct(state, request, input)) return request;
  const { id, ref, chatId: chat, userId: user } = request;
  log.info({ request: id, ref: created ? ref : input.ref, chat, user }, 'A model is asked for');
  state.lookUps.pump();
  return addRequests.getAddRequest(request.id) ?? request;
};

const mean = (state: AddingState, requestId: number, suggestion: number): boolean => {
  const request = state.store.addRequests.getAddRequest(requestId);
  const moved = request !== undefined && takeSuggestion(state, request, typedRef(request, state.hubHosts), suggestion);
  if (moved) state.lookUps.pump();
  return moved;
};

/** @returns false if it does not wait for access any more */
const endWait = (
  { store: { addRequests } }: AddingState,
  requestId: number,
  to: 'looking_up' | 'cancelled',
): boolean => {
  const isWaiting = typeof addRequests.getAddRequest(requestId)?.notBefore === 'string';
  return isWaiting && addRequests.moveAddRequest(requestId, 'failed', to, { errorMessage: null, choices: null });
};

/** Everything from a reference in a chat to a model row: durable look-ups, pickers, insertion. */
export const createAdding = (deps: AddingDeps): Adding => {
  let poke = (): void => undefined;
  const state: AddingState = {
    ...deps,
    lookUps: createLookUps({
      addRequests: deps.store.addRequests,
      lookUp: (request, signal) => {
        const space = spaceIn(request.ref, deps.hubHosts);
        return space === undefined ? lookUp(deps, request, signal) : endWithSpace(deps, request, space, signal);
      },
      failureOf,
      lookAgainAt: (request, error) => nextAccessLook({ random: Math.random, ...deps }, request, error),
      // What a file names is not what somebody has just mistyped: the Hub is not searched for each.
      onFailed: async (request, signal) => {
        if (!request.quiet) await suggest(deps, request.id, typedRef(request, deps.hubHosts), signal);
      },
      onEnded: ({ quiet }) => {
        if (!quiet) poke();
      },
      log: deps.log,
    }),
  };
  const { addRequests } = deps.store;
  return {
    request: (asked) => {
      const input = withWebAddress(deps, asked);
      const isRepo = input.options.url === undefined && spaceIn(input.ref, deps.hubHosts) === undefined;
      if (isRepo) parseRepoRef(input.ref, deps.hubHosts);
      return take(state, input);
    },
    keep: (asked) => {
      const input = keptRequest(deps.store, asked);
      deps.store.keptFiles.putKeptFile({ ...asked.file, botId: asked.botId });
      return take(state, input);
    },
    choose: (requestId, choice) => choose(state, requestId, choice),
    withoutUnsafe: (requestId) => withoutUnsafe(state, requestId),
    mean: (requestId, suggestion) => mean(state, requestId, suggestion),
    drop: (requestId) =>
      addRequests.moveAddRequest(requestId, 'choosing', 'cancelled') ||
      addRequests.moveAddRequest(requestId, 'looking_up', 'cancelled') ||
      endWait(state, requestId, 'cancelled'),
    again: (requestId) => {
      const anew = { errorMessage: null, choices: null, looks: 0 };
      const isLost = addRequests.getAddRequest(requestId)?.choices === null;
      const moved =
        addRequests.moveAddRequest(requestId, 'failed', 'looking_up', anew) ||
        (isLost && addRequests.moveAddRequest(requestId, 'choosing', 'looking_up', anew));
      if (moved) state.lookUps.pump();
      return moved;
    },
    goOn: (requestId) => {
      const moved = endWait(state, requestId, 'looking_up');
      if (moved) state.lookUps.pump();
      return moved;
    },
    torrentIn: async (bytes) =>
      (await deps.keepTorrent?.(bytes)) ?? refuse('Torrents cannot be fetched here.', 'operational'),
    tell: (to) => {
      poke = to;
    },
    start: state.lookUps.pump,
    close: state.lookUps.close,
  };
};
