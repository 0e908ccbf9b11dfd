import { statfsSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** More than all workers together ever have on their disks. */
const ROOM_BYTES = 3e9;

/**
 * Tests wait four times as long as they work: with eight files at a time the two cores of a small machine had an eighth of their time
 * nothing to do.
 */
const MOST_WORKERS = 12;
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

/** What takes a minute or two whatever the machine: whoever began with one last would wait for it with idle cores. */
const LONGEST = ['secrets', 'torrents', 'torrent-seeds', 'hosts-control', 'chat-page'];
/** So many other files begin behind each journey. */
const BESIDE = 8;

/** Journeys, and the tests of the browser, wait most of their time while others compute: they begin among those, so that both cores have work all the while. */
class JourneysAmongOthers extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isJourney = ({ moduleId }: TestSpecification): boolean => /\/tests\/(journeys|browser)\//.test(moduleId);
    const isShorter = ({ moduleId }: TestSpecification): number =>
      Number(!LONGEST.some((name) => moduleId.endsWith(`/${name}.test.ts`)));
    const journeys = sorted.filter(isJourney).toSorted((one, other) => isShorter(one) - isShorter(other));
    const others = sorted.filter((file) => !isJourney(file));
    const begun = journeys.flatMap((journey, at) => [journey, ...others.slice(at * BESIDE, (at + 1) * BESIDE)]);
    return [...begun, ...others.slice(journeys.length * BESIDE)];
  }
}

export default defineConfig({
  test: {
    include: ['{tests,playground/tests}/**/*.test.ts'],
    // Not how long a test takes: when it is given up. A machine that is busy with other things is slow, not wrong.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    globalSetup: ['tests/helpers/compiled.ts', 'tests/helpers/lent-folder.ts'],
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
    // Buffers count there like all else: by itself V8 collects all that there is whenever 64 MB of them have come.
    execArgv: [`--initial-heap-size=${HEAP_MB}`, '--external-memory-accounted-in-global-limit'],
    sequence: { sequencer: JourneysAmongOthers },
    // Of what runs in the test's own process: programs that a test starts, and threads, are not counted.
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['html', 'text-summary'] },
  },
});
