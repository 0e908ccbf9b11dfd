import Database from 'better-sqlite3';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { BOOT_ID, writeStamped } from '../../src/lib/boot-id.ts';
import { migrateDatabase } from '../../src/store/database/migrate.ts';
import { type AppWorld, ONE_CONNECTION, openAppWorld } from '../helpers/app.ts';
import { blobNameOf } from '../helpers/blob-name.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { leftIn } from '../helpers/partials.ts';
import { ANN, BOB } from '../helpers/stand-ins.ts';

/*
 * `earlier/*.sql` hold the rows of two versions that were killed (kill -9) half-way through a download which two people
 * wanted, as sqlite3 tells them. What lay on the disk beside them is made anew: bytes, and a note of them.
 */

const SIZE = 8_000_000;
/** So much of the weights had come, as the rows say. */
const CAME = 3_670_016;
const NAME = 'sample/large';
const repo = defineRepo({
  id: NAME,
  files: [
    { path: 'model.safetensors', size: SIZE },
    { path: 'config.json', content: '{}' },
  ],
});
/** A minute later. */
const THEN = Date.UTC(2026, 10, 29, 8, 25);
/** Bodies of redirects, and pages about the repository. */
const OTHER_BYTES = 20_000;

const VERSIONS = [
  { name: 'before-copies', schema: 15 },
  { name: 'before-control-files', schema: 16 },
] as const;

/** What Telegram has of it: a command of each, and a card that answers it. @returns the cards' ids */
const tell = async ({ telegram }: AppWorld): Promise<number[]> => {
  const ids: number[] = [];
  for (const chatId of [ANN, BOB]) {
    telegram.say(chatId, chatId, `/add ${NAME}`);
    const answer = await fetch(`${telegram.apiRoot}/bot${telegram.token}/sendMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ chat_id: chatId, text: `${NAME} · downloading` }),
    });
    const { result } = (await answer.json()) as { result: { message_id: number } };
    ids.push(result.message_id);
  }
  return ids;
};

const putRows = ({ dataDir }: AppWorld, { name, schema }: (typeof VERSIONS)[number]): void => {
  const path = join(dataDir, 'hubgram.db');
  mkdirSync(dataDir);
  migrateDatabase(path, schema, { clock: createRunningClock(THEN) });
  const db = new Database(path);
  // They come in no order.
  db.pragma('foreign_keys = OFF');
  db.exec(readFileSync(join(import.meta.dirname, 'earlier', `${name}.sql`), 'utf8'));
  db.close();
};

/** The small file whole, and the beginning of the weights with a note of what the kernel had, which is all of it. */
const putFiles = ({ hub, cacheDir }: AppWorld): void => {
  const folder = join(cacheDir, 'models--sample--large');
  for (const { path, content, etag } of hub.commitOf(NAME).files) {
    const isSmall = path === 'config.json';
    const target = isSmall ? join(folder, 'blobs', etag()) : join(folder, '.hubgram', `${etag()}.part`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content.read(0, isSmall ? content.size : CAME));
    if (isSmall) continue;
    truncateSync(target, SIZE);
    if (BOOT_ID !== undefined) writeFileSync(`${target}.claim`, writeStamped({ ranges: [{ start: 0, end: CAME }] }));
  }
};

it.each(VERSIONS)(
  'what a version $name was downloading for two people goes on in the same cards, at the byte, with one notice each',
  async (version) => {
    const world = await openAppWorld({ hub: { repos: [repo] }, clock: createRunningClock(THEN), isFirstStart: true });
    onTestFinished(() => world.close());
    const cards = await tell(world);
    putRows(world, version);
    putFiles(world);
    await world.start({ ...ONE_CONNECTION, HUBGRAM_OWNERS: `${ANN},${BOB}` });
    for (const chatId of [ANN, BOB]) {
      await world.sees(chatId, 'files verified');
      await world.sees(chatId, 'verified and ready');
    }
    expect([ANN, BOB].map((chatId) => world.shown(chatId).length)).toEqual([2, 2]);
    for (const [at, chatId] of [ANN, BOB].entries()) {
      expect(world.shown(chatId)).toMatchObject([
        { message_id: cards[at], text: expect.stringMatching(/^sample\/large · completed\n8 MB.*\n2 files verified/) },
        { text: expect.stringContaining('verified and ready') },
      ]);
    }
    expect(world.hub.bytesSent()).toBeGreaterThanOrEqual(SIZE - CAME);
    expect(world.hub.bytesSent()).toBeLessThan(SIZE - CAME + OTHER_BYTES);
    const { id: commit, files } = world.hub.commitOf(NAME);
    for (const { path, etag } of files) {
      const content = readFileSync(join(world.cacheDir, 'models--sample--large/snapshots', commit, path));
      expect(blobNameOf(content, etag())).toBe(etag());
    }
    expect(await leftIn(world.cacheDir)).toEqual([]);
  },
);
