import type { FilesInBrief } from '../../domain/files/loads/files-in-brief.ts';
import type { RepoFile } from '../../domain/listing.ts';
import type { CopyFiles } from './copy-files.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** The files a model consists of: those of the copy that it wants. */
export interface ModelFiles {
  readonly modelFiles: (id: number) => RepoFile[];
  /** As `modelFiles`, however long the list is: everything else has its turn meanwhile. */
  readonly readModelFiles: (id: number) => Promise<RepoFile[]>;
  /** What its files are, taken together; no change that anybody would have to see. */
  readonly keepFilesInBrief: (id: number, brief: FilesInBrief) => void;
}

/** The rows of model files. */
export const createModelFiles = (sql: Sql, { copyFiles, readCopyFiles }: CopyFiles): ModelFiles => {
  const wantedBy = (id: number): number =>
    sql.get('SELECT coalesce(wants_copy_id, 0) FROM models WHERE id = ?', numberOf, [id]) ?? 0;
  return {
    modelFiles: (id) => copyFiles(wantedBy(id)),
    readModelFiles: async (id) => readCopyFiles(wantedBy(id)),
    keepFilesInBrief: (id, brief) => {
      sql.run(
        "UPDATE models SET metadata = json_set(coalesce(metadata, '{}'), '$.filesInBrief', json(?)) WHERE id = ?",
        [JSON.stringify(brief), id],
      );
    },
  };
};
