import { statfsSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** More than all workers together ever have on their disks. */
const ROOM_BYTES = 2e9;

/** Tests wait twice as long as they work: eight files at a time keep the two cores of a small machine busy. */
const MOST_WORKERS = 8;
const LEAST_WORKERS = 4;
/** What a worker takes in the end, with the programs that its tests start. */
const WORKER_BYTES = 1.5e9;
const WORKERS = Math.max(LEAST_WORKERS, Math.min(MOST_WORKERS, Math.floor(totalmem() / WORKER_BYTES)));

/**
 * Until a worker has taken so much, nothing of it is collected: that of what tests make, megabytes of bytes among it, takes a tenth of
 * their processor time. All workers together stay within a quarter of the memory that there is.
 */
const HEAP_MB = Math.min(512, Math.floor(totalmem() / 2 ** 20 / 4 / WORKERS));

/** What a test writes need not outlive a power loss: where a disk in memory has room, nobody waits for a real one. */
const temporary = (): string => {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize > ROOM_BYTES ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
};

/** Journeys first: they wait most, and one that is left to the end is waited for by idle cores. */
class JourneysFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLater = ({ moduleId }: TestSpecification): number => (moduleId.includes('/journeys/') ? 0 : 1);
    return (await super.sort(files)).toSorted((one, other) => isLater(one) - isLater(other));
  }
}

export default defineConfig({
  test: {
    include: ['{tests,playground/tests}/**/*.test.ts'],
    // Not how long a test takes: when it is given up. A machine that is busy with other things is slow, not wrong.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    setupFiles: ['tests/helpers/worker.ts'],
    // No module keeps state of its own: a worker that has read the code need not read it again for the next file.
    isolate: false,
    // Node runs the sources as they are, here too: what vite makes of them asks for each name that is imported whenever it is used, and
    // every worker would have all of it translated anew.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    env: {
      TMPDIR: temporary(),
      // Every download begins a thread: what Node makes of its sources is kept, which halves how long that takes.
      NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/hubgram', import.meta.url)),
    },
    maxWorkers: WORKERS,
    execArgv: [`--initial-heap-size=${HEAP_MB}`],
    sequence: { sequencer: JourneysFirst },
    // Of what runs in the test's own process: programs that a test starts, and threads, are not counted.
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['html', 'text-summary'] },
  },
});
