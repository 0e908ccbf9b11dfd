/* copies/apps: names in the folders of other programs that lead to files of a copy; never over what is not ours. */

import { link, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { repoPaths } from '../../cache/layout.ts';
import { AppError, messageOf } from '../../domain/errors.ts';
import { diskFailure } from '../../domain/failures/disk-failure.ts';
import { systemClock } from '../../lib/clock.ts';
import { type LinkFunctions, lookAtOne, makeOne, removeOne } from './file-link.ts';
import { isAddress, lookInOllama, makeInOllama, removeFromOllama } from './ollama.ts';
import { createSilentServers, type SilentServers } from './silent-servers.ts';
import type { LinkFound, LinkMade, LinkNoted, LinksMade, LinksWanted } from './wanted.ts';

const REAL = { link, symlink, rename };

/**
 * Shows files of a snapshot to other programs.
 * @param fs what links are made with, if not Node's own
 * @returns what became of each, in their order
 * @throws the signal's reason
 */
export const makeLinks = async (
  cacheDir: string,
  { repoFolder, commit, links }: LinksWanted,
  signal: AbortSignal,
  fs: LinkFunctions = REAL,
): Promise<readonly LinkMade[]> => {
  const paths = repoPaths(cacheDir, repoFolder);
  const made: LinkMade[] = [];
  for (const one of links) {
    signal.throwIfAborted();
    const { ollama } = one;
    try {
      const snapshot = { paths, commit, fs };
      made.push(await (ollama ? makeInOllama(snapshot, { ...one, ollama }, signal) : makeOne(snapshot, one)));
    } catch (error) {
      signal.throwIfAborted();
      const failure = diskFailure(error, join(one.folder, one.path));
      if (!(failure instanceof AppError)) throw failure;
      made.push({ state: 'refused', message: messageOf(failure) });
    }
  }
  return made;
};

/** Asks of each. A folder that is a link by now, a disk that is read-only, a server that is away: then nobody knows. */
const ofEach = async (
  links: readonly LinkNoted[],
  ask: (one: LinkNoted) => Promise<LinkFound>,
): Promise<readonly LinkFound[]> => {
  const found: LinkFound[] = [];
  for (const one of links) {
    found.push(
      await ask(one).catch((error: unknown) => {
        if (diskFailure(error) instanceof AppError) return 'unknown';
        throw error;
      }),
    );
  }
  return found;
};

/**
 * @param servers asks where a link lies in no folder, and knows who was silent; of this call alone if not given
 * @returns what lay at each place, in their order: what was hubgram's (`there`) is gone now, the rest is left
 */
export const removeLinks = (
  cacheDir: string,
  { repoFolder, links }: LinksMade,
  servers: SilentServers = createSilentServers(systemClock),
): Promise<readonly LinkFound[]> => {
  const paths = repoPaths(cacheDir, repoFolder);
  return ofEach(links, (one) =>
    isAddress(one.folder) ? servers.ask(one.folder, () => removeFromOllama(one)) : removeOne(paths, one),
  );
};

/**
 * @param servers asks where a link lies in no folder, and knows who was silent; of this call alone if not given
 * @returns what lies at each place, in their order
 */
export const lookAtLinks = (
  cacheDir: string,
  { repoFolder, links }: LinksMade,
  servers: SilentServers = createSilentServers(systemClock),
): Promise<readonly LinkFound[]> => {
  const paths = repoPaths(cacheDir, repoFolder);
  return ofEach(links, (one) =>
    isAddress(one.folder) ? servers.ask(one.folder, () => lookInOllama(one)) : lookAtOne(paths, one),
  );
};
