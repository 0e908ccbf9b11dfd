import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SampleHub } from './hub/sample-hub.ts';

/** More than anybody publishes by hand. */
const TIMES_MOST = 1000;

const readTimes = async (file: string): Promise<readonly (readonly [string, unknown])[]> => {
  try {
    const read: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof read === 'object' && read !== null ? Object.entries(read) : [];
  } catch {
    // The first start, or a file that somebody has changed: each is at its first version then.
    return [];
  }
};

/**
 * The library outlives the sample Hub, which would begin at the first versions again: what is older would be told as newer.
 * What people published by its pages is published again at the start, and kept whenever they do so.
 */
export const keepPublished = async (hub: SampleHub, dataDir: string): Promise<void> => {
  const file = join(dataDir, 'published.json');
  const known = hub.timesPublished();
  for (const [id, times] of await readTimes(file)) {
    if (known[id] === undefined || typeof times !== 'number') continue;
    for (let time = 0; time < Math.min(times, TIMES_MOST); time += 1) hub.publishNext(id);
  }
  const write = async (times: string): Promise<void> => {
    await writeFile(`${file}.tmp`, times);
    await rename(`${file}.tmp`, file);
  };
  let written = Promise.resolve();
  hub.onRequest(({ method, path, done }) => {
    if (method !== 'POST' || !done || !path.endsWith('/publish')) return;
    const times = JSON.stringify(hub.timesPublished());
    // Best effort: a disk that takes nothing keeps nobody from publishing.
    written = written.then(() => write(times)).catch(() => undefined);
  });
};
