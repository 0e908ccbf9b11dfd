import { randomBytes } from 'node:crypto';

/** This run of the program. What bears another mark was left by one that was killed: one process at a time has a cache. */
export const RUN = randomBytes(4).toString('hex');

/** A name for what gets its place when it is made. */
export const temporaryName = (): string => `${RUN}${randomBytes(8).toString('hex')}.tmp`;

/** Names for many, one after the other. Whoever can tell the next one must not win by it: what lies there is not to be written to. */
export const createTemporaryNames = (): (() => string) => {
  const first = `${RUN}${randomBytes(8).toString('hex')}`;
  let named = 0;
  return () => `${first}-${(named += 1)}.tmp`;
};
