/* app/cache: nothing is downloaded into a folder whose disk is away: it is waited for. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Log } from '../../lib/log.ts';
import { isBelow, type Mount, mountPointOf, watchMount } from '../../lib/disk/mount.ts';

/** How long a disk is left alone that is not mounted. */
const WAIT_MS = 5000;

/** Beside the database, and in no backup of it: on another machine it would say nothing. */
const FILE = 'cache-mount.json';

const noteSchema = z.object({
  folder: z.string(),
  /** Where the disk of that folder was mounted. */
  mount: z.string(),
});

const readNote = (file: string): z.infer<typeof noteSchema> | undefined => {
  try {
    return noteSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    // It is the first start, or somebody has said by this that another disk is right.
    return undefined;
  }
};

const writeNote = (file: string, folder: string, mount: string, log: Log): void => {
  try {
    writeFileSync(file, `${JSON.stringify({ folder, mount })}\n`, { mode: 0o600 });
  } catch (error) {
    log.warn({ err: error }, 'Where the disk of the models is mounted could not be noted');
  }
};

export interface MountDeps {
  /** Where models go. */
  readonly cacheDir: string;
  readonly dataDir: string;
  readonly log: Log;
  /** The system's answer if not given. */
  readonly mountPoint?: (folder: string) => Promise<string>;
}

/**
 * A folder on a disk that is not mounted is there all the same, and empty: all models would seem to be gone, and new ones would fill
 * the machine's own disk (gotson/komga#136, qbittorrent/qBittorrent#5516). So it is noted where that disk was mounted, and waited for.
 * @throws the signal's reason
 */
export const waitForMount = async (
  { cacheDir, dataDir, log, mountPoint = mountPointOf }: MountDeps,
  signal: AbortSignal,
): Promise<Mount> => {
  const file = join(dataDir, FILE);
  for (let isTold = false; ; isTold = true) {
    signal.throwIfAborted();
    const point = await mountPoint(cacheDir);
    const note = readNote(file);
    const isMissing = note?.folder === cacheDir && isBelow(note.mount, point);
    if (!isMissing) {
      if (note?.folder !== cacheDir || note.mount !== point) writeNote(file, cacheDir, point, log);
      return watchMount(cacheDir, point);
    }
    if (!isTold)
      log.error(
        { cache: cacheDir },
        `The disk with the models is not mounted at ${note.mount}: hubgram waits until it is. If they lie on another disk from now on, remove ${file}`,
      );
    await sleep(WAIT_MS, undefined, { signal });
  }
};
