import type { Context } from 'grammy';
import type { RemovedModel } from '../../domain/removals/removed-model.ts';
import type { Store } from '../../store/store.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature, type May } from '../feature.ts';
import { modelLabel } from '../ui/label.ts';
import { noteRefusal } from '../ui/refusal.ts';
import { answer } from '../ui/reply.ts';
import { plain, shorten } from '../ui/text.ts';
import { text } from './text.ts';

/** Others may want it. */
const ASKERS = { who: 'asker', refusal: text.notAllowed } as const;

const actions = { undo: ASKERS, freeNow: ASKERS } as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'undo'> {}
}

/** So many at once: a chat that has removed a library may want all of it back. */
const ALL_MOST = 1000;

/** Which removals a command means: the newest, all, or those of a name or a number. */
const meant = ({ removedModels }: Store, chatId: number, said: string): readonly RemovedModel[] => {
  if (said === '') return removedModels.keptIn(chatId, 1);
  const kept = removedModels.keptIn(chatId, ALL_MOST);
  const wanted = said.toLowerCase();
  if (wanted === 'all') return kept;
  const isNumber = /^#?\d+$/.test(wanted);
  const found = kept.filter(({ modelId, model }) =>
    isNumber ? modelId === Number(wanted.replace('#', '')) : modelLabel(model).toLowerCase().includes(wanted),
  );
  return found.slice(0, 1);
};

const tapped = (ctx: Pick<Context, 'match' | 'chat'>, { removedModels }: Store): RemovedModel | undefined => {
  const removed = removedModels.getRemoved(Number(ctx.match?.[1]));
  return removed?.chatId === ctx.chat?.id ? removed : undefined;
};

const undoSaid = async (ctx: Ctx, { store, queue }: BotDeps, may: May, said: string): Promise<void> => {
  const chatId = ctx.chat?.id ?? 0;
  const removed = meant(store, chatId, said);
  if (removed.length === 0) {
    noteRefusal(store, ctx);
    const isNamed = said !== '' && said.toLowerCase() !== 'all';
    return answer(ctx, { text: plain(isNamed ? text.nothingLike(shorten(said, 60)) : text.nothing) });
  }
  const back: RemovedModel[] = [];
  let refusal: string | undefined;
  for (const one of removed) {
    if (!(await may({ requestedBy: one.model.requestedBy }))) refusal = text.notAllowed;
    else {
      const result = queue.undo(one.modelId);
      if (result === 'undone') back.push(one);
      else refusal = result === 'again' ? text.again(one.model) : text.over;
    }
  }
  const models = back.map(({ model }) => model);
  const sentences = [models.length > 0 && text.back(models, store.removedModels.countKeptIn(chatId)), refusal];
  await answer(ctx, { text: plain(sentences.filter(Boolean).join('\n')) });
};

/** `/undo`, and the buttons under what was removed. */
export const undoFeature = defineFeature({
  commands: { undo: ASKERS },
  actions,
  build: (deps) => ({
    commands: { undo: (ctx, may) => undoSaid(ctx, deps, may, ctx.match.trim()) },
    actions: {
      undo: async (ctx, may) => {
        const removed = tapped(ctx, deps.store);
        if (removed && !(await may({ requestedBy: removed.model.requestedBy }))) {
          await ctx.answerCallbackQuery({ text: text.notAllowed });
          return;
        }
        const result = removed ? deps.queue.undo(removed.modelId) : 'over';
        const isBack = result === 'undone' || removed?.state === 'undone';
        const refusal = removed && result === 'again' ? text.again(removed.model) : text.over;
        await ctx.answerCallbackQuery(isBack ? {} : { text: refusal });
      },
      freeNow: async (ctx, may) => {
        const removed = tapped(ctx, deps.store);
        const isAllowed = removed && (await may({ requestedBy: removed.model.requestedBy }));
        await ctx.answerCallbackQuery(removed && !isAllowed ? { text: text.notAllowed } : {});
        if (removed && isAllowed) await deps.queue.freeNow(removed.modelId);
      },
    },
  }),
});
