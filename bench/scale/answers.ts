/** What people ask of the whole bot, which runs as a process of its own over a database and a cache of a size. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type BotApi, startBotApi } from '../../playground/telegram/bot-api.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { startCrowdHub } from '../crowd/hub.ts';
import { startWatchedBot, type Watched } from '../crowd/watched-bot.ts';
import { MEMBER, OWNER } from './rows.ts';

/** Slower than Telegram's one message a second, so that nobody waits for a turn of their own. */
const ASK_EVERY_MS = 1500;
const ANSWER_MS = 60_000;
/** After the start, until what the program begins with is under way. */
const SETTLE_MS = 5000;

/** What is written, what is tapped in the message that came last, or what is sought in any chat by the bot's name. */
const BOTH = [
  '/start',
  '/library',
  'tap: More ›',
  'tap: Sort',
  'tap: ‹ Back',
  'tap: Filter',
  '/library completed',
  '/library failed',
  '/library image smallest',
  '/library name',
  '/library #tenth',
  '/library llama',
  '/library zzz-nothing',
  '/model llama-7',
  '/model llama',
  '/model zzz-nothing',
  '/remove llama',
  '/files llama-7',
  '/edit',
  '/queue',
  '/download',
  '/up',
  '/cancel',
  '/history',
  '/history llama-7',
  '/categories',
  '/schedule',
  '/schedules',
  '/storage',
  '/status',
  '/storage picture',
  '/update',
  '/undo',
  '/quota',
  '/settings',
  '/export failed',
  '/search llama',
  'inline: llama',
  '/help',
] as const;
const OWNERS_ONLY = [
  '/schedules all',
  '/activity',
  '/activity action=model_added',
  '/users',
  '/users person_1000',
  '/hosts',
  '/jobs',
] as const;

export interface Answers {
  /** Milliseconds from being asked to being taken by Telegram; undefined: no answer came. */
  readonly times: ReadonlyMap<string, readonly (number | undefined)[]>;
  /** Before anybody asked, and since. */
  readonly idle: Watched;
  readonly asked: Watched;
}

const fromBot = (telegram: BotApi, person: number): readonly SimMessage[] =>
  telegram.messages(person).filter(({ from }) => from?.is_bot === true);

const ask = async (telegram: BotApi, person: number, question: string): Promise<number | undefined> => {
  const [, label] = /^tap: (.*)$/.exec(question) ?? [];
  const [, words] = /^inline: (.*)$/.exec(question) ?? [];
  const from = performance.now();
  try {
    if (words !== undefined) {
      const asked = telegram.askInline(person, words);
      await telegram.waitFor(() => telegram.inlineAnswers.some((one) => one.inlineQueryId === asked), ANSWER_MS);
    } else if (label === undefined) {
      const { message_id: asked } = telegram.say(person, person, question);
      await telegram.waitFor(() => fromBot(telegram, person).some(({ message_id: id }) => id > asked), ANSWER_MS);
    } else {
      const id =
        fromBot(telegram, person).findLast(({ reply_markup: keyboard }) => keyboard !== undefined)?.message_id ?? 0;
      const changes = (): number => telegram.messages(person).find((one) => one.message_id === id)?.history.length ?? 0;
      const before = changes();
      telegram.press(person, person, id, label);
      await telegram.waitFor(() => changes() > before, ANSWER_MS);
    }
    return performance.now() - from;
  } catch {
    return undefined;
  }
};

/** @param folder holds `data` and `hub` @param profile where its time went is left in this folder */
export const measureAnswers = async (folder: string, rounds: number, profile?: string): Promise<Answers> => {
  const telegram = await startBotApi({ limits: true });
  const hub = await startCrowdHub();
  try {
    for (const id of [OWNER, MEMBER]) telegram.addUser({ id, firstName: `Person ${id}`, started: true });
    const env = { HUBGRAM_LOG_LEVEL: 'error', HUBGRAM_MIN_FREE_SPACE: '1MB' };
    const bot = await startWatchedBot({ folder, telegram, hubUrl: hub.url, owners: [OWNER], profile, env });
    try {
      const times = new Map<string, (number | undefined)[]>();
      const person = async (id: number, questions: readonly string[]): Promise<void> => {
        for (let round = 0; round < rounds; round += 1)
          for (const question of questions) {
            const [ms] = await Promise.all([ask(telegram, id, question), sleep(ASK_EVERY_MS)]);
            const name = `${id === OWNER ? 'owner' : 'member'} ${question}`;
            times.set(name, [...(times.get(name) ?? []), ms]);
          }
      };
      await bot.report();
      await sleep(SETTLE_MS);
      const idle = await bot.report();
      await Promise.all([person(OWNER, [...BOTH, ...OWNERS_ONLY]), person(MEMBER, BOTH)]);
      return { times, idle, asked: await bot.report() };
    } finally {
      await bot.end('SIGTERM');
    }
  } finally {
    await telegram.close();
    hub.close();
  }
};
