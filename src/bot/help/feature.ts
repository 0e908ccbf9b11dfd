import { Composer } from 'grammy';
import type { Ctx } from '../context.ts';
import { nearest } from '../../lib/nearest.ts';
import { answer } from '../ui/reply.ts';
import { lines } from '../ui/text.ts';
import { COMMANDS, isTopic, OWNER_COMMANDS, text } from './text.ts';

const blank = (rows: readonly string[]): string => rows.join('\n');

/** `/start` and `/help`. */
export const helpFeature = (): Composer<Ctx> => {
  const feature = new Composer<Ctx>();

  feature.command('start', async (ctx, next) => {
    // A link to a model: the add feature's.
    if (/^add_[\w-]+$/.test(ctx.match.trim())) await next();
    else await answer(ctx, { text: lines(...text.welcome) });
  });

  feature.command('help', async (ctx) => {
    const word = ctx.match.trim().toLowerCase().replace(/^\//, '');
    if (word === '') await answer(ctx, { text: lines(...text.overview, text.more) });
    else await answer(ctx, { text: lines(isTopic(word) ? blank(text.topic(word)) : text.unknownTopic(word)) });
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
