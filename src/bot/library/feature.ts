/* bot/library: /library, /model and /remove: lists of models, filtered and sorted, cards, and what is done to many at once. */

import { defineFeature } from '../feature.ts';
import { pickModel, tappedModel } from '../ui/pick-model.ts';
import { replace } from '../ui/reply.ts';
import { showCard } from '../ui/show-card.ts';
import { plain } from '../ui/text.ts';
import { libraryMenu } from './menu.ts';
import { removing } from './remove.ts';
import { help, text } from './text.ts';

/** Others may want it. */
const ASKERS = { who: 'asker', refusal: text.notAllowed } as const;

const actions = {
  show: { who: 'viewer' },
  remove: ASKERS,
  forget: ASKERS,
  erase: ASKERS,
  /** Files that another program has put there. */
  eraseAll: { who: 'owner', refusal: text.notYourFiles },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'library'> {}
}

/** `/library`, `/model` and `/remove`. */
export const libraryFeature = defineFeature({
  commands: {
    library: {
      who: 'viewer',
      usage: { form: '[words]', does: 'the models of this chat: filter, sort, tap one for its card' },
      menu: { position: 3, description: 'The models of this chat' },
      aliases: ['list', 'models'],
    },
    model: {
      who: 'viewer',
      usage: { form: '<name>', does: 'its card, at the bottom; “Details” tells its commit, path, licence and more' },
      menu: { position: 12, description: 'Show one model’s card' },
      aliases: ['info'],
    },
    remove: {
      ...ASKERS,
      usage: { form: '<name>', does: 'asks: the entry only, or the files too' },
      menu: { position: 14, description: 'Remove a model from the library' },
    },
  },
  actions,
  doors: { menu: { who: 'viewer', does: 'pages, filters and orders of the list' } },
  topic: help,
  opener: { who: 'viewer', number: 2, label: 'Library' },
  build: (deps) => {
    const { menu, show } = libraryMenu(deps);
    const remove = removing(deps);
    return {
      menu,
      open: show,
      commands: {
        library: (ctx) => show(ctx, ctx.match),
        model: async (ctx) => {
          const model = await pickModel(ctx, deps.store, ctx.match.trim(), {
            action: 'show',
            likely: ['downloading', 'pending', 'failed', 'paused', 'completed', 'cancelled'],
            none: text.empty,
          });
          if (model) await showCard(deps, ctx, model);
        },
        ...remove.commands,
      },
      actions: {
        show: async (ctx) => {
          const model = tappedModel(ctx, deps.store);
          await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
          if (!model) return;
          await showCard(deps, ctx, model);
          // The question which one was meant has its answer below.
          if (ctx.match[2] !== undefined) await replace(ctx, { text: plain(text.shown(model)) });
        },
        ...remove.actions,
      },
    };
  },
});
