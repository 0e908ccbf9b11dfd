import { afterEach, describe, expect, it } from 'vitest';
import { EVER } from '../helpers/clock.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GB = 1e9;
const DISK = { freeBytes: 100 * GB, floorBytes: 2 * GB, comingBytes: 120 * GB, othersBytes: 5 * GB };
const TOLD = { lastedMs: 0, wellMs: 0, isTold: true };

let bench: BotBench;
afterEach(async () => {
  await bench?.close();
});

describe('what owners are told unasked', () => {
  it('says that nothing comes, why, and what to look at; then that something does', async () => {
    bench = await openBot({ concurrency: 0 });
    const { store } = bench;
    store.watching.putTrouble('stalled', TOLD);
    store.outbox.addNotice({ chatId: ANN, kind: 'downloads_stalled', payload: { why: 'The Hub cannot be reached.' } });
    expect((await bench.sees('Downloads · nothing')).text).toBe(
      'Downloads · nothing has come for an hour\n' +
        'There is something to download, and not a byte of it comes.\n' +
        'The last error: The Hub cannot be reached.\n' +
        'Look whether this machine reaches the internet and the Hub. I go on trying, and say when something comes. /queue shows what waits.',
    );
    expect(await bench.ask('/status')).toMatch(/^Status · nothing has come for an hour\nDownloads are tried again/);
    store.watching.putTrouble('stalled', undefined);
    store.outbox.addNotice({ chatId: ANN, kind: 'downloads_go_on' });
    expect((await bench.sees('Downloads · going on')).text).toBe('Downloads · going on\nSomething comes again.');
    expect(await bench.ask('/status')).toMatch(/^Status · well\n/);
  });

  it('says that the disk fills up, and by what', async () => {
    bench = await openBot({ concurrency: 0 });
    const { store } = bench;
    store.watching.putTrouble('disk', TOLD);
    store.outbox.addNotice({ chatId: ANN, kind: 'disk_filling', payload: DISK });
    expect((await bench.sees('Disk · ')).text).toBe(
      'Disk · full within a day\n' +
        '100 GB are free, and 2 GB are to be kept free.\n' +
        'What downloads and waits takes 120 GB more.\n' +
        'Other programs take 5 GB a day, if they go on as in the last hours.\n' +
        'What finds no room waits, and goes on when there is some. /storage shows what could go.',
    );
    store.outbox.addNotice({
      chatId: ANN,
      kind: 'disk_filling',
      payload: { freeBytes: GB, floorBytes: 2 * GB, comingBytes: 0, othersBytes: 0 },
    });
    expect((await bench.sees('Disk · full\n')).text).toContain(
      '1 GB are free, and 2 GB are to be kept free.\nWhat finds no room',
    );
    expect(await bench.ask('/status')).toMatch(/^Status · the disk will be full within a day\n\/storage shows/);
  });

  it('says that Telegram cannot bring what people write, and then that it can', async () => {
    bench = await openBot({ concurrency: 0 });
    const { store } = bench;
    store.watching.putTrouble('webhook', TOLD);
    store.outbox.addNotice({ chatId: ANN, kind: 'webhook_unreached', payload: { why: 'Connection refused' } });
    expect((await bench.sees('Webhook · Telegram')).text).toBe(
      'Webhook · Telegram cannot reach it\n' +
        'I can write, and hear nobody: what people write and tap does not get here.\n' +
        'Telegram says: Connection refused\n' +
        'Look at the reverse proxy on the machine; docs/deploying.md has one that works. Telegram keeps what is written for a day, and brings it then.',
    );
    store.watching.putTrouble('webhook', undefined);
    store.outbox.addNotice({ chatId: ANN, kind: 'webhook_reached' });
    expect((await bench.sees('Webhook · reached')).text).toBe(
      'Webhook · reached again\nWhat people write gets here again.',
    );
  });

  it('is not said to who is no owner, nor of what is over by then', async () => {
    bench = await openBot({ concurrency: 0 });
    const { store } = bench;
    store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    store.users.setRole(BOB, 'member');
    store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
    store.watching.putTrouble('disk', TOLD);
    store.outbox.addNotice({ chatId: BOB, kind: 'disk_filling', payload: DISK });
    store.outbox.addNotice({ chatId: BOB, kind: 'downloads_go_on' });
    store.outbox.addNotice({ chatId: BOB, kind: 'webhook_reached' });
    store.outbox.addNotice({ chatId: ANN, kind: 'webhook_unreached', payload: { why: '' } });
    store.outbox.addNotice({ chatId: ANN, kind: 'downloads_stalled', payload: { why: null } });
    await bench.say('/help');
    await expect.poll(() => store.outbox.dueNotices(EVER, 1)).toEqual([]);
    expect(bench.shown(BOB)).toEqual([]);
    expect(bench.shown().map(({ text = '' }) => text.split('\n')[0])).toEqual(['What I understand:']);
  });
});
