/* bot/ui/hosts: how machines and their disks are spoken of. */

import { type Host, THIS_HOST } from '../../../domain/hosts/host.ts';
import type { Model } from '../../../domain/model.ts';
import { shortLabel } from '../../../domain/repo/model-label.ts';
import { formatLocal } from '../../../domain/schedule/timezone.ts';
import type { CutOff } from '../../../domain/waiting.ts';
import { machineWords } from '../../../library/hosts/elsewhere.ts';
import type { ModelView, Times } from '../../../library/model-view.ts';

/** A time of the past in the middle of a sentence: of what was today only the time. */
export const sinceText = (ms: number, { timezone, now }: Times): string =>
  formatLocal(ms, timezone, now).replace(/^today /, '');

/** What is wrong with what leads to other machines. */
export const cutOffText = (by: CutOff): string =>
  by === 'no_redis' ? 'Redis does not answer' : 'Redis is full and takes nothing new';

/** Since when a machine does not answer, behind its name. @param seenAt ISO 8601 */
export const awayWords = (seenAt: string | null, times: Times): string =>
  seenAt === null ? 'away' : `away since ${sinceText(Date.parse(seenAt), times)}`;

/** A model in a line of a list: of one that moves where it lies and where to, and not as if it lay there already. */
export const lineLabel = (model: Model, movesFrom: Host | undefined, limit: number): string => {
  if (!movesFrom) return shortLabel(model, limit);
  const hostName = movesFrom.id === THIS_HOST ? null : movesFrom.name;
  return `${shortLabel({ ...model, hostName }, limit)} · moves ${model.hostName === null ? 'here' : `to ${model.hostName}`}`;
};

/** Where a model that moves lies until it has come, and how it stays there when that has failed, or was cancelled before there was a way back; undefined: it moves nowhere. */
export const stillOnLine = ({ model, stillOn: host, waiting }: ModelView): string | undefined => {
  if (!host) return undefined;
  const back =
    waiting?.kind === 'cancelled' || model.status === 'failed' ? ` /cancel #${model.id} leaves it there.` : '';
  return `It lies on ${machineWords(host)} still.${back}`;
};
