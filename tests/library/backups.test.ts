import { writeFileSync, rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isQuiet } from '../../src/bot/outbox/notice.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createBackups, type Backups, type BackupsDeps } from '../../src/library/keeping/backups.ts';
import { type Bench, openBench } from '../store/setup.ts';

const ANN = 1001;
const BOB = 1002;
const DAY = 86_400_000;

interface Keeping extends Bench {
  readonly backups: Backups;
  /** Who was told of which backup, and what became of it. */
  readonly told: () => readonly unknown[];
  readonly files: () => number;
}

const open = (deps: Partial<BackupsDeps> = {}): Keeping => {
  const bench = openBench();
  const { store, clock } = bench;
  for (const userId of [ANN, BOB]) {
    store.users.upsertUser({ userId, firstName: 'A', username: null });
    store.users.setRole(userId, 'owner');
  }
  const backups = createBackups({ store, kept: () => 7, isSent: () => false, clock, log: silentLog, ...deps });
  return {
    ...bench,
    backups,
    told: () =>
      store.outbox
        .dueNotices(clock.iso(), 100)
        .flatMap((notice) =>
          notice.kind === 'backup' ? [[notice.chatId, store.backups.getBackup(notice.payload.backupId)?.state]] : [],
        ),
    files: () => store.backups.listBackupFiles().length,
  };
};

/** Nothing can be written where the backups are to lie. */
const block = ({ store }: Bench): (() => void) => {
  writeFileSync(store.backups.folder, '');
  return () => rmSync(store.backups.folder);
};

it('is made for the owner who asks, once for one message, and that owner is told', async () => {
  const { backups, store, told, files, clock } = open();
  backups.request({ askedBy: ANN, updateId: 5 });
  backups.request({ askedBy: ANN, updateId: 5 });
  await backups.look();
  expect(told()).toEqual([[ANN, 'done']]);
  expect(store.outbox.dueNotices(clock.iso(), 9).map(isQuiet)).toEqual([false]);
  expect(files()).toBe(1);
  expect(store.backups.getBackup(1)).toMatchObject({ state: 'done', file: store.backups.listBackupFiles()[0]?.file });
});

it('is told of to nobody who has been taken out of the owners meanwhile', async () => {
  const { backups, store, told } = open();
  backups.request({ askedBy: BOB, updateId: 5 });
  store.users.setRole(BOB, 'member');
  await backups.look();
  expect(told()).toEqual([]);
});

it('is made each night once, however often the round is begun, and without a word', async () => {
  const { backups, clock, told, files } = open();
  for (const wait of [0, 60_000, DAY, 60_000]) {
    clock.move(wait);
    backups.beginNightly();
    await backups.look();
  }
  expect(files()).toBe(2);
  expect(told()).toEqual([]);
});

it('is made in the night after the clock was set back, too', async () => {
  const { backups, clock, files } = open();
  clock.move(30 * DAY);
  backups.beginNightly();
  await backups.look();
  clock.move(-30 * DAY);
  backups.beginNightly();
  await backups.look();
  expect(files()).toBe(2);
});

it('is sent to all owners after the night, without a sound, if they want that', async () => {
  const { backups, told, store, clock } = open({ isSent: () => true });
  backups.beginNightly();
  await backups.look();
  expect(told()).toEqual([
    [ANN, 'done'],
    [BOB, 'done'],
  ]);
  expect(store.outbox.dueNotices(clock.iso(), 9).map(isQuiet)).toEqual([true, true]);
});

it('stays as long as it is one of the newest; without nightly ones, what was asked for stays', async () => {
  let kept = 2;
  const { backups, clock, files } = open({ kept: () => kept });
  for (let night = 0; night < 4; night += 1) {
    backups.beginNightly();
    await backups.look();
    clock.move(DAY);
  }
  expect(files()).toBe(2);
  kept = 0;
  backups.beginNightly();
  await backups.look();
  expect(files()).toBe(2);
  backups.request({ askedBy: ANN, updateId: 9 });
  await backups.look();
  expect(files()).toBe(1);
});

it('that fails night after night is told once, and again after one has worked', async () => {
  const bench = open();
  const { backups, clock, told, store } = bench;
  const night = async (): Promise<void> => {
    backups.beginNightly();
    await backups.look();
    clock.move(DAY);
  };
  let unblock = block(bench);
  await night();
  await night();
  expect(told()).toHaveLength(2);
  unblock();
  await night();
  expect(store.backups.lastEndedNightly()?.state).toBe('done');
  expect(told()).toHaveLength(2);
  rmSync(store.backups.folder, { recursive: true });
  unblock = block(bench);
  await night();
  expect(told()).toHaveLength(4);
  expect(told()[0]).toEqual([ANN, 'failed']);
  unblock();
});

it('that somebody asked for is told of each time that it fails', async () => {
  const bench = open();
  block(bench);
  for (const updateId of [1, 2]) {
    bench.backups.request({ askedBy: ANN, updateId });
    await bench.backups.look();
  }
  expect(bench.told()).toEqual([
    [ANN, 'failed'],
    [ANN, 'failed'],
  ]);
});

it('that the end of the program broke off is made by the next start', async () => {
  const { backups, store, clock, files, told } = open();
  backups.request({ askedBy: ANN, updateId: 5 });
  const looking = backups.look();
  await backups.close();
  await expect(looking).rejects.toThrow('closing');
  expect([files(), told()]).toEqual([0, []]);
  await createBackups({ store, kept: () => 7, isSent: () => false, clock, log: silentLog }).look();
  expect([files(), told()]).toEqual([1, [[ANN, 'done']]]);
});
