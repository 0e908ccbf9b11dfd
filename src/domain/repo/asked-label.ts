import { isMagnet, magnetLabel } from './magnet.ts';
import { formatRepoRef, isRepoRef, parseRepoRef } from './repo.ts';

/**
 * What was asked for, as people are told of it: as it was typed, but of a link to the Hub what it names, and of a torrent what that is
 * called. Of any length.
 */
export const askedLabel = (ref: string): string => {
  if (isMagnet(ref)) return magnetLabel(ref);
  return /^https?:/i.test(ref) && isRepoRef(ref, []) ? formatRepoRef(parseRepoRef(ref)) : ref;
};
