import { z } from 'zod';
import type { RepoFile } from '../../listing.ts';
import type { Model } from '../../model.ts';
import { loadsSchema, whatLoads } from './loads.ts';

/**
 * What a model's files are, taken together. It is kept with the model, since a list may be too long to be read for every
 * card; it holds for the commit that it was made for.
 */
const filesInBriefSchema = z.object({ commit: z.string(), count: z.int().nonnegative(), loads: loadsSchema });
export type FilesInBrief = Readonly<z.infer<typeof filesInBriefSchema>>;

/** Takes the files of a model's commit together. */
export const filesInBrief = (
  model: Pick<Model, 'repoType' | 'metadata' | 'commitSha'>,
  files: readonly RepoFile[],
): FilesInBrief => ({ commit: model.commitSha ?? '', count: files.length, loads: whatLoads(model, files) });

/** What was kept of it with the model; undefined if nothing was, or it was for another commit. */
export const readFilesInBrief = ({
  metadata,
  commitSha,
}: Pick<Model, 'metadata' | 'commitSha'>): FilesInBrief | undefined => {
  const { data } = filesInBriefSchema.safeParse(metadata?.['filesInBrief']);
  return data?.commit === (commitSha ?? '') ? data : undefined;
};
