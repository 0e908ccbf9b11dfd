import type { CallbackQueryContext } from 'grammy';
import { INFERENCE_SERVER } from '../../domain/pulls/pull-job.ts';
import { hasCopy, type Model } from '../../domain/model.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { findModel, modelIn } from '../../library/find.ts';
import { planRemoval, type RemovalPlan, removedIn, removeModel } from '../../library/remove.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { noteModel } from '../noted.ts';
import { actionButton } from '../ui/buttons.ts';
import { modelLabel, shortLabel } from '../ui/label.ts';
import { noteRefusal } from '../ui/refusal.ts';
import { answer, replace } from '../ui/reply.ts';
import { plain, type Rendering, shorten } from '../ui/text.ts';
import { text } from './text.ts';

/** Behind the name: without this word no file of a complete model goes. */
const FILES = /\s+files$/i;
/** What a button carries behind the model's number. */
const ENTRY = 1;
const WITH_FILES = 2;

/** What may be freed by removing it: of what is complete only with the word for it. */
const isTaken = (model: Model, choice: number): boolean => !hasCopy(model) || choice === WITH_FILES;

/** The question, which says what goes and what stays. */
const question = (model: Model, plan: RemovalPlan, choice: number): Rendering => {
  const { freedBytes } = plan;
  const isFreed = hasCopy(model) && choice === WITH_FILES && freedBytes > 0;
  const label = isFreed ? `${text.withFiles} · ${formatBytes(freedBytes)}` : text.remove;
  return {
    text: plain(text.askRemove(model, plan, choice === WITH_FILES)),
    keyboard: {
      inline_keyboard: [
        [actionButton(label, 'jobRemove', `${model.id}:${choice}`, 'danger')],
        [actionButton('Leave it', 'keep', `${model.id}:1`)],
      ],
    },
  };
};

/** `/jobs remove …`: asks, of which model it may be, and whether it shall go. */
export const askRemoval = async (deps: BotDeps, ctx: Ctx, said: string): Promise<void> => {
  const choice = FILES.test(said) ? WITH_FILES : ENTRY;
  const wanted = said.replace(FILES, '').trim();
  if (wanted === '') return answer(ctx, { text: plain(text.removeWhich) });
  const found = findModel(deps.store, INFERENCE_SERVER, wanted);
  if (found.kind === 'none') {
    noteRefusal(deps.store, ctx);
    return answer(ctx, { text: plain(text.noSuchModel(shorten(wanted, 60))) });
  }
  if (found.kind === 'many') {
    const rows = found.models.map((model) => [
      actionButton(`#${model.id} ${shortLabel(model, 40)}`, 'jobAsk', `${model.id}:${choice}`),
    ]);
    return answer(ctx, { text: plain(text.severalModels), keyboard: { inline_keyboard: rows } });
  }
  const { model } = found;
  noteModel(ctx, model.id, modelLabel(model));
  return answer(ctx, question(model, await planRemoval(deps.store, model), choice));
};

/** The model that a button is about, if it is still there. */
const tapped = ({ store }: BotDeps, ctx: CallbackQueryContext<Ctx>): Model | undefined => {
  const model = modelIn(store, INFERENCE_SERVER, Number(ctx.match[1]));
  if (model) noteModel(ctx, model.id, modelLabel(model));
  return model;
};

/** The buttons of that question, for owners in their own chat. */
export const removalActions = (deps: BotDeps) => ({
  jobAsk: async (ctx: CallbackQueryContext<Ctx>): Promise<void> => {
    const model = tapped(deps, ctx);
    await ctx.answerCallbackQuery(model ? {} : { text: text.gone });
    if (model) await replace(ctx, question(model, await planRemoval(deps.store, model), Number(ctx.match[2])));
  },
  jobRemove: async (ctx: CallbackQueryContext<Ctx>): Promise<void> => {
    const model = tapped(deps, ctx);
    const isGone =
      !model || !(await removeModel(deps, model, isTaken(model, Number(ctx.match[2])) ? 'ours' : 'nothing'));
    await ctx.answerCallbackQuery();
    if (isGone) return replace(ctx, { text: plain(text.gone) });
    return replace(ctx, {
      text: plain(text.removed(model)),
      keyboard: { inline_keyboard: [[actionButton('Undo', 'jobUndo', model.id)]] },
    });
  },
  jobUndo: async (ctx: CallbackQueryContext<Ctx>): Promise<void> => {
    const removed = removedIn(deps.store, INFERENCE_SERVER, Number(ctx.match[1]));
    const result = removed ? deps.queue.undo(removed.modelId) : 'over';
    const isBack = removed && (result === 'undone' || removed.state === 'undone');
    await ctx.answerCallbackQuery();
    const said = isBack
      ? text.back(removed.model)
      : removed && result === 'again'
        ? text.again(removed.model)
        : text.over;
    await replace(ctx, { text: plain(said) });
  },
});
