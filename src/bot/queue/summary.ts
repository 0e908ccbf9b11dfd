import { letSummaryGo } from '../board/summary.ts';
import type { BotDeps, Ctx } from '../context.ts';
import type { Handlers } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { titleLine } from '../ui/label.ts';
import { replace } from '../ui/reply.ts';
import { count, lines, plain } from '../ui/text.ts';
import { text } from './text.ts';

/** The buttons under the message that shows many downloads: it says what became of them all, and they go on from there. */
export const summaryButtons = ({ store, queue }: BotDeps) => {
  const chatOf = (ctx: Ctx): number | undefined => (Number(ctx.match?.[1]) === ctx.chat?.id ? ctx.chat?.id : undefined);

  return {
    commands: {},
    actions: {
      pauseAll: async (ctx) => {
        const chatId = chatOf(ctx);
        const amount = chatId === undefined ? 0 : await queue.pauseAll(chatId);
        const said = chatId === undefined ? text.notYours : text.several(amount, 'paused');
        if (chatId !== undefined && amount > 0) letSummaryGo(store, chatId);
        await ctx.answerCallbackQuery({ text: said });
        if (chatId === undefined || amount === 0) return;
        await replace(ctx, {
          text: lines(titleLine(count(amount, 'download'), 'paused'), text.allPaused),
          keyboard: { inline_keyboard: [[actionButton('Resume all', 'resumeAll', chatId, 'primary')]] },
        });
      },
      resumeAll: async (ctx) => {
        const chatId = chatOf(ctx);
        const said = chatId === undefined ? text.notYours : text.several(await queue.resumeAll(chatId), 'resumed');
        await ctx.answerCallbackQuery({ text: said });
        if (chatId !== undefined) await replace(ctx, { text: plain(said) });
      },
    },
  } satisfies Handlers;
};
