import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as Tasks from '@huggingface/tasks';

const require = createRequire(import.meta.url);

/**
 * What `@huggingface/tasks` knows of quants, from the one file of it that says so: its index loads two hundred others, a
 * quarter of all that was loaded before the first request. The file is an inner one of that package, whose version is pinned;
 * tests/domain holds that it is what the package exports.
 */
export const { findNearestQuantType, GGMLFileQuantizationType, parseGGUFQuantLabel } = require(
  join(dirname(require.resolve('@huggingface/tasks')), 'gguf.js'),
) as Pick<typeof Tasks, 'findNearestQuantType' | 'GGMLFileQuantizationType' | 'parseGGUFQuantLabel'>;
