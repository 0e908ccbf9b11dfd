import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { type SampleHub, startSampleHub } from '../../playground/hub/sample-hub.ts';
import type { SampleRepo } from '../../playground/hub/repos/sample-repo.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../helpers/database.ts';
import { partialsIn } from '../helpers/partials.ts';
import { PATIENT } from './setup.ts';

const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url));

/** A folder and a Hub for queues in processes of their own, one after the other, each of which may be killed. */
export interface ChildQueues {
  readonly hub: SampleHub;
  readonly cacheDir: string;
  /** What the database holds, while no process has it. */
  readonly inStore: <T>(work: (store: Store) => T) => T;
  /** @returns its exit code, once it has nothing left to do */
  readonly runToItsEnd: () => Promise<number | null>;
  /** Begins one, and kills it once so many bytes are noted in partial files, and the content of these names is there, whole. */
  readonly killAt: (bytes: number, whole?: readonly string[]) => Promise<void>;
}

export const openChildQueues = async (repo: SampleRepo): Promise<ChildQueues> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-killed-'));
  const hub = await startSampleHub({ repos: [repo] });
  onTestFinished(async () => {
    await hub.close();
    await rm(folder, { recursive: true, force: true });
  });
  const cacheDir = join(folder, 'hub');
  const start = () => {
    const child = spawn(process.execPath, [CHILD, folder, hub.url], { stdio: ['ignore', 'ignore', 'inherit'] });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return { child, exited: once(child, 'exit') };
  };
  // All of it is noted, as it is once a second.
  const noted = async (): Promise<number> => (await partialsIn(cacheDir)).reduce((sum, { bytes }) => sum + bytes, 0);
  const areThere = async (etags: readonly string[]): Promise<boolean> => {
    const paths = await readdir(cacheDir, { recursive: true }).catch(() => []);
    return etags.every((etag) => paths.some((path) => path.endsWith(join('blobs', etag))));
  };
  return {
    hub,
    cacheDir,
    inStore: (work) => {
      const store = openTestStore(join(folder, 'hubgram.db'));
      try {
        return work(store);
      } finally {
        store.close();
      }
    },
    runToItsEnd: async () => {
      const [code] = (await start().exited) as [number | null];
      return code;
    },
    killAt: async (bytes, whole = []) => {
      const { child, exited } = start();
      await expect.poll(async () => (await areThere(whole)) && noted(), PATIENT).toBe(bytes);
      child.kill('SIGKILL');
      await exited;
    },
  };
};
