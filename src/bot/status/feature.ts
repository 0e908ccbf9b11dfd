/* bot/status: /status: how everything is, and what came over the network. */

import { timesOf } from '../../library/model-view.ts';
import type { StatusScope } from '../../library/watching/status.ts';
import { isOwner } from '../../people/may.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { renderPng } from '../ui/pictures/render.ts';
import { noteRefusal } from '../ui/refusal.ts';
import { answer, answerWithPhoto, replace, replaceWithPhoto } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { trafficDaySvg } from './picture.ts';
import { help, statusText, text } from './text.ts';

const actions = {
  status: { who: 'viewer' },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'status'> {}
}

/** What is of other chats, and of the machine, is for owners alone; in a group all of its people read it. */
const scopeOf = ({ store }: BotDeps, { chat, from }: Ctx): StatusScope =>
  chat?.type === 'private' && isOwner(store, from?.id ?? 0) ? 'all' : { chatId: chat?.id ?? 0 };

/**
 * How it is, and the picture of the last day if anything came. Where a picture stands already it is drawn anew in any case: Telegram
 * takes none out of a message again.
 */
const look = async (deps: BotDeps, ctx: Ctx): Promise<{ readonly rendering: Rendering; readonly png?: Uint8Array }> => {
  const times = timesOf(deps, ctx.chat?.id ?? 0);
  const view = await deps.status.view(scopeOf(deps, ctx));
  const rendering: Rendering = {
    text: statusText(view, { ...times, ownHub: deps.ownHub }),
    keyboard: { inline_keyboard: [[actionButton('Refresh', 'status', 0)]] },
  };
  if (view.traffic.bytes === 0 && ctx.callbackQuery?.message?.photo === undefined) return { rendering };
  try {
    return { rendering, png: await renderPng(trafficDaySvg(view.traffic, times.timezone)) };
  } catch (error) {
    // The words say the same.
    deps.log.warn({ err: error }, 'The picture of the last day could not be drawn');
    return { rendering };
  }
};

/** `/status`: whether all is well, and how everything is. */
export const statusFeature = defineFeature({
  commands: {
    status: {
      who: 'viewer',
      usage: { form: '', does: 'whether all is well: speed, queue, ends, schedules, disk; a picture of the day' },
      menu: { position: 7, description: 'Whether all is well: speed, queue, disk' },
    },
  },
  actions,
  topic: help,
  opener: { who: 'viewer', number: 6, label: 'Status' },
  build: (deps) => {
    const show = async (ctx: Ctx): Promise<void> => {
      const { rendering, png } = await look(deps, ctx);
      await (png ? answerWithPhoto(ctx, png, rendering) : answer(ctx, rendering));
    };
    return {
      open: show,
      commands: {
        status: async (ctx) => {
          if (ctx.match.trim() === '') return show(ctx);
          noteRefusal(deps.store, ctx);
          await answer(ctx, { text: plain(text.unknown) });
        },
      },
      actions: {
        status: async (ctx) => {
          await ctx.answerCallbackQuery();
          const { rendering, png } = await look(deps, ctx);
          await (png ? replaceWithPhoto(ctx, png, rendering) : replace(ctx, rendering));
        },
      },
    };
  },
});
