import { formatLocal } from '../../../domain/schedule/timezone.ts';
import type { Times } from '../../../library/model-view.ts';

/** A time of the past in the middle of a sentence: of what was today only the time. */
export const sinceText = (ms: number, { timezone, now }: Times): string =>
  formatLocal(ms, timezone, now).replace(/^today /, '');

/** Since when a machine does not answer, behind its name. @param seenAt ISO 8601 */
export const awayWords = (seenAt: string | null, times: Times): string =>
  seenAt === null ? 'away' : `away since ${sinceText(Date.parse(seenAt), times)}`;
