import { Api } from 'grammy';
import { onTestFinished } from 'vitest';
import type { BoardDeps } from '../../src/bot/board/board.ts';
import { startBoard } from '../../src/bot/board/board.ts';
import { startClearing } from '../../src/bot/clearing/clearing.ts';
import { startOutbox } from '../../src/bot/outbox/outbox.ts';
import { createCallBudget, type CallBudget } from '../../src/bot/telegram/call-budget.ts';
import { createSettings } from '../../src/settings/settings.ts';
import { secondTry } from '../../src/bot/telegram/simpler-message.ts';
import type { Model } from '../../src/domain/model.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type BotApi, startBotApi } from '../../playground/telegram/bot-api.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { waitingOf } from '../../src/queue/waiting.ts';
import type { NewModel } from '../../src/store/downloads/models.ts';
import { openTroubledStore, type TroubledStore } from '../store/full-disk.ts';
import { type Bench, openBench } from '../store/setup.ts';
import { openQuotas } from '../helpers/quotas.ts';

export const ANN = 1001;
export const BOB = 1002;

/** The board and the outbox with a real store, before the stand-in of Telegram. Time stands still until it is moved. */
export interface Talk extends Pick<Bench, 'store' | 'clock' | 'raw'> {
  readonly telegram: BotApi;
  /** From now on the database refuses every change like this; undefined: it takes them again. */
  readonly trouble: TroubledStore['trouble'];
  /** What keeps a model from going on, that no row tells of. */
  readonly troubles: Map<number, string>;
  readonly budget: CallBudget;
  /** What the queue says of a model that runs. */
  readonly snapshots: Map<number, NonNullable<ReturnType<BoardDeps['queue']['snapshot']>>>;
  /** Warnings and errors in the log. */
  readonly complaints: readonly string[];
  /** A model with its card, as `/add` leaves it. */
  readonly add: (
    chatId: number,
    name: string,
    card?: { threadId?: number; replyTo?: number } & Partial<Omit<NewModel, 'commitSha' | 'files'>>,
  ) => Model;
  /** Claims a model, or ends what was claimed; with the notice. */
  readonly run: (model: Model) => void;
  readonly end: (model: Model, kind: 'completed' | 'failed', reason?: string) => void;
  /** Moves the clock, and lets both look. */
  readonly pass: (ms: number) => void;
  /** The bot's messages that are still there, oldest first. */
  readonly shown: (chatId: number) => readonly SimMessage[];
  /** Waits for such a message, while no time passes. */
  readonly sees: (chatId: number, text: string | RegExp) => Promise<SimMessage>;
  /** Moves the clock by seconds until `predicate` holds; fails after `seconds` of them. */
  readonly within: (seconds: number, predicate: () => boolean) => Promise<void>;
  /** Resolves when every call that was made has been answered and looked at. */
  readonly settled: () => Promise<void>;
  /** The board, the outbox and what clears end and begin anew, as after a restart. */
  readonly restart: () => Promise<void>;
}

/** So often a test looks before it gives up; time passes only where the test lets it. */
const ROUNDS = 40;

const LETTERS = 'abcdef0123456789';

const COMMIT = '607a30d783dfa663caf39e06633721c8d4cfcd7e';

/** Some turns of the event loop, and where something is asked of the stand-in, a round trip to it: whatever was under way has ended. */
const turn = async (api: Api, isAsked: () => boolean): Promise<void> => {
  for (let round = 0; round < 3; round += 1) {
    for (let time = 0; time < 3; time += 1) await new Promise((resolve) => setImmediate(resolve));
    if (isAsked()) await api.getMe();
  }
};

