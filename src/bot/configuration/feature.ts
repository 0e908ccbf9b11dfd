/* bot/configuration: /config: the settings of the system, for owners, with where each comes from. */

import { isSettingKey, SYSTEM_SETTINGS } from '../../domain/settings/system.ts';
import type { Wanted } from '../../library/configuration/configuration.ts';
import { exportConfiguration } from '../../library/configuration/export.ts';
import { refuse } from '../../domain/errors.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { deleteMessage } from '../telegram/delete-message.ts';
import { defineFeature } from '../feature.ts';
import { type Arguments, parseArguments } from '../ui/arguments.ts';
import { actionButton } from '../ui/buttons.ts';
import { hiddenSetting } from '../updates/hidden-tokens.ts';
import { answer, answerWithDocument, replace } from '../ui/reply.ts';
import { lines, plain, type Rendering } from '../ui/text.ts';
import { allText, changedText, help, isOwn, oneText, startUpText, text, toWhatText } from './text.ts';
import { table } from '../../lib/table.ts';

const OWNERS = { who: 'owner', refusal: text.ownersOnly } as const;

const actions = { config: { ...OWNERS, data: { pattern: '([a-z]{1,10})', example: 'show' } } } as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'configuration'> {}
}

type Verb = 'show' | 'set' | 'reset' | 'validate' | 'export';

const VERBS = table<Verb>({
  show: 'show',
  get: 'show',
  list: 'show',
  set: 'set',
  reset: 'reset',
  unset: 'reset',
  validate: 'validate',
  check: 'validate',
  export: 'export',
});

const say = (sentence: string): Rendering => ({ text: plain(sentence) });

const byOf = (ctx: Ctx) => ({ userId: ctx.from?.id ?? 0, chatId: ctx.chat?.id ?? 0 });

const all = ({ configuration }: BotDeps): Rendering => ({
  text: allText(configuration.list()),
  keyboard: {
    inline_keyboard: [
      [actionButton('Check it', 'config', 'validate'), actionButton('Read at the start', 'config', 'start')],
      [actionButton('As YAML', 'config', 'yaml'), actionButton('As JSON', 'config', 'json')],
    ],
  },
});

const BACK = { inline_keyboard: [[actionButton('‹ Back', 'config', 'show')]] };

const atStart = ({ configuration }: BotDeps): Rendering => ({
  text: startUpText(configuration.atStart),
  keyboard: BACK,
});

const show = (deps: BotDeps, word: string | undefined): Rendering => {
  if (word === undefined) return all(deps);
  if (word.toLowerCase() === 'all') return atStart(deps);
  const setting = deps.configuration.list().find(({ key }) => key === word.toLowerCase());
  return setting ? { text: oneText(setting) } : say(text.unknownKey(word));
};

/** A value is missing. */
const toWhat = ({ configuration }: BotDeps, key: string): string => {
  const setting = configuration.list().find((one) => one.key === key.toLowerCase());
  return setting ? toWhatText(setting) : text.unknownKey(key);
};

/** `max_retries 3`, `max_retries=3`, or several of these. @throws AppError validation, constraint */
const set = async (deps: BotDeps, ctx: Ctx, { words, options }: Arguments): Promise<Rendering> => {
  const [key, ...value] = words;
  const wanted: readonly Wanted[] = [
    ...Object.entries(options),
    ...(key === undefined ? [] : [[key.toLowerCase(), value.join(' ')] as const]),
  ];
  if (wanted.length === 0) return say(text.which);
  const bare = wanted.find(([, one]) => one === '');
  if (bare) return say(toWhat(deps, bare[0]));
  const changed = await deps.configuration.set(byOf(ctx), wanted);
  return say(changed.map(changedText).join('\n'));
};

const reset = (deps: BotDeps, ctx: Ctx, word: string | undefined): Rendering => {
  if (word !== undefined && word.toLowerCase() !== 'all') {
    const changed = deps.configuration.reset(byOf(ctx), word.toLowerCase());
    return say(changed.map(changedText).join('\n') || text.wasNotSet(word));
  }
  const own = deps.configuration.list().filter(isOwn);
  if (own.length === 0) return say(text.nothingSet);
  return {
    text: plain(text.askReset(own)),
    keyboard: {
      inline_keyboard: [
        [actionButton(text.resetAll(own), 'config', 'reset', 'danger'), actionButton('Leave it', 'config', 'keep')],
      ],
    },
  };
};

