import { createHash } from 'node:crypto';
import type { Copy } from '../copy.ts';

/** Of the digest; that is told apart which has the same number, not everything there is. */
const DIGITS = 12;

/**
 * What a job is known by to whoever carries it out, over restarts of either side: of one copy, of one time that it was wanted, for one
 * branch or tag. Numbers alone would not do: in a database that was restored from a backup they are given once more, to something
 * else. Letters, digits and hyphens; no more than 64 characters.
 */
export const jobKey = (copy: Copy, revision: string): string => {
  const { id, generation, source, repoType, name, commitSha, selection } = copy;
  const what = JSON.stringify([source, repoType, name, commitSha, selection, revision]);
  return `c-${id}-g${generation}-${createHash('sha256').update(what).digest('hex').slice(0, DIGITS)}`;
};
