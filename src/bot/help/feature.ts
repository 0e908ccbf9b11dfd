import { Composer } from 'grammy';
import type { InlineKeyboardMarkup } from 'grammy/types';
import type { Ctx } from '../context.ts';
import { nearest } from '../../lib/nearest.ts';
import { actionButton, actionPattern, OPEN } from '../ui/buttons.ts';
import { answer, replace } from '../ui/reply.ts';
import { lines, type Rendering } from '../ui/text.ts';
import { COMMANDS, OWNER_COMMANDS, TOPICS, text, type Topic, topicOf } from './text.ts';

/** What most people come for, each opened as its command opens it. */
const welcome = (): Rendering => ({
  text: lines(...text.welcome),
  keyboard: {
    inline_keyboard: [
      [actionButton('Add a model', 'open', OPEN.add, 'primary'), actionButton('Library', 'open', OPEN.library)],
      [actionButton('Queue', 'open', OPEN.queue), actionButton('Schedule', 'open', OPEN.schedule)],
      [actionButton('Help', 'help', 0)],
    ],
  },
});

/** The topics, in their order: 1 is the first one in the buttons, 0 is all commands. */
const NAMES = Object.keys(TOPICS) as Topic[];

const buttons = (shown: Topic | undefined): InlineKeyboardMarkup => {
  const topics = NAMES.flatMap((name, index) =>
    name === shown ? [] : [actionButton(TOPICS[name][0], 'help', index + 1)],
  );
  const rows = [topics.slice(0, 2), topics.slice(2)];
  return {
    inline_keyboard: shown === undefined ? rows : [...rows, [actionButton('‹ All commands', 'help', 0)]],
  };
};

const help = (topic: Topic | undefined): Rendering => ({
  text: topic === undefined ? lines(...text.overview, text.more) : lines(TOPICS[topic].join('\n')),
  keyboard: buttons(topic),
});

/** `/start` and `/help`. */
export const helpFeature = (): Composer<Ctx> => {
  const feature = new Composer<Ctx>();

  feature.command('start', async (ctx, next) => {
    // A link to a model: the add feature's.
    if (/^add_[\w-]+$/.test(ctx.match.trim())) await next();
    else await answer(ctx, welcome());
  });

  feature.command('help', async (ctx) => {
    const word = ctx.match.trim().toLowerCase().replace(/^\//, '');
    const topic = topicOf(word);
    if (word === '' || topic !== undefined) await answer(ctx, help(topic));
    else await answer(ctx, { text: lines(text.unknownTopic(word)), keyboard: buttons(undefined) });
  });

  feature.callbackQuery(actionPattern('help'), async (ctx) => {
    await ctx.answerCallbackQuery();
    await replace(ctx, help(NAMES[Number(ctx.match[1]) - 1]));
  });

  return feature;
};

/** What no feature took: unknown commands get the nearest one, old buttons an answer. Stands last. */
export const fallback = (): Composer<Ctx> => {
  const last = new Composer<Ctx>();

  last.on('callback_query', (ctx) => ctx.answerCallbackQuery({ text: text.staleButton }));

  last.on('message:entities:bot_command', async (ctx, next) => {
    const word = ctx.msg.text?.split(/\s/)[0] ?? '';
    // A command that is only spoken about.
    if (!word.startsWith('/')) {
      await next();
      return;
    }
    const [name = '', mentioned] = word.slice(1).split('@');
    // In a group a bare command may be meant for another bot.
    if (ctx.chat.type !== 'private' && mentioned?.toLowerCase() !== ctx.me.username.toLowerCase()) return;
    const near = nearest(
      name,
      [...COMMANDS, ...OWNER_COMMANDS].map(({ command }) => command),
    );
    await answer(ctx, { text: lines(text.unknownCommand(`/${name}`, near)) });
  });

  last.on('message', async (ctx) => {
    if (ctx.chat.type !== 'private') return;
    await answer(ctx, { text: lines(ctx.msg.text === undefined ? text.notText : text.chat) });
  });

  return last;
};
