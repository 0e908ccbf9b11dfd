import { statfsSync } from 'node:fs';

/** Room for bytes and room for more files are two things (ext4, XFS); a disk without such a count has none to run out of. */
export const hasNoMoreInodes = (folder: string): boolean => {
  try {
    const { files, ffree } = statfsSync(folder);
    return files > 0 && ffree === 0;
  } catch {
    return false;
  }
};
