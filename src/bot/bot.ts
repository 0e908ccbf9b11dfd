/* bot: everything that Telegram is: it puts into words what the rooms below know and do, and decides nothing. */

import { type ApiClientOptions, Api, Bot, Composer, Context, type Transformer } from 'grammy';
import type { Update } from 'grammy/types';
import { type ChatSchedulesDeps, createChatSchedules } from '../library/schedules/chat-schedules.ts';
import type { Arrivals } from '../library/watching/watch.ts';
import type { Proxies } from '../lib/net/proxies.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import { createAuthority, countRefused, guard, guardInline, hearPeople, isLetIn } from './access.ts';
import { addressed } from './addressed.ts';
import { createSentMessages, type SentMessages } from './clearing/sent-messages.ts';
import { keepPinned, noteCommands } from './clearing/written.ts';
import type { BotDeps, Ctx } from './context.ts';
import { registerCommands } from './commands.ts';
import { dialogues, leaveDialogue } from './dialogues.ts';
import { dispatch } from './dispatch.ts';
import { FEATURES } from './features.ts';
import { createAnswers } from './telegram/answers.ts';
import { boundary, tellBusy } from './boundary.ts';
import { apiBeside } from './telegram/api-beside.ts';
import { abortableCalls } from './telegram/abortable-calls.ts';
import { createConnections } from './telegram/connections.ts';
import { noteRefusals } from './ui/refusal.ts';
import { corrected } from './updates/corrected.ts';
import { createActivities } from './updates/activities.ts';
import { createInbox, type Inbox, type InboxDeps } from './updates/inbox/inbox.ts';
import { introduce } from './introduction.ts';
import { overviewOf } from './overview.ts';
import { DOCUMENT_MOST, OWN_SERVER_DOCUMENT_MOST } from './telegram/files/document-size.ts';
import { createDocuments } from './telegram/files/documents.ts';
import { countIn, createCallBudget, type CallBudget } from './telegram/call-budget.ts';
import { isRefusedToken, poll, pollingHealth } from './updates/polling.ts';
import { countCalls, type CountCallsDeps } from './telegram/count-calls.ts';
import { secondTry } from './telegram/simpler-message.ts';
import { loggedCalls } from './telegram/logged-calls.ts';
import { writtenFirst } from './telegram/written-first.ts';
import { createReadIn } from './updates/read-in.ts';
import { createDeliveries, serveWebhook, type WebhookAddress } from './updates/webhook.ts';
import { type WebhookDoor, webhookDoorFor } from './updates/webhook-door.ts';
import { startUnasked } from './unasked.ts';
import { usableButtons } from './usable-buttons.ts';
import { createPace } from './updates/pace.ts';
import { watchClocks } from './updates/watch-clocks.ts';

export { isRefusedToken };

export interface BotOptions {
  readonly token: string;
  /** The Bot API server, without a slash at the end. */
  readonly apiRoot: string;
  readonly proxies?: Proxies | undefined;
  /** How long a call may stay without an answer; a minute if not given. Telegram holds a poll open for half of it. */
  readonly callTimeoutSeconds?: number | undefined;
  /** Updates are brought there; without it they are asked for. */
  readonly webhook?: WebhookAddress | undefined;
  /** The Bot API server is one's own, and takes larger documents; Telegram's if not given. */
  readonly isOwnServer?: boolean | undefined;
}

/** What features are made of, save what the bot makes of it itself. */
export interface BotParts extends Omit<BotDeps, 'schedules' | 'documents' | 'documentMost' | 'ending' | 'keepMessage'> {
  readonly schedules: Pick<Scheduler, 'poke'>;
  readonly defaultSchedule: ChatSchedulesDeps['defaultSchedule'];
  /** Told of each call to Telegram. Must not throw. */
  readonly onCall?: CountCallsDeps['onCall'];
  /** How often the bot may speak; as Telegram allows if not given. */
  readonly budget?: CallBudget;
}

