import type { Used } from '../../../library/storage/last-used.ts';

const ago = (days: number): string => (days < 1 ? 'today' : days === 1 ? '1 day ago' : `${days} days ago`);

/** When something was last used, in a few words: what the disk cannot tell is not claimed. */
export const lastUseText = (by: Used['by'], idleDays: number): string => {
  if (by === 'people') return `added or kept ${ago(idleDays)}`;
  return `${by === 'read' ? 'last read' : 'written'} ${ago(idleDays)}`;
};

/** What has to be known of these words. */
export const lastUseNote = (used: readonly Used['by'][]): string | undefined => {
  if (used.includes('change'))
    return 'The disk does not note when files are read: what counts is when they were written.';
  return used.includes('read') ? 'Disks note a reading once a day.' : undefined;
};
