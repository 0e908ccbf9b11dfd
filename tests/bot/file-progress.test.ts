import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createRunningClock, type TestClock } from '../helpers/clock.ts';
import { openTroubledStore, type TroubledStore } from '../store/full-disk.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

const NAME = 'org/one';
const REPO = defineRepo({
  id: NAME,
  files: [
    { path: 'config.json', content: '{}' },
    { path: 'model.safetensors', size: 3000 },
  ],
});
const PATIENT = { interval: 10, timeout: 60_000 } as const;
/** Longer than anything is put off. */
const PAUSE_MS = 120_000;
const YEAR_MS = 365 * 24 * 3_600_000;

let bench: BotBench;
afterEach(() => bench?.close());

interface Opened {
  readonly id: number;
  readonly clock: TestClock;
  readonly disk: TroubledStore;
}

/** With a model of two files, the second as large as this. */
const open = async (size = 3000): Promise<Opened> => {
  const clock = createRunningClock();
  const disks: TroubledStore[] = [];
  const openStore = (path: string, by: Clock) => {
    const disk = openTroubledStore(path, by);
    disks.push(disk);
    return disk.store;
  };
  bench = await openBot({ hub: { repos: [REPO] }, clock, log: silentLog, open: openStore });
  await bench.say(`/add ${NAME} quantize=all`);
  await bench.sees(/^org\/one:all · completed\n[^\n]+, verified/);
  const model = bench.store.models.getModelByName(ANN, NAME);
  const place = realpathSync(join(model?.downloadPath ?? '', 'model.safetensors'));
  truncateSync(place, size);
  const sha256 = createHash('sha256').update(readFileSync(place)).digest('hex');
  bench.store.copies.setLearned(model?.copyId ?? 0, { 'model.safetensors': { sha256, size } });
  return { id: model?.id ?? 0, clock, disk: disks[0] as TroubledStore };
};

const documents = (): readonly SimMessage[] => bench.shown().filter(({ document }) => document !== undefined);
const documentComes = (): Promise<SimMessage | undefined> => bench.telegram.waitFor(() => documents()[0]);

/** What says how far the file is. */
const told = (): readonly SimMessage[] => bench.shown().filter(({ text }) => text?.startsWith('model.safetensors · '));

const attempts = (): number | undefined => bench.store.fileSends.listFileSends(1)[0]?.attempts;

/** Lets time go by until something is so. */
const passUntil = (clock: TestClock, ms: number, isSo: () => boolean): Promise<void> =>
  expect
    .poll(() => {
      clock.pass(ms);
      return isSo();
    }, PATIENT)
    .toBe(true);

describe('how far a file is', () => {
  it('is said in one message while nothing can be written down, which goes when the file is there', async () => {
    const { id, clock, disk } = await open(9_000_000);
    const goOn = bench.telegram.holdUploads(100_000);
    await bench.say(`/file #${id} model`);
    await expect.poll(attempts, PATIENT).toBe(0);
    disk.trouble('SQLITE_FULL');
    // Not so fast that it stalls before it is told how far it is.
    await passUntil(clock, 20, () => told().some(({ text }) => text?.includes(' sending, ') === true));
    const [first] = told();
    // Nothing moves any more: it is given up, and waits for another try.
    await passUntil(clock, 1000, () => told().some(({ text }) => text?.includes(' waits for its turn ') === true));
    expect(told().map(({ message_id: message }) => message)).toEqual([first?.message_id]);
    disk.trouble(undefined);
    goOn();
    await passUntil(clock, 20, () => documents().length === 1);
    await expect.poll(() => told(), PATIENT).toEqual([]);
  });

  it('is no secret to who has deleted that message: why the file does not come is said anew', async () => {
    const { id, clock } = await open();
    bench.telegram.setFault({ method: 'sendDocument', kind: '500', times: Number.POSITIVE_INFINITY });
    await bench.say(`/file #${id} model`);
    await passUntil(clock, 100, () => told().length === 1 && (attempts() ?? 0) >= 1);
    bench.telegram.deleteMessage(ANN, told()[0]?.message_id ?? 0);
    const isOver = (): boolean => bench.store.fileSends.countFileSends(ANN) === 0;
    await passUntil(clock, PAUSE_MS, isOver);
    await bench.sees(/^model\.safetensors did not get through to Telegram, however often I tried/);
  });
});

it('a file that was put off is sent, though the clock was set back by a year meanwhile', async () => {
  const { id, clock } = await open();
  bench.telegram.setFault({ method: 'sendDocument', kind: 'reset', times: 1 });
  await bench.say(`/file #${id} config.json`);
  await expect.poll(attempts, PATIENT).toBe(1);
  clock.turn(-YEAR_MS);
  expect((await documentComes())?.document?.file_name).toBe('config.json');
});
