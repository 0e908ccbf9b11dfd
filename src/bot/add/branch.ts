import { readAbout } from '../../domain/files/loads/about.ts';
import { formatRepoRef, isRepoId } from '../../domain/repo/repo.ts';
import type { Ctx } from '../context.ts';
import { lookUpBelow } from '../ui/look-up-below.ts';
import { tappedModel } from '../ui/pick-model.ts';
import type { AddDeps } from './request.ts';
import { text } from './text.ts';

/** A tap on a branch under the card of a model that came without weights. */
export const takeBranch = async (ctx: Ctx, deps: AddDeps): Promise<void> => {
  const model = tappedModel(ctx, deps.store);
  const branch = model && readAbout(model).branches[Number(ctx.match?.[2] ?? -1)];
  if (!model || branch === undefined) {
    await ctx.answerCallbackQuery({ text: text.notYours });
    return;
  }
  await lookUpBelow(ctx, deps, formatRepoRef({ type: model.repoType, id: model.name, revision: branch }));
  await ctx.answerCallbackQuery();
};

/** A tap on the model that an adapter is for, under its card. */
export const takeBase = async (ctx: Ctx, deps: AddDeps): Promise<void> => {
  const model = tappedModel(ctx, deps.store);
  const { baseModel } = model ? readAbout(model) : {};
  if (!baseModel || !isRepoId(baseModel)) {
    await ctx.answerCallbackQuery({ text: text.notYours });
    return;
  }
  await lookUpBelow(ctx, deps, baseModel);
  await ctx.answerCallbackQuery();
};
