/* bot/moving: /export and /import: a library as a file. */

import { defineFeature } from '../feature.ts';
import { sendLibrary } from './export.ts';
import { importActions, importReplied, takeDocuments } from './import.ts';
import { help, text } from './text.ts';

/** It is their file. */
const ASKERS = { who: 'asker', refusal: text.notAllowed } as const;

const actions = {
  /** Yes, and whether it is downloaded; or what failed once more. */
  bring: ASKERS,
  unbring: ASKERS,
  /** What the file says of the machine. */
  machine: { who: 'owner', refusal: text.notTheMachine },
  /** All that was not taken, as a file. */
  refusals: { who: 'viewer' },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'moving'> {}
}

/** `/export` and `/import`: a library as a file, and a file into a library. */
export const movingFeature = defineFeature({
  commands: {
    export: { who: 'viewer', usage: { form: '[words]', does: 'the library as a file, models.json' } },
    import: {
      who: 'member',
      usage: {
        form: '[on=machine]',
        does: 'reads the file that it answers or stands under; says first what would come and change',
      },
    },
  },
  actions,
  doors: { messages: { who: 'member', does: 'a `models.json`, and a file with /import under it' } },
  topic: help,
  build: (deps) => ({
    commands: {
      export: (ctx) => sendLibrary(ctx, deps, ctx.match),
      import: (ctx) => importReplied(ctx, deps, ctx.match),
    },
    actions: importActions(deps),
    messages: takeDocuments(deps),
  }),
});