/** What was set since the question was asked is in none of its words: it is asked anew then. */
const resetAll = (deps: BotDeps, ctx: Ctx, asked: string | undefined): Rendering => {
  const question = reset(deps, ctx, undefined);
  if (asked !== question.text.text) return question;
  const changed = deps.configuration.reset(byOf(ctx));
  return say(changed.map(changedText).join('\n') || text.nothingSet);
};

const validate = async ({ configuration }: BotDeps): Promise<Rendering> => {
  const wrong = await configuration.check();
  if (wrong.length === 0) return { text: plain(text.fine(configuration.list())), keyboard: BACK };
  return { text: lines(text.wrong(wrong.length), ...wrong), keyboard: BACK };
};

const isFormat = (word: string): word is 'json' | 'yaml' => word === 'json' || word === 'yaml';

const sendAs = async ({ configuration }: BotDeps, ctx: Ctx, word: string): Promise<void> => {
  if (!isFormat(word)) {
    await answer(ctx, say(text.format(word)));
    return;
  }
  const file = exportConfiguration(configuration.list(), word);
  await answerWithDocument(ctx, {
    name: `hubgram.${word}`,
    caption: text.caption,
    pieces: async function* () {
      yield Buffer.from(file);
    },
  });
};

/** Keys are options here, so that `max_retries=3` is read as one. */
const KEYS = [...Object.keys(SYSTEM_SETTINGS), 'format'];

const take = async (deps: BotDeps, ctx: Ctx, line: string): Promise<void> => {
  const [word = 'show', ...rest] = line.split(/\s+/).filter((one) => one !== '');
  const verb = VERBS[word.toLowerCase()];
  const said = parseArguments(rest.join(' '), verb === undefined ? [] : KEYS);
  const [first] = said.words;
  if (verb === undefined)
    await answer(ctx, isSettingKey(word.toLowerCase()) ? show(deps, word) : say(text.usage(word)));
  else if (verb === 'show') await answer(ctx, show(deps, first));
  else if (verb === 'set') await answer(ctx, await set(deps, ctx, said));
  else if (verb === 'reset') await answer(ctx, reset(deps, ctx, first));
  else if (verb === 'validate') await answer(ctx, await validate(deps));
  else await sendAs(deps, ctx, (first ?? said.options['format'] ?? 'yaml').toLowerCase());
};

const tapped = async (deps: BotDeps, ctx: Ctx, word: string): Promise<void> => {
  const asked = ctx.callbackQuery?.message?.text;
  await ctx.answerCallbackQuery();
  if (isFormat(word)) await sendAs(deps, ctx, word);
  else if (word === 'start') await replace(ctx, atStart(deps));
  else if (word === 'validate') await replace(ctx, await validate(deps));
  // What a message said that is too old Telegram does not tell: the question stands in a new one.
  else if (word === 'reset') await (asked === undefined ? answer : replace)(ctx, resetAll(deps, ctx, asked));
  else if (word === 'keep') await replace(ctx, say(text.kept));
  else await replace(ctx, all(deps));
};

/** `/config`: the system's settings, for owners in their own chat. */
export const configurationFeature = defineFeature({
  commands: {
    config: {
      ...OWNERS,
      usage: {
        form: '[show|set|reset|validate|export]',
        does: 'what is set for the whole bot, and changes it from now on',
      },
      menu: { position: 103, description: 'What is set for the whole bot' },
    },
  },
  actions,
  topic: help,
  build: (deps) => ({
    commands: {
      config: async (ctx) => {
        const secret = hiddenSetting(ctx.match);
        if (secret !== undefined) refuse(text.secret(secret, await deleteMessage(ctx)));
        if (ctx.chat.type === 'private') await take(deps, ctx, ctx.match.trim());
        else await answer(ctx, say(text.onlyAlone));
      },
    },
    actions: {
      config: async (ctx) => {
        // A button is of the chat that it stands in, and what it shows is read by all who are there.
        if (ctx.chat?.type === 'private') await tapped(deps, ctx, ctx.match[1] ?? '');
        else await ctx.answerCallbackQuery({ text: text.onlyAlone, show_alert: true });
      },
    },
  }),
});
