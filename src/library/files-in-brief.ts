import { isForNow } from '../domain/errors.ts';
import { type FilesInBrief, filesInBrief, readFilesInBrief } from '../domain/files/loads/files-in-brief.ts';
import type { Model } from '../domain/model.ts';
import type { Store } from '../store/store.ts';

/** What was kept of a model's files. Where nothing was, the list is read once, and what it says is kept. */
export const briefOf = ({ models }: Pick<Store, 'models'>, model: Model): FilesInBrief => {
  const known = readFilesInBrief(model);
  if (known) return known;
  const brief = filesInBrief(model, models.modelFiles(model.id));
  try {
    models.keepFilesInBrief(model.id, brief);
  } catch (error) {
    // Read again for the next card, until the disk or the database takes it.
    if (!isForNow(error)) throw error;
  }
  return brief;
};
