import { modelIn } from '../../library/find.ts';
import { defineFeature } from '../feature.ts';
import { sayInstead, tappedModel } from '../ui/pick-model.ts';
import { answer } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { editByLine } from './line.ts';
import { help, text } from './text.ts';

/** Others may want it as it is. */
const ASKERS = { who: 'asker', refusal: text.notAllowed } as const;

const actions = { edit: ASKERS } as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'edit'> {}
}

/** `/edit`: everything that people may change about a model, from one line. */
export const editFeature = defineFeature({
  commands: { edit: { ...ASKERS, menu: { place: 10, description: 'Change a model’s title, tags, priority …' } } },
  actions,
  topic: help,
  build: (deps) => ({
    commands: {
      edit: editByLine(deps, async (ctx, _, id) => {
        const model = modelIn(deps.store, ctx.chat?.id, id);
        if (model) await answer(ctx, { text: plain(text.whatShallChange(model)) });
      }),
    },
    actions: {
      edit: async (ctx, may) => {
        const model = tappedModel(ctx, deps.store);
        await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
        if (!model) return;
        const isAllowed = await may({ requestedBy: model.requestedBy });
        await sayInstead(ctx, { text: plain(isAllowed ? text.whatShallChange(model) : text.notAllowed) });
      },
    },
  }),
});
