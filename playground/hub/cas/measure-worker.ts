import { parentPort } from 'node:worker_threads';
import type { Recipe } from '../repos/content.ts';
import { contentOf } from '../repos/woven-content.ts';
import { measure } from './measure.ts';

/** Measures one content after the other, each when it is sent. */
parentPort?.on('message', (recipe: Recipe) => {
  parentPort?.postMessage(measure(contentOf(recipe)));
});
