import type { CopyJob } from '../../copies/executor.ts';
import type { Model } from '../../domain/model.ts';
import type { QueueDeps, QueueOptions } from '../deps.ts';

interface TermsDeps extends Pick<QueueDeps, 'store' | 'quotas'> {
  readonly options: Pick<QueueOptions, 'maxTotalBytes'>;
}

/** With whose tokens a copy is fetched for these models: none, where the machine's own has found it for any of them. */
export const tokensOf = (models: readonly Model[]): Pick<CopyJob, 'tokensOf'> => {
  const all = models.map(({ tokenOf }) => tokenOf);
  return all.includes(null) ? {} : { tokensOf: [...new Set(all.filter((userId) => userId !== null))] };
};

/**
 * How long a copy may become for these models, if nobody knows that beforehand: all others were held against the limits before they
 * began. Nothing if there are no limits.
 */
export const mostBytesFor = async (
  { store, quotas, options }: TermsDeps,
  models: readonly Model[],
): Promise<Pick<CopyJob, 'mostBytes'>> => {
  if (!models.some(({ sourceUrl, sizeBytes }) => sourceUrl !== null && !sizeBytes)) return {};
  const limit = options.maxTotalBytes();
  const left = limit === undefined ? [] : [Math.max(0, limit - (await store.copies.storedBytesWith([])))];
  const most = [...left, ...models.flatMap((model) => quotas.bytesLeftFor(model) ?? [])];
  return most.length === 0 ? {} : { mostBytes: Math.min(...most) };
};
