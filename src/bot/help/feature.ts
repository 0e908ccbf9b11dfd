/* bot/help: /start and /help: made from what the features declare, so that nothing is missing there. */

import { FormattedString } from '@grammyjs/parse-mode';
import type { MiddlewareFn } from 'grammy';
import type { InlineKeyboardButton, InlineKeyboardMarkup } from 'grammy/types';
import { nearest } from '../../lib/text/nearest.ts';
import type { Ctx } from '../context.ts';
import { looksOnly } from '../../people/may.ts';
import { defineFeature, type FeatureDeps, LOOK_ONLY, type Overview } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { clearingNote } from '../ui/clearing/greeting.ts';
import { answer, replace } from '../ui/reply.ts';
import { lines, type Rendering } from '../ui/text.ts';
import { noteRefusal } from '../ui/refusal.ts';
import { isSent } from '../updates/sent.ts';
import { text } from './text.ts';

const actions = { help: { who: 'viewer' } } as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'help'> {}
}

/** What most people come for, each opened as its command opens it. */
const welcome = ({ openers }: Overview, isToLook: boolean, note: ReturnType<typeof clearingNote>): Rendering => {
  const usable = openers.filter(({ who }) => who === 'viewer' || !isToLook);
  const opening = usable.map(({ number, label, style }) => actionButton(label, 'open', number, style));
  const rows = opening.flatMap((_, index) => (index % 2 === 0 ? [opening.slice(index, index + 2)] : []));
  return {
    text: lines(...(isToLook ? text.welcomeToLook : text.welcome), note?.line),
    keyboard: { inline_keyboard: [...rows, [actionButton('Help', 'help', 0), ...(note?.row ?? [])]] },
  };
};

/** What the buttons of help say: 1 is the first topic. */
const COMMANDS = 0;
const TOPICS = -1;

const toCommands = (): InlineKeyboardButton => actionButton(text.toCommands, 'help', COMMANDS);

const onlyButton = (button: InlineKeyboardButton): InlineKeyboardMarkup => ({ inline_keyboard: [[button]] });

/** All topics, two in a row. They are a page of their own: under a text they would push it off a phone's screen. */
const topicsPage = ({ topics }: Overview): Rendering => {
  const all = topics.map(({ lines: [title] }, index) => actionButton(title, 'help', index + 1));
  const rows = all.flatMap((_, index) => (index % 2 === 0 ? [all.slice(index, index + 2)] : []));
  return { text: lines(text.topics), keyboard: { inline_keyboard: [...rows, [toCommands()]] } };
};

const commandsPage = ({ commands, otherCommands, toLook }: Overview, isToLook: boolean): Rendering => ({
  text: isToLook
    ? lines(...text.overview(toLook.commands, true), text.moreToLook(toLook.others))
    : lines(...text.overview(commands, false), text.more(otherCommands.all, otherCommands.owner)),
  keyboard: onlyButton(actionButton(text.toTopics, 'help', TOPICS)),
});

/** @param isToLook for somebody who may only look: what would be refused is not listed */
const help = (overview: Overview, number: number, isToLook: boolean): Rendering => {
  if (number === TOPICS) return topicsPage(overview);
  const topic = overview.topics[number - 1];
  if (topic) {
    const back = [actionButton(text.toOtherTopics, 'help', TOPICS), toCommands()];
    const [title, ...rest] = topic.lines;
    const paragraphs = rest.filter((line) => line !== '');
    return {
      text: FormattedString.join([FormattedString.b(title), ...paragraphs], '\n\n'),
      keyboard: { inline_keyboard: [back] },
    };
  }
  return commandsPage(overview, isToLook);
};

/** The number of the topic that a word means: one of its commands, its own name, or else a word of it; 0 if none does. */
const topicOf = ({ topics }: Overview, word: string): number => {
  const fits: readonly ((topic: Overview['topics'][number]) => boolean)[] = [
    ({ commands }) => commands.includes(word),
    ({ name }) => name === word,
    ({ words }) => words.includes(word),
  ];
  return fits.map((fit) => topics.findIndex(fit) + 1).find((number) => number > 0) ?? 0;
};

const untakenText = (written: string | undefined): string => {
  if (written === undefined) return text.notText;
  return /https?:\/\//i.test(written) ? text.address : text.chat;
};

/** What no feature took: unknown commands get the nearest one, old buttons an answer. */
const fallback =
  ({ commands, ownerCommands }: Overview, store: FeatureDeps['store']): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    if (ctx.callbackQuery) {
      await ctx.answerCallbackQuery({ text: text.staleButton });
      return;
    }
    const { message } = ctx;
    // That somebody has pinned a message is told by one too, and is no word to the bot.
    if (!message || !isSent(message)) return;
    const word = message.text?.split(/\s/)[0] ?? '';
    const isCommand = message.entities?.some(({ type }) => type === 'bot_command') === true;
    // A command that is only spoken about does not begin the message.
    if (isCommand && word.startsWith('/')) {
      const [name = '', mentioned] = word.slice(1).split('@');
      // In a group a bare command may be meant for another bot.
      if (message.chat.type !== 'private' && mentioned?.toLowerCase() !== ctx.me.username.toLowerCase()) return;
      const near = nearest(
        name,
        [...commands, ...ownerCommands].map(({ command }) => command),
      );
      noteRefusal(store, ctx);
      await answer(ctx, { text: lines(text.unknownCommand(`/${name}`, near)) });
      return;
    }
    if (message.chat.type !== 'private') return next();
    noteRefusal(store, ctx);
    const said = looksOnly(store, message.chat.id) ? [LOOK_ONLY, text.look] : [untakenText(message.text)];
    await answer(ctx, { text: lines(...said) });
  };

/** `/start` and `/help`, made of what the features offer; and the answer to what none of them took. */
export const helpFeature = defineFeature({
  commands: {
    start: { who: 'viewer', usage: { form: '', does: 'welcome, with buttons for what is wanted first' } },
    help: {
      who: 'viewer',
      usage: { form: '[topic]', does: 'all commands, or one topic' },
      menu: { position: 11, description: 'How it works' },
    },
  },
  actions,
  build: ({ overview, store }) => ({
    commands: {
      start: (ctx) => answer(ctx, welcome(overview, looksOnly(store, ctx.chat.id), clearingNote(store, ctx.chat.id))),
      help: async (ctx) => {
        const word = ctx.match.trim().toLowerCase().replace(/^\//, '');
        // Help on “storage picture” is help on storage.
        const number = topicOf(overview, word) || topicOf(overview, word.split(/\s+/)[0] ?? '');
        if (word === '' || number > 0) await answer(ctx, help(overview, number, looksOnly(store, ctx.chat.id)));
        else {
          await answer(ctx, { ...topicsPage(overview), text: lines(text.unknownTopic(word)) });
        }
      },
    },
    actions: {
      help: async (ctx) => {
        await ctx.answerCallbackQuery();
        await replace(ctx, help(overview, Number(ctx.match[1]), looksOnly(store, ctx.chat?.id ?? 0)));
      },
    },
    rest: fallback(overview, store),
  }),
});
