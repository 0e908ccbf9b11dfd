import { statfsSync } from 'node:fs';

/**
 * Room for bytes and room for more files are two things (ext4, XFS); a disk without such a count has none to run out of.
 * @param left so many that are free count as none
 */
export const hasNoMoreInodes = (folder: string, left = 0): boolean => {
  try {
    const { files, ffree } = statfsSync(folder);
    return files > 0 && ffree <= left;
  } catch {
    return false;
  }
};
