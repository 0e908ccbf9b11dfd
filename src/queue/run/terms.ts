import type { CopyJob } from '../../copies/executor.ts';
import { AppError } from '../../domain/errors.ts';
import { jobKey } from '../../domain/hosts/job-key.ts';
import type { Model } from '../../domain/model.ts';
import type { Store } from '../../store/store.ts';
import type { QueueDeps, QueueOptions } from '../deps.ts';
import { speedLimitOf } from '../limits.ts';

interface TermsDeps extends Pick<QueueDeps, 'store' | 'quotas'> {
  readonly options: Pick<QueueOptions, 'maxTotalBytes'>;
}

/** With whose tokens a copy is fetched for these models: none, where the machine's own has found it for any of them. */
const tokensOf = (models: readonly Model[]): Pick<CopyJob, 'tokensOf'> => {
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

/** What of a copy is made at once: all of its files, for one branch or tag. */
export type Part = Pick<CopyJob, 'files' | 'revision' | 'mostBytes'>;

/** The job of getting what these models want, one of which began it. @throws AppError integrity: its commit is not known */
export const jobFor = (
  store: Store,
  models: readonly Model[],
  { first, part }: { readonly first: Model; readonly part: Part },
): CopyJob => {
  const { source, repoType: type, name: id, commitSha: commit, sourceUrl, wantsCopyId: copyId } = first;
  if (commit === null || copyId === null) {
    throw new AppError('integrity', 'The commit of this model is not known. Remove it and add it again.');
  }
  const limit = speedLimitOf(store, copyId);
  const copy = store.copies.getCopy(copyId);
  return {
    ...part,
    ...(copy ? { key: jobKey(copy, part.revision) } : {}),
    source,
    type,
    id,
    commit,
    ...(sourceUrl === null ? {} : { url: sourceUrl }),
    ...tokensOf(models),
    ...(limit ? { limit } : {}),
  };
};
