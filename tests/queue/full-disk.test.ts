import { afterEach, describe, expect, it } from 'vitest';
import { openTroubledStore, type TroubledStore } from '../store/full-disk.ts';
import { type Between, PATIENT, type QueueBench, sampleModel, setUp } from './setup.ts';

/** One range, of which no other connection takes over what is left when half of it is there. */
const SIZE = 2_000_000;
/** Of the download comes so much, two pieces as they are written, and the rest when it is let go. */
const HELD = 2 ** 20;
/** What connections that end may have had on their way, and the bodies of redirects. */
const UNDER_WAY = 500_000;
const ID = 'sample/big';
const repos = [sampleModel(ID, SIZE)];

let bench: QueueBench;
let disk: TroubledStore;

/** A queue whose database lies on a disk of its own that gets full. */
const setUpOnDisk = async (): Promise<void> => {
  const open: Between['open'] = (path, clock) => {
    disk = openTroubledStore(path, clock);
    return disk.store;
  };
  bench = await setUp({ repos }, {}, { open });
};

/** On that disk, a download that waits in the middle. */
const begun = async (): Promise<{ readonly id: number; readonly letGo: () => void }> => {
  await setUpOnDisk();
  const letGo = bench.hub.setFault({ kind: 'held', path: `${ID}/model`, bytes: HELD });
  const { id } = bench.add(1, ID);
  bench.queue.start();
  await expect.poll(() => bench.queue.snapshot(id)?.bytesReady, PATIENT).toBe(HELD + 2);
  return { id, letGo };
};
afterEach(async () => {
  await bench?.close();
});

describe('a disk under the database that gets full in the middle of a download', () => {
  it('lets it come to its end, says so, and writes that down when there is room', async () => {
    const { id, letGo } = await begun();
    disk.trouble('SQLITE_FULL');
    letGo();
    await expect
      .poll(() => bench.queue.trouble(id), PATIENT)
      .toMatch(/^The disk is full: nothing can be written down in /);

    // Time passes: tried now and then, and told once.
    for (let minute = 0; minute < 2; minute += 1) {
      const refused = disk.refusals();
      bench.clock.pass(60_000);
      await expect.poll(() => disk.refusals(), PATIENT).toBeGreaterThan(refused);
    }
    expect(bench.complaints.filter((one) => one.startsWith('What became of a download'))).toHaveLength(1);
    expect(bench.model(id).status).toBe('downloading');

    disk.trouble(undefined);
    bench.clock.pass(6000);
    await bench.reaches(id, 'completed');
    const history = bench.store.sessions.getDownloadHistory(id);
    expect(history).toMatchObject([{ status: 'completed', retryCount: 0, bytesDownloaded: SIZE + 2 }]);
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE + UNDER_WAY);
    expect(bench.notices(id)).toEqual(['completed']);
  });

  it('is no reason to fail for a run that had not begun', async () => {
    await setUpOnDisk();
    const { id } = bench.add(1, ID);
    disk.trouble('SQLITE_FULL');
    bench.queue.start();
    expect(bench.queue.trouble(id)).toMatch(/The disk is full/);
    disk.trouble(undefined);
    bench.clock.pass(6000);
    await bench.reaches(id, 'completed');
    expect(bench.queue.trouble(id)).toBeUndefined();
  });

  it('lets the program start, and takes back what a crash interrupted when there is room', async () => {
    await setUpOnDisk();
    const { id } = bench.add(1, ID);
    bench.store.models.moveModel(id, 'pending', 'downloading');
    disk.trouble('SQLITE_FULL');
    bench.queue.start();
    expect(bench.model(id).status).toBe('downloading');
    expect(bench.queue.trouble(id)).toMatch(/The disk is full/);
    disk.trouble(undefined);
    bench.clock.pass(6000);
    await bench.reaches(id, 'completed');
  });

  it('lets the program end', async () => {
    const { id, letGo } = await begun();
    disk.trouble('SQLITE_FULL');
    await bench.queue.close();
    disk.trouble(undefined);
    expect(bench.model(id).status).toBe('downloading');
    letGo();
    bench.restarted();
    await bench.reaches(id, 'completed');
  });
});

it('a download that was paused while the disk was full lets the program end, too', async () => {
  const { id } = await begun();
  expect(bench.queue.pause(id)).toBe(true);
  // The row was moved; what became of the run cannot be written any more.
  disk.trouble('SQLITE_FULL');
  await expect
    .poll(() => bench.complaints, PATIENT)
    .toContainEqual(expect.stringContaining('What became of a download'));
  await bench.queue.close();
  disk.trouble(undefined);
  expect(bench.model(id).status).toBe('paused');
});

describe('a disk under the database that fails', () => {
  it('is said in words and fails no download', async () => {
    const { id, letGo } = await begun();
    disk.trouble('SQLITE_IOERR_WRITE');
    letGo();
    await expect
      .poll(() => bench.queue.trouble(id) ?? '', PATIENT)
      .toMatch(/^The disk with .* does not take or give data: it is failing, gone, or a quota is used up\.$/);
    disk.trouble(undefined);
    bench.clock.pass(6000);
    await bench.reaches(id, 'completed');
  });
});

describe('a database that another program keeps for itself', () => {
  it('stops no download: the bytes go on coming, and what became of it is written down afterwards', async () => {
    const { id, letGo } = await begun();
    disk.trouble('SQLITE_BUSY');
    letGo();
    await bench.hub.waitForRequest(() => bench.hub.bytesSent() >= SIZE);
    await expect
      .poll(() => bench.queue.trouble(id), PATIENT)
      .toBe('The database is busy: another program is writing to it.');
    expect(bench.model(id).status).toBe('downloading');
    disk.trouble(undefined);
    bench.clock.pass(6000);
    await bench.reaches(id, 'completed');
    expect(bench.store.sessions.getDownloadHistory(id)).toMatchObject([{ retryCount: 0 }]);
    expect(bench.hub.bytesSent()).toBeLessThan(SIZE + UNDER_WAY);
    expect(bench.notices(id)).toEqual(['completed']);
  });

  it('costs no try of a download that cannot begin', async () => {
    await setUpOnDisk();
    const { id } = bench.add(1, ID);
    bench.queue.start();
    disk.trouble('SQLITE_BUSY');
    bench.clock.pass(6000);
    disk.trouble(undefined);
    bench.clock.pass(60_000);
    await bench.reaches(id, 'completed');
    expect(bench.store.sessions.getDownloadHistory(id)).toMatchObject([{ retryCount: 0 }]);
  });
});
