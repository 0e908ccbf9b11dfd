import { Composer } from 'grammy';
import type { Model } from '../../domain/model.ts';
import type { Authority } from '../access.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { actionPattern, openPattern } from '../ui/buttons.ts';
import { pickModel, tappedModel } from '../ui/pick-model.ts';
import { replace } from '../ui/reply.ts';
import { showCard } from '../ui/show-card.ts';
import { plain } from '../ui/text.ts';
import { libraryMenu, showLibrary } from './menu.ts';
import { removeCommands } from './remove.ts';
import { text } from './text.ts';

/** `/library`, `/model` and `/remove`. */
export const libraryFeature = (deps: BotDeps, authority: Authority): Composer<Ctx> => {
  const feature = new Composer<Ctx>();
  const show = (ctx: Ctx, model: Model): Promise<void> => showCard(deps, ctx, model);
  const menu = libraryMenu(deps, show);
  feature.use(menu);

  feature.command(['library', 'list', 'models'], (ctx) => showLibrary(ctx, deps, menu, ctx.match));

  feature.callbackQuery(openPattern('library'), async (ctx) => {
    await ctx.answerCallbackQuery();
    await showLibrary(ctx, deps, menu);
  });

  feature.command(['model', 'info'], async (ctx) => {
    const model = await pickModel(ctx, deps.store, ctx.match.trim(), {
      action: 'show',
      likely: ['downloading', 'pending', 'failed', 'paused', 'completed', 'cancelled'],
      none: text.empty,
    });
    if (model) await show(ctx, model);
  });

  feature.callbackQuery(actionPattern('show'), async (ctx) => {
    const model = tappedModel(ctx, deps.store);
    await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
    if (!model) return;
    await show(ctx, model);
    // The question which one was meant has its answer below.
    if (ctx.match[2] !== undefined) await replace(ctx, { text: plain(text.shown(model)) });
  });

  removeCommands(feature, deps, authority);
  return feature;
};
