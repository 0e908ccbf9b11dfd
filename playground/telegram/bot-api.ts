import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type WallClock, systemClock } from '../../src/lib/clock.ts';
import { findChat } from './methods/access.ts';
import { createCallbacks } from './world/callbacks.ts';
import { type CallbackAnswer, type Change, waitForChange } from './world/changes.ts';
import { createCommands } from './world/commands.ts';
import { createControls, type PeopleControls } from './people/controls.ts';
import { dumpWorld } from './people/dump.ts';
import { createFaults, type Fault } from './faults.ts';
import { createFiles, uploadMost } from './world/files.ts';
import { createDownloadGate } from './download-gate.ts';
import { createUploadGate, type UploadEnd } from './upload-gate.ts';
import { createFlood } from './flood.ts';
import { createInlineQueries, type InlineAnswer } from './world/inline.ts';
import type { Methods, Parts } from './methods/method.ts';
import { botMethods } from './methods/bot.ts';
import { callbackMethods } from './methods/callback.ts';
import { chatMethods } from './methods/chat.ts';
import { deleteMethods } from './methods/delete.ts';
import { draftMethods } from './methods/draft.ts';
import { editMethods } from './methods/edit.ts';
import { fileMethods } from './methods/file.ts';
import { reactMethods } from './methods/react.ts';
import { sendMethods } from './methods/send.ts';
import { updateMethods } from './methods/updates.ts';
import { createProfile } from './world/profile.ts';
import { createApiServer, listen, type RecordedCall } from './http/server.ts';
import { createSimHandler } from './people/page-api.ts';
import { createUpdates } from './updates/updates.ts';
import { createWebhook } from './updates/webhook.ts';
import type { UpdateJson, UserJson } from './wire.ts';
import { createWorld } from './world/world.ts';

export interface BotApiOptions {
  /** 0 or absent: any free one. */
  readonly port?: number;
  readonly token?: string;
  readonly botUsername?: string;
  /** Telegram's flood limits, and its guard against getUpdates in a busy loop (off). */
  readonly limits?: boolean;
  /** Groups: the bot sees only what is meant for it (on), unless it is an administrator there. */
  readonly privacyMode?: boolean;
  /** As a Bot API server of one's own with `--local`: files are given as paths below this folder, of any size. */
  readonly localFolder?: string;
  readonly clock?: WallClock;
  /** The lowest update and message id (as if nothing had happened before); for a bot whose memory outlives the stand-in. */
  readonly firstId?: number;
}

/** A stand-in for api.telegram.org with people in it. Nothing of it is kept anywhere: closed is forgotten. */
export interface BotApi extends PeopleControls {
  /** `http://127.0.0.1:PORT`, for grammY's `client.apiRoot`. */
  readonly apiRoot: string;
  readonly token: string;
  readonly bot: UserJson;
  readonly close: () => Promise<void>;

  /** Answers to pressed buttons, in order. */
  readonly answers: readonly CallbackAnswer[];
  readonly inlineAnswers: readonly InlineAnswer[];
  /** What the bot has called; in a long life only the last tens of thousands. */
  readonly calls: readonly RecordedCall[];
  /** Updates the bot has not confirmed yet. */
  readonly pendingUpdates: () => readonly UpdateJson[];
  /** Gives the bot an update as it is, of any kind and whatever is wrong with it. */
  readonly deliver: (kind: string, body: unknown) => void;
  /** How many 429 the bot has earned by being too fast (faults do not count). */
  readonly earned429s: () => number;

  /**
   * Resolves with the first value of `predicate` that is not undefined, null or false; looked at after each change. A
   * throw counts as "not yet". Rejects after `timeoutMs` (60 s) with what the chats look like.
   */
  readonly waitFor: <T>(predicate: (api: BotApi) => T | undefined | false | null, timeoutMs?: number) => Promise<T>;
  readonly setFault: (fault: Fault) => void;
  readonly clearFaults: () => void;
  /** From now on no more than so many bytes of a call are read, as by a slow way, until what it returns is called. */
  readonly holdUploads: (afterBytes: number) => () => void;
  /** From now on of a call no more than so many bytes are taken: 413 and a closed connection, or that alone. */
  readonly limitUploads: (bytes: number, end: UploadEnd) => void;
  /** The same of files that the bot fetches. */
  readonly holdDownloads: (afterBytes: number) => () => void;
  /** The next file that the bot fetches breaks off there. */
  readonly breakDownload: (afterBytes: number) => void;
  /** @returns ends the subscription */
  readonly onChange: (listener: (change: Change) => void) => () => void;
  /** Lets time pass for ages, limits and expiries of the stand-in; its timers (polls, webhook retries) do not notice. */
  readonly advance: (durationMs: number) => void;
  /** Serves paths under `/sim/`; false if the request is for somebody else. */
  readonly handleSim: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
}

