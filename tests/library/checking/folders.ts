import { join } from 'node:path';

/** Where a program has its rows, and its models. */
export const databaseOf = (folder: string): string => join(folder, 'hubgram.db');
export const cacheOf = (folder: string): string => join(folder, 'hub');
