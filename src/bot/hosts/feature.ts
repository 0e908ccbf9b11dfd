/* bot/hosts: /hosts and /move: the machines, who joins and goes, and what is to lie on which. */

import type { InlineKeyboardButton } from 'grammy/types';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import { hostNamed } from '../../library/hosts/find-host.ts';
import { type HostsScope, hostsView } from '../../library/hosts/hosts-view.ts';
import { timesOf } from '../../library/model-view.ts';
import { isOwner } from '../../people/may.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { noteRefusal } from '../ui/refusal.ts';
import { answer, replace } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { elsewhere } from './elsewhere.ts';
import { addHost, removeHost, removing } from './joining.ts';
import { help, hostsText, hostText, LISTED_MOST, text } from './text.ts';

/** Others may want it where it is. */
const ASKERS = { who: 'asker', refusal: text.notAllowed } as const;

const OWNERS = { who: 'owner', refusal: text.ownersOnly } as const;

const actions = {
  /** One of them; 0 is all. */
  host: { who: 'viewer' },
  /** Where else a model may lie. */
  elsewhere: { who: 'member', parts: { move: ASKERS } },
  alsoOn: { who: 'member' },
  moveTo: ASKERS,
  /** Asks, or, with what the question said of it, lets it go. */
  removeHost: { ...OWNERS, data: { pattern: String.raw`(\d{1,15})(?::(\w{1,20}))?`, example: '2:models3' } },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'hosts'> {}
}

/** What is of other chats, and of the machines, is for owners alone; in a group all of its people read it. */
const scopeOf = ({ store }: BotDeps, { chat, from }: Ctx): HostsScope =>
  chat?.type === 'private' && isOwner(store, from?.id ?? 0) ? 'all' : { chatId: chat?.id ?? 0 };

const inPairs = (buttons: readonly InlineKeyboardButton[]): InlineKeyboardButton[][] =>
  buttons.flatMap((_, index) => (index % 2 === 0 ? [buttons.slice(index, index + 2)] : []));

const all = async (deps: BotDeps, ctx: Ctx): Promise<Rendering> => {
  const scope = scopeOf(deps, ctx);
  const views = await hostsView(deps, scope);
  const pages = views.length > 1 ? views.slice(0, LISTED_MOST) : [];
  return {
    text: hostsText(views, scope, timesOf(deps, ctx.chat?.id ?? 0)),
    keyboard: {
      inline_keyboard: [
        ...inPairs(pages.map(({ host }) => actionButton(host.name, 'host', host.id))),
        [actionButton('Refresh', 'host', 0)],
      ],
    },
  };
};

/** undefined: there is none, or none any more, that this person may see */
const one = async (deps: BotDeps, ctx: Ctx, id: number): Promise<Rendering | undefined> => {
  const scope = scopeOf(deps, ctx);
  const view = (await hostsView(deps, scope)).find(({ host }) => host.id === id);
  if (!view) return undefined;
  return {
    text: hostText(view, scope, timesOf(deps, ctx.chat?.id ?? 0)),
    keyboard: {
      inline_keyboard: [
        [actionButton('Refresh', 'host', id), actionButton('‹ Hosts', 'host', 0)],
        ...(scope === 'all' && id !== THIS_HOST ? [[actionButton('Let it go', 'removeHost', id, 'danger')]] : []),
      ],
    },
  };
};

/** `/hosts`: the machines that models lie on; `/move`. */
export const hostsFeature = defineFeature({
  commands: {
    hosts: {
      who: 'viewer',
      usage: {
        form: '[name|add <name>|remove <name>]',
        does: 'the machines that models lie on; owners bring one in, and let one go',
      },
      parts: { add: { ...OWNERS, example: 'add nas' }, remove: { ...OWNERS, example: 'remove nas' } },
    },
    move: {
      ...ASKERS,
      usage: {
        form: '<name> <machine>',
        does: 'moves a model; it stays where it is until it is whole on the other machine',
      },
    },
  },
  actions,
  topic: help,
  build: (deps) => ({
    commands: {
      ...elsewhere(deps).commands,
      hosts: async (ctx, may) => {
        const word = ctx.match.trim();
        if (word === '') return answer(ctx, await all(deps, ctx));
        const [, part = '', name = ''] = /^(add|remove)(?:\s+(.*))?$/is.exec(word) ?? [];
        if (part !== '') {
          const deed = part.toLowerCase() as 'add' | 'remove';
          if (!(await may({ part: deed }))) return answer(ctx, { text: plain(text.ownersOnly) });
          return deed === 'add' ? addHost(deps, ctx, name.trim()) : removeHost(deps, ctx, name.trim());
        }
        const host = hostNamed(deps.store, word);
        const shown = host && (await one(deps, ctx, host.id));
        if (!shown) noteRefusal(deps.store, ctx);
        await answer(ctx, shown ?? { text: plain(text.unknown(word)) });
      },
    },
    actions: {
      ...elsewhere(deps).actions,
      ...removing(deps),
      host: async (ctx) => {
        const id = Number(ctx.match[1]);
        const shown = id === 0 ? await all(deps, ctx) : await one(deps, ctx, id);
        const isSame = shown !== undefined && ctx.callbackQuery.message?.text === shown.text.text;
        await ctx.answerCallbackQuery(shown ? (isSame ? { text: text.nothingNew } : {}) : { text: text.gone });
        if (shown) await replace(ctx, shown);
      },
    },
  }),
});
