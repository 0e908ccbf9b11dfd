import { defineFeature } from '../feature.ts';
import { sendLibrary } from './export.ts';
import { help } from './text.ts';

/** `/export`: a library as a file. */
export const movingFeature = defineFeature({
  commands: { export: { who: 'member' } },
  actions: {},
  topic: help,
  build: (deps) => ({
    commands: { export: (ctx) => sendLibrary(ctx, deps, ctx.match) },
    actions: {},
  }),
});
