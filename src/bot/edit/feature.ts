/* bot/edit: /edit: what can be changed of a model, as a menu and in one line. */

import type { CallbackQueryContext } from 'grammy';
import { editModel } from '../../library/edit.ts';
import { optionsFor, refOf } from '../../library/file-edit.ts';
import { modelIn } from '../../library/find.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature, type May } from '../feature.ts';
import { lookUpBelow } from '../ui/look-up-below.ts';
import { sayInstead, tappedModel } from '../ui/pick-model.ts';
import { answer } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { askAboutModel, enterAsking } from './dialogue.ts';
import { editByLine } from './line.ts';
import { SCREENS, type Step, stepOf } from './screens.ts';
import { help, text } from './text.ts';

/** Others may want it as it is. */
const ASKERS = { who: 'asker', refusal: text.notAllowed } as const;

const actions = { edit: ASKERS, otherFiles: ASKERS } as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'edit'> {}
}

const onButton =
  (deps: BotDeps) =>
  async (ctx: CallbackQueryContext<Ctx>, may: May): Promise<void> => {
    const { store } = deps;
    const model = tappedModel(ctx, store);
    if (!model || !(await may({ requestedBy: model.requestedBy }))) {
      await ctx.answerCallbackQuery({ text: model ? text.notAllowed : text.notYours });
      return;
    }
    // A tag is added or taken away by what the model has: handled again, the tap means what it meant.
    const decide = (): Step => stepOf(store, model, Number(ctx.match[2] ?? 0));
    const step = store.updates.doOnce(ctx.update.update_id, decide);
    await ctx.answerCallbackQuery();
    if (step.kind === 'ask') {
      await enterAsking(ctx, step.question, model.id);
      return;
    }
    if (step.kind === 'done') {
      await sayInstead(ctx, { text: plain(text.done(model)) });
      return;
    }
    const isEdit = step.kind === 'edit';
    const shown = isEdit ? (await editModel(deps, model, step.edit)).model : model;
    await sayInstead(ctx, SCREENS[isEdit ? step.next : step.kind](store, shown));
  };

/** `/edit`: everything that people may change about a model, from one line or from a menu. */
export const editFeature = defineFeature({
  commands: {
    edit: {
      ...ASKERS,
      usage: {
        form: '<name> [key=value …]',
        does: 'changes its title, tags, category, priority and more; alone it is a menu',
      },
      menu: { position: 13, description: 'Change a model’s title, tags, priority …' },
    },
  },
  actions,
  doors: { dialogue: { ...ASKERS, does: 'the answer to what it shall be' } },
  topic: help,
  build: (deps) => ({
    dialogue: askAboutModel(deps, ASKERS),
    commands: {
      edit: editByLine(deps, async (ctx, id) => {
        const model = modelIn(deps.store, ctx.chat?.id, id);
        if (model) await answer(ctx, SCREENS.main(deps.store, model));
      }),
    },
    actions: {
      edit: onButton(deps),
      otherFiles: async (ctx, may) => {
        const model = tappedModel(ctx, deps.store);
        if (!model || !(await may({ requestedBy: model.requestedBy }))) {
          await ctx.answerCallbackQuery({ text: model ? text.notAllowed : text.notYours });
          return;
        }
        await lookUpBelow(ctx, deps, refOf(model), optionsFor(model, { quantize: 'ask' }));
        await ctx.answerCallbackQuery({ text: text.whichFiles });
      },
    },
  }),
});
