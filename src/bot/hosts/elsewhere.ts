import type { InlineKeyboardButton } from 'grammy/types';
import type { Host } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import { refOf } from '../../library/file-edit.ts';
import { findModel } from '../../library/find.ts';
import { alsoOn, hostsLeft, movedTo } from '../../library/hosts/elsewhere.ts';
import { hasOthers, hostMeant, hostNamed } from '../../library/hosts/find-host.ts';
import type { BotDeps, Ctx } from '../context.ts';
import type { Handlers, May } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { lookUpBelow } from '../ui/look-up-below.ts';
import { pickModel, sayInstead, tappedModel } from '../ui/pick-model.ts';
import { answer, askedBy } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { text } from './text.ts';

/** More machines than these are named behind the command. */
const OFFERED_MOST = 8;

/** @param first what was asked for stands in front */
const offer = (deps: BotDeps, model: Model, mayMove: boolean, first: 'copy' | 'move' = 'copy'): Rendering => {
  const left = hostsLeft(deps.store, model);
  const row = ({ id, name }: Host): InlineKeyboardButton[] => {
    const buttons = [
      actionButton(`Also on ${name}`, 'alsoOn', `${model.id}:${id}`),
      ...(mayMove ? [actionButton(`Move to ${name}`, 'moveTo', `${model.id}:${id}`)] : []),
    ];
    return first === 'move' ? buttons.toReversed() : buttons;
  };
  return {
    text: plain(left.length === 0 ? text.nowhereElse(model) : text.where(model, left.length > OFFERED_MOST)),
    keyboard: { inline_keyboard: left.slice(0, OFFERED_MOST).map(row) },
  };
};

/**
 * The name of a model, and behind it that of a machine: `gpt2 nas`, `gpt2 to nas`.
 * @throws AppError validation: behind the name of a model stands that of no machine
 */
const parse = (
  deps: BotDeps,
  chatId: number,
  line: string,
): { readonly name: string; readonly host: Host | undefined } => {
  const [, name = '', word = ''] = /^(.*?)\s*(?:\bto\s+)?(this machine|\S+)$/iu.exec(line.trim()) ?? [];
  const host = word === '' ? undefined : hostNamed(deps.store, word);
  if (host) return { name, host };
  if (findModel(deps.store, chatId, line).kind === 'none' && findModel(deps.store, chatId, name).kind !== 'none')
    hostMeant(deps.store, word);
  return { name: line.trim(), host: undefined };
};

const move = async (deps: BotDeps, ctx: Ctx, model: Model, host: Host): Promise<void> => {
  const asked = askedBy(ctx);
  const options = movedTo(deps.store, model, host);
  if (asked && ctx.callbackQuery === undefined) deps.adding.request({ ...asked, ref: refOf(model), options });
  else await lookUpBelow(ctx, deps, refOf(model), options);
};

/** Of several of a name that one which is neither on a machine yet nor on its way there. */
const onlyNotThere = ({ store }: BotDeps, chatId: number, name: string, host: Host): Model | undefined => {
  const found = findModel(store, chatId, name);
  if (found.kind !== 'many' || !found.isAll) return undefined;
  const [one, another] = found.models.filter(({ hostId }) => hostId !== host.id);
  return another ? undefined : one;
};

const onMove = async (deps: BotDeps, ctx: Ctx, may: May, line: string): Promise<void> => {
  // Which one is not asked where none could be moved.
  if (line.trim() === '' && !hasOthers(deps.store)) return answer(ctx, { text: plain(text.noOther) });
  const { name, host } = parse(deps, ctx.chat?.id ?? 0, line);
  const meant = host && onlyNotThere(deps, ctx.chat?.id ?? 0, name, host);
  const model = await pickModel(ctx, deps.store, meant ? `#${meant.id}` : name, {
    action: 'elsewhere',
    likely: ['completed', 'pending', 'downloading', 'paused', 'failed'],
    none: text.empty,
  });
  if (!model) return;
  const mayMove = await may({ requestedBy: model.requestedBy });
  if (!mayMove) await answer(ctx, { text: plain(text.notAllowed) });
  else if (host) await move(deps, ctx, model, host);
  else await answer(ctx, offer(deps, model, true, 'move'));
};

/** The machine that a button names; says so if it is gone. */
const tappedHost = async (deps: BotDeps, ctx: Ctx): Promise<Host | undefined> => {
  const host = deps.store.hosts.getHost(Number(ctx.match?.[2] ?? 0));
  if (host?.state === 'joined') return host;
  await ctx.answerCallbackQuery({ text: text.gone });
  return undefined;
};

/** `/move`, and the buttons that bring a model onto another machine. */
export const elsewhere = (
  deps: BotDeps,
): {
  readonly commands: Handlers<'move', never>['commands'];
  readonly actions: Handlers<never, 'elsewhere' | 'alsoOn' | 'moveTo'>['actions'];
} => ({
  commands: { move: (ctx, may) => onMove(deps, ctx, may, ctx.match) },
  actions: {
    elsewhere: async (ctx, may) => {
      const model = tappedModel(ctx, deps.store);
      await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
      if (model) await sayInstead(ctx, offer(deps, model, await may({ part: 'move', requestedBy: model.requestedBy })));
    },
    alsoOn: async (ctx) => {
      const model = tappedModel(ctx, deps.store);
      if (!model) {
        await ctx.answerCallbackQuery({ text: text.notYours });
        return;
      }
      const host = await tappedHost(deps, ctx);
      if (!host) return;
      await lookUpBelow(ctx, deps, refOf(model), alsoOn(deps.store, model, host));
      await ctx.answerCallbackQuery();
    },
    moveTo: async (ctx, may) => {
      const model = tappedModel(ctx, deps.store);
      if (!model || !(await may({ requestedBy: model.requestedBy }))) {
        await ctx.answerCallbackQuery({ text: model ? text.notAllowed : text.notYours });
        return;
      }
      const host = await tappedHost(deps, ctx);
      if (!host) return;
      await move(deps, ctx, model, host);
      await ctx.answerCallbackQuery();
    },
  },
});
