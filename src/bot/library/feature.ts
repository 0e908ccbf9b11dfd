import { Composer } from 'grammy';
import type { Model } from '../../domain/model.ts';
import type { Authority } from '../access.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { actionPattern } from '../ui/buttons.ts';
import { pickModel, tappedModel } from '../ui/pick-model.ts';
import { showCard } from '../ui/show-card.ts';
import { libraryMenu, showLibrary } from './menu.ts';
import { removeCommands } from './remove.ts';
import { text } from './text.ts';

/** `/library`, `/model` and `/remove`. */
export const libraryFeature = (deps: BotDeps, authority: Authority): Composer<Ctx> => {
  const feature = new Composer<Ctx>();
  const show = (ctx: Ctx, model: Model): Promise<void> => showCard(deps, ctx, model);
  const menu = libraryMenu(deps, show);
  feature.use(menu);

  feature.command(['library', 'list', 'models'], (ctx) => showLibrary(ctx, deps, menu));

  feature.command(['model', 'info'], async (ctx) => {
    const model = await pickModel(ctx, deps.store, ctx.match.trim(), 'show');
    if (model) await show(ctx, model);
  });

  feature.callbackQuery(actionPattern('show'), async (ctx) => {
    const model = tappedModel(ctx, deps.store);
    await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
    if (model) await show(ctx, model);
  });

  removeCommands(feature, deps, authority);
  return feature;
};