export interface RunningBot {
  /**
   * Takes updates until the signal is aborted.
   * @param onReady told the bot's user name once Telegram has accepted the token
   * @throws GrammyError with code 401 if the token is refused
   */
  readonly run: (signal: AbortSignal, onReady: (username: string) => void) => Promise<void>;
  /** Whether Telegram gives updates; a poll lasts half a minute at most. */
  readonly health: () => { readonly ok: boolean; readonly message: string };
  /** Whether Telegram can bring them; what it is asked for always arrives, or it is silent altogether. */
  readonly arrivals: () => Arrivals;
  /** Where updates are brought, if they are. */
  readonly door: WebhookDoor | undefined;
  /** Something has changed that cards or notices tell of. */
  readonly poke: () => void;
  /** Draws the cards once more and stops. */
  readonly close: () => Promise<void>;
}

/** grammY's own 500 s would leave the bot deaf that long on a dead connection. */
const CALL_TIMEOUT_SECONDS = 60;

const OVERVIEW = overviewOf(FEATURES);

/** All that is done with an update. */
const assemble = (deps: BotDeps, sent: SentMessages): Composer<Ctx> => {
  const authority = createAuthority(deps);
  const features = dispatch(FEATURES, { ...deps, authority, overview: OVERVIEW });
  return new Composer<Ctx>(
    boundary(deps.log),
    addressed,
    hearPeople(deps),
    keepPinned(sent),
    ...features.beforeGuard,
    guardInline(deps),
    features.inline,
    guard(deps),
    countRefused(deps),
    noteRefusals(deps.store),
    ...features.first,
    noteCommands(sent, FEATURES),
    dialogues({ ...deps, authority }),
    leaveDialogue(),
    ...features.behindGuard,
  );
};

interface Conversing extends Pick<Inbox, 'isAnswering'> {
  /** Of what Telegram brings. @returns whether it may forget it */
  readonly take: (update: unknown) => Promise<boolean>;
  /** When a poll was last completed, by the clock that only goes forward. */
  readonly polledAt: () => number;
  /** False until the first poll was completed. */
  readonly wasPolled: () => boolean;
  /** Counts as a completed poll: while the machine slept nobody could poll. */
  readonly excuse: () => void;
  readonly resume: () => void;
  /** Aborted by `end`. */
  readonly signal: AbortSignal;
  /** Begins nothing new; what hangs is broken off soon. */
  readonly end: () => void;
  readonly close: () => Promise<void>;
}

/** What is polled goes through the inbox to the handlers, and their answers through the budget. */
const converse = (
  bot: Bot<Ctx>,
  { store, tokens, settings, refusals, clock, log }: BotParts,
  budget: CallBudget,
  handle: InboxDeps['handle'],
): Conversing => {
  let polledAt = clock.monotonic();
  let wasPolled = false;
  const ending = new AbortController();
  const inbox = createInbox({
    store,
    handle: async (update) => {
      const read = corrected(store, update, clock.now());
      return read && (await handle(read));
    },
    // Strangers need not know of this machine's troubles.
    pace: createPace({ store, refusals, clock, perMinute: () => settings.system.updates_per_minute, api: bot.api }),
    onBusy: async (update) => (isLetIn(store, update) ? tellBusy(bot.api, update) : undefined),
    takeLeftOut: (chatId) => answers.takeLeftOut(chatId),
    clock,
    log,
  });
  const answers = createAnswers({ budget, waiting: inbox.waiting, clock, signal: ending.signal, log });
  const broken = abortableCalls();
  const excuse = (): void => {
    polledAt = clock.monotonic();
  };
  const readIn = createReadIn({ store, tokens, log }, inbox, () => {
    wasPolled = true;
    excuse();
  });
  const wait: Transformer = (call, method, payload, signal) => inbox.elsewhere(() => call(method, payload, signal));
  bot.api.config.use(
    loggedCalls(log, clock),
    writtenFirst(store),
    readIn.polled,
    broken.transformer,
    secondTry(countIn(budget, clock)),
    answers.transformer,
    wait,
  );
  return {
    isAnswering: inbox.isAnswering,
    take: readIn.brought,
    polledAt: () => polledAt,
    wasPolled: () => wasPolled,
    excuse,
    resume: inbox.resume,
    signal: ending.signal,
    end: () => {
      inbox.stop();
      ending.abort();
      broken.breakOffSoon();
    },
    close: async () => {
      await inbox.close();
      broken.close();
    },
  };
};

