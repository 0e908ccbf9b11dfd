/* bot/search: /search, and what is typed behind the bot's name in any chat. */

import type { CallbackQueryContext } from 'grammy';
import type { ShownList, Turned } from '../../library/finding/finding.ts';
import type { Ctx } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { lookUpBelow } from '../ui/look-up-below.ts';
import { answerInline } from './inline.ts';
import { parseSearch } from './parse.ts';
import { help, text } from './text.ts';

/** Which search, which of its lists, and what of it. */
const ON_LIST = {
  who: 'viewer',
  data: { pattern: String.raw`(\d{1,15}):(\d{1,9}):(\d{1,3})`, example: '1:0:0' },
} as const;

const actions = {
  /** One of the hits. */
  found: { ...ON_LIST, who: 'member' },
  /** Another page. */
  hits: ON_LIST,
  /** Another order. */
  sort: ON_LIST,
  /** The same once more. */
  seek: ON_LIST,
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'search'> {}
}

type Tap = CallbackQueryContext<Ctx>;

const tappedList = (ctx: Tap): { readonly list: ShownList; readonly what: number } => {
  const [searchId = 0, turn = 0, what = 0] = [ctx.match[1], ctx.match[2], ctx.match[3]].map(Number);
  return { list: { chatId: ctx.chat?.id ?? 0, searchId, turn }, what };
};

const ANSWERS: Readonly<Record<Turned, { readonly text?: string }>> = {
  done: {},
  changed: { text: text.changed },
  gone: { text: text.gone },
};

/** `/search` and the buttons under what it finds. */
export const searchFeature = defineFeature({
  commands: {
    search: {
      who: 'viewer',
      usage: {
        form: '[words] [gguf] [task=…] [author=…] [sort=…]',
        does: 'what the Hub has, page by page, with size, licence, gating and Add',
      },
      menu: { position: 1, description: 'Find models: /search llama gguf' },
    },
  },
  actions,
  doors: { inline: { who: 'viewer', does: 'a search in any chat, by the bot’s name' } },
  topic: help,
  build: (deps) => {
    const { finding } = deps;
    const turning =
      (turn: (list: ShownList, userId: number, what: number) => Turned) =>
      async (ctx: Tap): Promise<void> => {
        const { list, what } = tappedList(ctx);
        await ctx.answerCallbackQuery(ANSWERS[turn(list, ctx.from.id, what)]);
      };
    return {
      inline: (ctx) => answerInline(ctx, deps),
      commands: {
        search: async (ctx) => {
          const { chat, from: person, msg: message } = ctx;
          if (!person) return;
          finding.request({
            chatId: chat.id,
            userId: person.id,
            threadId: message.is_topic_message ? (message.message_thread_id ?? null) : null,
            messageId: message.message_id,
            terms: parseSearch(ctx.match),
          });
        },
      },
      actions: {
        found: async (ctx) => {
          const { list, what } = tappedList(ctx);
          const hit = finding.hitAt(list, what);
          if (hit) await lookUpBelow(ctx, deps, hit.id);
          await ctx.answerCallbackQuery(hit ? {} : { text: text.changed });
        },
        hits: turning(finding.turnTo),
        sort: turning(finding.sortBy),
        seek: turning(finding.again),
      },
    };
  },
});
