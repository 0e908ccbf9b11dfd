import { randomBytes } from 'node:crypto';

/** This run of the program. What bears another mark was left by one that was killed: one process at a time has a cache. */
export const RUN = randomBytes(4).toString('hex');

/** A name for what gets its place when it is made. */
export const temporaryName = (): string => `${RUN}${randomBytes(8).toString('hex')}.tmp`;