const DEFAULT_TOKEN = '4200000001:AAHubgram-Playground-Token-00000000';
const CALLS_KEPT = 20_000;

/** Sends and edits share one budget; chat actions and answers have none (see flood.ts). */
const FLOOD_COUNTED = /^(send|edit)(?!ChatAction)/;

const METHODS: Methods = {
  ...botMethods,
  ...callbackMethods,
  ...chatMethods,
  ...deleteMethods,
  ...draftMethods,
  ...editMethods,
  ...fileMethods,
  ...reactMethods,
  ...sendMethods,
  ...updateMethods,
};

/** A file, and a megabyte for the other fields of a call. */
const bodyMost = (options: BotApiOptions): number => uploadMost(options) + 1024 * 1024;

const createParts = (options: BotApiOptions & { token: string; clock: WallClock }, closed: AbortSignal): Parts => {
  const { clock } = options;
  const world = createWorld({
    clock,
    privacyMode: options.privacyMode ?? true,
    firstId: options.firstId ?? 1,
    bot: {
      id: Number(options.token.split(':')[0]),
      is_bot: true,
      first_name: 'hubgram',
      username: options.botUsername ?? 'hubgram_bot',
    },
  });
  const { changes } = world;
  const updates = createUpdates({
    clock,
    firstId: options.firstId ?? 1,
    changes,
    guardBusyLoops: options.limits ?? false,
  });
  return {
    world,
    updates,
    callbacks: createCallbacks(clock, changes),
    commands: createCommands(() => changes.emit({ kind: 'commands' })),
    files: createFiles({
      clock,
      ...(options.localFolder !== undefined && { localFolder: join(options.localFolder, options.token) }),
    }),
    inline: createInlineQueries(clock, () => changes.emit({ kind: 'inline' })),
    profile: createProfile(world.bot.first_name, () => changes.emit({ kind: 'profile' })),
    webhook: createWebhook(updates, clock, closed),
  };
};

/** Starts a stand-in of Telegram's Bot API on the loopback interface. */
export const startBotApi = async (options: BotApiOptions = {}): Promise<BotApi> => {
  const token = options.token ?? DEFAULT_TOKEN;
  const baseClock = options.clock ?? systemClock;
  let aheadMs = 0;
  const clock: WallClock = { now: () => baseClock.now() + aheadMs };
  const closed = new AbortController();
  const parts = createParts({ ...options, token, clock }, closed.signal);
  const { world, updates, callbacks, inline } = parts;
  const { changes } = world;
  const [faults, flood] = [createFaults(), createFlood(clock)];
  const calls: RecordedCall[] = [];
  const [uploads, downloads] = [createUploadGate(bodyMost(options)), createDownloadGate()];
  const server = createApiServer({
    token,
    parts,
    faults,
    methods: METHODS,
    uploads,
    downloads: downloads.gate,
    flood: (method, args) => {
      const chat = options.limits && FLOOD_COUNTED.test(method) ? findChat(world, args) : undefined;
      if (chat) flood.spend(chat);
    },
    record: (call) => {
      calls.push(call);
      if (calls.length > 2 * CALLS_KEPT) calls.splice(0, CALLS_KEPT);
      changes.emit({ kind: 'call' });
    },
  });
  const port = await listen(server, options.port ?? 0);
  const api: BotApi = {
    ...createControls(parts),
    apiRoot: `http://127.0.0.1:${port}`,
    token,
    bot: world.bot,
    close: () =>
      new Promise((resolve) => {
        closed.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    answers: callbacks.answers,
    inlineAnswers: inline.answers,
    calls,
    pendingUpdates: updates.pending,
    deliver: updates.force,
    earned429s: flood.earned,
    waitFor: (predicate, timeoutMs = 60_000) =>
      waitForChange(changes, {
        evaluate: () => predicate(api),
        describe: predicate.toString(),
        timeoutMs,
        signal: closed.signal,
        dump: () => dumpWorld(world, calls, updates.pending()),
      }),
    setFault: faults.set,
    clearFaults: faults.clear,
    holdUploads: uploads.hold,
    limitUploads: uploads.limitTo,
    holdDownloads: downloads.hold,
    breakDownload: downloads.breakOnce,
    onChange: changes.subscribe,
    advance: (durationMs) => {
      aheadMs += durationMs;
      changes.emit({ kind: 'updates' });
    },
    handleSim: createSimHandler({ parts, closed: closed.signal }),
  };
  return api;
};
