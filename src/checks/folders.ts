import { join } from 'node:path';
import { isWebFileFolder } from '../cache/layout.ts';

/** Where copies lie. */
export interface CopyFolders {
  /** The Hugging Face cache. */
  readonly cacheDir: string;
  /** Of files from web addresses. */
  readonly filesDir?: string;
}

/** The folder in which the folder of a repository lies, or of a file from a web address. */
export const cacheOf = ({ cacheDir, filesDir }: CopyFolders, repoFolder: string): string =>
  filesDir !== undefined && isWebFileFolder(repoFolder) ? join(filesDir, '.hubgram') : cacheDir;