const contextFor = ({ api, botInfo }: Bot<Ctx>, client: ApiClientOptions, update: Update): Ctx =>
  new Context(update, apiBeside(api, client), botInfo) as Ctx;

/** Who uploads files, and over what: a call may take longer there. */
const uploadsBy = (api: Api, client: ApiClientOptions, { isOwnServer = false }: BotOptions) => ({
  apiFor: (timeoutSeconds: number): Api => apiBeside(api, { ...client, timeoutSeconds }),
  botId: Number.parseInt(api.token, 10),
  isOwnServer,
});

const sizesOf = ({ isOwnServer = false }: BotOptions) => ({
  documentMost: isOwnServer ? OWN_SERVER_DOCUMENT_MOST : DOCUMENT_MOST,
});

/** The bot with its board and outbox, ready to run. */
export const createBot = (options: BotOptions, parts: BotParts): RunningBot => {
  const { apiRoot, callTimeoutSeconds = CALL_TIMEOUT_SECONDS, webhook } = options;
  const connections = createConnections(apiRoot, options.proxies);
  const client: ApiClientOptions = {
    apiRoot,
    timeoutSeconds: callTimeoutSeconds,
    baseFetchConfig: { agent: connections.agent },
  };
  const bot = new Bot<Ctx>(options.token, { client });
  const { clock, budget = createCallBudget() } = parts;
  const api = new Api(options.token, client);
  for (const { config } of [bot.api, api]) config.use(countCalls(parts));
  const activities = createActivities(clock);
  const sent = createSentMessages(parts);
  const conversing = converse(bot, parts, budget, async (update) => {
    const [ctx, at] = [contextFor(bot, client, update), clock.now()];
    ctx.api.config.use(sent.transformer(ctx.from?.id));
    try {
      await handlers.middleware()(ctx, () => Promise.resolve());
      return activities.of(ctx, at);
    } finally {
      // Whatever it was: cards and notices are looked at, so that no handler has to remember it.
      poke();
    }
  });
  bot.api.config.use(sent.transformer());
  api.config.use(loggedCalls(parts.log, clock));
  const { isAnswering } = conversing;
  const unasked = startUnasked(api, { ...parts, ...uploadsBy(api, client, options), budget, sent, isAnswering });
  for (const { config } of [bot.api, api]) config.use(usableButtons(FEATURES, parts.store));
  const schedules = createChatSchedules({ ...parts, scheduler: parts.schedules });
  const documents = createDocuments({ apiRoot, token: options.token, connections, signal: conversing.signal });
  const made = { schedules, documents, ending: conversing.signal, keepMessage: sent.keep };
  const handlers = assemble({ ...parts, ...sizesOf(options), ...made }, sent);
  const { poke } = unasked;
  for (const asked of [parts.adding, parts.finding]) asked.tell(poke);
  const deliveries = createDeliveries(clock, parts.log);
  const watch = watchClocks(parts, () => {
    conversing.excuse();
    deliveries.excuse();
    connections.doubt();
    poke();
  });
  return {
    run: (signal, onReady) => {
      signal.addEventListener('abort', conversing.end, { once: true });
      const register = async (): Promise<void> => {
        await registerCommands(bot.api, OVERVIEW, parts.store);
        // Nobody waits for it: it handles its own errors, and people may be writing already.
        void introduce(bot.api, parts.log);
        conversing.resume();
      };
      const common = { signal, log: parts.log, onReady, register };
      if (webhook) return serveWebhook(bot, { ...common, address: webhook, deliveries });
      return poll(bot, { ...common, holdSeconds: callTimeoutSeconds / 2, clock, polledAt: conversing.polledAt });
    },
    health: () =>
      webhook ? deliveries.health() : pollingHealth(clock.monotonic() - conversing.polledAt(), conversing.wasPolled()),
    arrivals: () => (webhook ? deliveries.arrivals() : { look: 'well', why: '' }),
    door: webhook && webhookDoorFor(webhook, conversing, deliveries, parts.log),
    poke,
    close: async () => {
      unasked.breakOffSoon();
      await watch.close();
      await Promise.all([conversing.close(), unasked.close()]);
      sent.close();
      connections.close();
    },
  };
};
