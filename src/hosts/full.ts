/**
 * Whether Redis has refused to keep something because it has no room left: with `noeviction` it forgets nothing for that, and goes on
 * answering what is read. It says so by its own word, also for a command within a script.
 */
export const isFull = (error: unknown): boolean =>
  error instanceof Error &&
  (/^(?:ReplyError: )?OOM\b|\bOOM command not allowed\b/.test(error.message) ||
    (error.cause !== undefined && isFull(error.cause)));

/** What people are told of it. @param host the name of a machine that is reached by it */
export const fullText = (host: string): string =>
  `Redis, by which ${host} is reached, is full and takes nothing new. Give it more memory (maxmemory), or look what fills it; what runs goes on meanwhile.`;
