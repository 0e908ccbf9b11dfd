/* bot/undo: /undo, and the buttons under what was removed. */

import { setImmediate as breathe } from 'node:timers/promises';
import type { Context } from 'grammy';
import { AppError } from '../../domain/errors.ts';
import type { Model } from '../../domain/model.ts';
import type { RemovedModel } from '../../domain/removals/removed-model.ts';
import { removedIn } from '../../library/remove.ts';
import type { Store } from '../../store/store.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature, type May } from '../feature.ts';
import { modelLabel } from '../ui/label.ts';
import { noteModel } from '../noted.ts';
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

/** So many are looked through for a name, or brought back, before everything else has its turn. */
const AT_ONCE = 50;

/** These removals, as far as they are of this chat. */
async function* removalsIn(store: Store, chatId: number, ids: readonly number[]): AsyncIterable<RemovedModel> {
  for (const [at, id] of ids.entries()) {
    if (at % AT_ONCE === AT_ONCE - 1) await breathe();
    const removed = removedIn(store, chatId, id);
    if (removed) yield removed;
  }
}

/** Of these the first that has a name or a number. */
const called = async (
  store: Store,
  chatId: number,
  ids: readonly number[],
  wanted: string,
): Promise<RemovedModel | undefined> => {
  const number = /^#?(\d+)$/.exec(wanted)?.[1];
  for await (const removed of removalsIn(store, chatId, ids)) {
    const { modelId, model } = removed;
    const isMeant =
      number === undefined ? modelLabel(model).toLowerCase().includes(wanted) : modelId === Number(number);
    if (isMeant) return removed;
  }
  return undefined;
};

/** What can be brought back in this chat, the newest first: not what its library has again. */
async function* undoableIn(store: Store, chatId: number): AsyncIterable<RemovedModel> {
  for await (const removed of removalsIn(store, chatId, store.removedModels.keptIn(chatId))) {
    if (!store.removedModels.isHereAgain(removed.modelId)) yield removed;
  }
}

const countUndoable = async (store: Store, chatId: number): Promise<number> => {
  let amount = 0;
  // Some may have gone while others were looked at.
  for await (const { state } of undoableIn(store, chatId)) if (state === 'kept') amount += 1;
  return amount;
};

/** Which removals a command means: the newest, all, or the newest of a name or a number. */
const meant = async (store: Store, chatId: number, said: string): Promise<readonly number[]> => {
  const wanted = said.toLowerCase();
  if (wanted === 'all') return store.removedModels.keptIn(chatId);
  if (wanted === '') for await (const { modelId } of undoableIn(store, chatId)) return [modelId];
  const found = await called(store, chatId, store.removedModels.keptIn(chatId), wanted);
  return found ? [found.modelId] : [];
};

const tapped = (ctx: Pick<Context, 'match' | 'chat'>, store: Store): RemovedModel | undefined =>
  removedIn(store, ctx.chat?.id, Number(ctx.match?.[1]));

type BroughtBackOne = ReturnType<BotDeps['queue']['undo']> | { readonly why: string };

interface BroughtBack {
  readonly back: readonly Model[];
  /** Why the last one is not that is not. */
  readonly refusal: string | undefined;
}

/** Brings one back. @returns what came of it, or why whoever wants it may not have more */
const undo = (queue: BotDeps['queue'], id: number): BroughtBackOne => {
  try {
    return queue.undo(id);
  } catch (error) {
    if (error instanceof AppError && error.code === 'constraint') return { why: error.message };
    throw error;
  }
};

/** Brings them back, as far as that can be done. */
const bringBack = async (
  { store, queue }: BotDeps,
  may: May,
  chatId: number,
  ids: readonly number[],
): Promise<BroughtBack> => {
  const back: Model[] = [];
  let refusal: string | undefined;
  for (const [at, id] of ids.entries()) {
    if (at % AT_ONCE === AT_ONCE - 1) await breathe();
    const removed = removedIn(store, chatId, id);
    if (!removed) continue;
    const { model, state } = removed;
    const isAllowed = await may({ requestedBy: model.requestedBy });
    // Handled again after a kill: it is told what was done then.
    const result = state === 'undone' ? state : isAllowed ? undo(queue, id) : 'refused';
    if (result === 'undone') back.push(model);
    else if (typeof result === 'object') refusal = result.why;
    else refusal = { again: text.again(model), over: text.over, refused: text.notAllowed }[result];
  }
  return { back, refusal };
};

const undoSaid = async (ctx: Ctx, deps: BotDeps, may: May, said: string): Promise<void> => {
  const { store } = deps;
  const chatId = ctx.chat?.id ?? 0;
  const found = await meant(store, chatId, said);
  // Which ones these are is known from the first time on: handled again, the newest would be another one.
  const ids = store.updates.doOnce(ctx.update.update_id, () => found);
  const { back, refusal } = await bringBack(deps, may, chatId, ids);
  const [only, ...others] = back;
  if (only && others.length === 0) noteModel(ctx, only.id, only.name);
  if (back.length > 0 || refusal !== undefined) {
    const done = back.length > 0 && text.back(back, await countUndoable(store, chatId));
    return answer(ctx, { text: plain([done, refusal].filter(Boolean).join('\n')) });
  }
  noteRefusal(store, ctx);
  const isNamed = said !== '' && said.toLowerCase() !== 'all';
  const gone = isNamed && (await called(store, chatId, store.removedModels.goneIn(chatId), said.toLowerCase()));
  if (gone) return answer(ctx, { text: plain(text.freedAlready(gone.model)) });
  const awaitHost = isNamed ? 0 : store.removedModels.countAwaitingHost(chatId);
  const nothing = awaitHost > 0 ? text.awaitsHost(awaitHost) : text.nothing;
  return answer(ctx, { text: plain(isNamed ? text.nothingLike(shorten(said, 60)) : nothing) });
};

/** That it goes is a row at once; of a hundred thousand files, or on a disk that is slow, the rest takes its time, and its card tells of it. */
const freeBeside = async ({ queue, log }: BotDeps, modelId: number): Promise<void> => {
  const freeing = queue.freeNow(modelId);
  await Promise.race([freeing, breathe()]);
  // The next start goes on with it.
  freeing.catch((error: unknown) => log.error({ err: error, model: modelId }, 'What was removed could not be deleted'));
};

/** `/undo`, and the buttons under what was removed. */
export const undoFeature = defineFeature({
  commands: {
    undo: {
      ...ASKERS,
      usage: { form: '[name|all]', does: 'brings back what was removed within the last hour, as it was' },
      menu: { position: 15, description: 'Bring back what was removed' },
    },
  },
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
        if (removed && isAllowed) await freeBeside(deps, removed.modelId);
      },
    },
  }),
});