export const openTalk = async (): Promise<Talk> => {
  let trouble: Talk['trouble'] = () => undefined;
  const { store, clock, raw } = openBench(undefined, (path, itsClock) => {
    const troubled = openTroubledStore(path, itsClock);
    ({ trouble } = troubled);
    return troubled.store;
  });
  const telegram = await startBotApi({ clock });
  telegram.addUser({ id: ANN, firstName: 'Ann', username: 'ann', started: true });
  telegram.addUser({ id: BOB, firstName: 'Bob', username: 'bob', started: true });
  const budget = createCallBudget();
  const snapshots: Talk['snapshots'] = new Map();
  const troubles: Talk['troubles'] = new Map();
  const complaints: string[] = [];
  const complain = (_: object, message: string): void => void complaints.push(message);
  const asking = new Api(telegram.token, { apiRoot: telegram.apiRoot });
  const api = new Api(telegram.token, { apiRoot: telegram.apiRoot });
  let underWay = 0;
  api.config.use(async (call, ...what) => {
    underWay += 1;
    try {
      return await call(...what);
    } finally {
      underWay -= 1;
    }
  });
  api.config.use(secondTry((chatId) => budget.spend(chatId, 'answer', clock.monotonic())));
  const deps: BoardDeps = {
    store,
    clock,
    budget,
    api,
    timezone: 'UTC',
    apps: [],
    settings: createSettings(store, { given: {}, log: silentLog }),
    log: { ...silentLog, warn: complain, error: complain },
    finding: { pageOf: ({ id }) => `https://huggingface.co/${id}` },
    verifying: { progress: () => undefined, awaits: () => [] },
    checking: { progress: () => undefined, isThere: () => true },
    queue: {
      snapshot: (id) => snapshots.get(id),
      hostAway: () => undefined,
      freeAfter: () => undefined,
      trouble: (id) => troubles.get(id),
      waitingOf: (model) => {
        const quotas = openQuotas(store);
        const trouble = (id: number): string | undefined => troubles.get(id);
        return waitingOf(
          {
            store,
            quotas,
            clock,
            hosts: { isThere: () => true, cutOffBy: () => undefined },
            isHeld: () => false,
            trouble,
            estimate: () => undefined,
          },
          model,
        );
      },
    },
  };
  const begin = () => ({
    board: startBoard(deps),
    outbox: startOutbox({ ...deps, isAnswering: () => false }),
    clearing: startClearing(deps),
  });
  let { board, outbox, clearing } = begin();
  const poke = (): void => {
    board.poke();
    outbox.poke();
    clearing.poke();
  };
  const shown: Talk['shown'] = (chatId) =>
    telegram.messages(chatId).filter((message) => message.from?.is_bot === true && !message.deleted && message.text);
  const settled = async (): Promise<void> => {
    for (let times = 0; times < 2; times += 1) {
      poke();
      await turn(asking, () => underWay > 0);
    }
  };
  onTestFinished(async () => {
    // Nobody looks any more: what waits for its turn need not.
    clock.move(60_000);
    await Promise.all([board.close(), outbox.close(), clearing.close()]);
    await telegram.close();
  });
  return {
    store,
    clock,
    raw,
    telegram,
    budget,
    trouble,
    troubles,
    snapshots,
    complaints,
    shown,
    settled,
    add: (chatId, name, { threadId, replyTo, ...fields } = {}) => {
      const etag = (LETTERS.charAt(store.models.countModels(chatId) % LETTERS.length) || 'a').repeat(40);
      const files = [{ path: 'model.safetensors', size: 1000, etag }];
      const model = store.models.createModel({ chatId, name, sizeBytes: 1000, ...fields, commitSha: COMMIT, files });
      const card = { modelId: model.id, chatId, threadId: threadId ?? null, messageId: null, replyTo: replyTo ?? null };
      store.cards.putCard(card);
      poke();
      return model;
    },
    run: ({ id }) => {
      store.models.moveModel(id, 'pending', 'downloading');
      poke();
    },
    end: ({ id, chatId }, kind, reason) => {
      store.atomically(() => {
        store.models.moveModel(id, 'pending', 'downloading');
        const session = store.sessions.startOrContinue(id, 1000);
        store.models.moveModel(id, 'downloading', kind, kind === 'completed' ? { downloadPath: '/cache' } : {});
        store.sessions.updateDownloadSession(session.id, kind, { errorMessage: reason ?? null });
        store.outbox.addNotice({ sessionId: session.id, modelId: id, chatId, kind });
      });
      poke();
    },
    pass: (ms) => {
      clock.move(ms);
      poke();
    },
    sees: async (chatId, text) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await settled();
        const found = shown(chatId).find((message) =>
          typeof text === 'string' ? message.text?.includes(text) : text.test(message.text ?? ''),
        );
        if (found) return found;
      }
      throw new Error(`Not seen: ${String(text)}\n${JSON.stringify(shown(chatId).map((message) => message.text))}`);
    },
    within: async (seconds, predicate) => {
      await settled();
      for (let second = 0; second < seconds && !predicate(); second += 1) {
        clock.move(1000);
        await settled();
      }
      if (!predicate()) throw new Error(`Not within ${seconds} s: ${predicate.toString()}`);
    },
    restart: async () => {
      await Promise.all([board.close(), outbox.close(), clearing.close()]);
      ({ board, outbox, clearing } = begin());
      await settled();
    },
  };
};
