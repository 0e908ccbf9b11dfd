import { rmSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { renderBackup } from '../../src/bot/outbox/upkeep/backup.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { silentLog } from '../../src/lib/log.ts';
import { bytesIn } from '../helpers/sent-document.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

const GROUP = -1_002_000_000_003;

let bot: BotBench;
afterEach(async () => {
  await bot?.close();
});

const captionOf = (message: SimMessage | undefined): string | undefined => message?.caption;

it('sends the owner a backup that is a database, with what it holds', async () => {
  bot = await openBot({ concurrency: 0 });
  bot.put('org/kept');
  expect(await bot.ask('/backup')).toBe('I make a backup of the database and check it; then it comes here.');
  const message = await bot.telegram.waitFor(() => bot.shown().find(({ document }) => document !== undefined));
  const [kept] = bot.store.backups.listBackupFiles();
  expect(message.document?.file_name).toBe(kept?.file);
  const database = gunzipSync(await bytesIn(bot.telegram, message));
  expect(database.subarray(0, 15).toString()).toBe('SQLite format 3');
  expect(database.includes('org/kept')).toBe(true);
  expect(
    captionOf(message)
      ?.replace(/[\d.]+ kB/, '… kB')
      .replace(kept?.file ?? '', 'FILE'),
  ).toBe(
    'Backup · done\n… kB, opened and checked. It stays on the machine too.\n' +
      'It holds what people have and set, no model files, and no key.',
  );
  expect(await bot.ask('/backup')).toMatch(/There is 1 backup so far, [\d.]+ kB in all; the newest is \d+ s old\.$/);
});

it('sends none into a group, where everybody would read it', async () => {
  bot = await openBot({ concurrency: 0 });
  bot.telegram.addGroup({ id: GROUP, type: 'supergroup', title: 'All', members: [ANN] });
  bot.store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'All' });
  bot.store.chats.setAccess(GROUP, 'approved');
  expect(await bot.ask('/backup', { chatId: GROUP })).toContain('Write /backup to me in our own chat');
  expect(bot.store.backups.nextBackup()).toBeUndefined();
});

it('says why none could be made', async () => {
  bot = await openBot({ concurrency: 0, log: silentLog });
  writeFileSync(bot.store.backups.folder, '');
  await bot.say('/backup');
  const { text } = await bot.sees('Backup · failed');
  expect(text).toMatch(
    /^Backup · failed\n.*backups is no folder that hubgram may write to \(EEXIST\)\. Check .+\n\/backup tries again\.$/,
  );
});

it('tells where it lies if Telegram would not take it, and of one that is gone', async () => {
  bot = await openBot({ concurrency: 0 });
  const { store } = bot;
  await bot.say('/backup');
  await bot.telegram.waitFor(() => bot.shown().find(({ document }) => document !== undefined));
  const { file = '' } = store.backups.listBackupFiles()[0] ?? {};
  const end = (id: number, sizeBytes: number): void => {
    store.backups.createBackup({ askedBy: ANN, updateId: 1000 + id });
    store.backups.endBackup(id, { file, sizeBytes });
  };
  const seen = (backupId: number, attempts = 0) =>
    renderBackup(store, { kind: 'backup', payload: { backupId }, attempts } as never);
  end(2, 50_000_001);
  expect(seen(2)?.document).toBeUndefined();
  expect(seen(2)?.text.text).toContain(
    `It is too large for Telegram: fetch it from the machine, ${store.backups.pathOf(file)}.`,
  );
  end(3, 50_000_000);
  expect(seen(3)?.document?.name).toBe(file);
  expect(seen(3, 3)?.document).toBeUndefined();
  expect(seen(3, 3)?.text.text).toContain('It did not get through to Telegram');
  rmSync(store.backups.pathOf(file) ?? '');
  expect(seen(3)?.document).toBeUndefined();
  expect(seen(3)?.text.text).toContain(`${file} has been removed since.`);
});
