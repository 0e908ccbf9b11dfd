import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SentDocument } from '../../playground/telegram/people/people.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN, BOB } from '../helpers/stand-ins.ts';

let world: AppWorld;

beforeEach(async () => {
  world = await openAppWorld();
});

afterEach(() => world.close());

const send = (document: SentDocument, userId = ANN, chatId = userId): SimMessage =>
  world.telegram.sendDocument(userId, chatId, document);

const place = (...path: readonly string[]): string => join(world.dataDir, 'files', ...path);

/** Looks into the database beside the bot. */
const ask = <T>(work: (database: Database.Database) => T): T => {
  const database = new Database(join(world.dataDir, 'hubgram.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
};

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

it('keeps a document with /keep under it, as a model of the library with its hash, and says that nobody has verified it', async () => {
  await world.start();
  const data = randomBytes(300_000);
  send({ name: 'my notes.bin', data, caption: '/keep' });
  const card = await world.sees(ANN, /files\/custom\/my-notes\.bin · completed\n300 kB.*\nNot verified/);
  expect(card.reply_to_message?.document?.file_name).toBe('my notes.bin');
  const file = place('custom', 'my-notes.bin');
  expect(await readFile(file)).toStrictEqual(data);
  // What somebody sends is data: nobody shall be able to run it.
  expect((await stat(file)).mode & 0o777).toBe(0o644);
  const left = await readdir(place('.hubgram'), { recursive: true });
  expect(left.filter((name) => name.includes('.part'))).toStrictEqual([]);
  world.telegram.press(ANN, ANN, card.message_id, 'Details');
  await world.sees(ANN, new RegExp(`SHA-256 ${sha256(data)}`));
  world.say('/verify my-notes');
  await world.sees(ANN, /1 file is right|Its file is right|file is right/);
});

it('keeps what it answers, into the category and under the name that stand behind it', async () => {
  await world.start();
  const data = randomBytes(5000);
  const { message_id: replyTo } = send({ name: 'IMG.JPG', data, as: 'photo' });
  world.telegram.say(ANN, ANN, '/keep image name=cat.jpg', { replyTo });
  await world.sees(ANN, /files\/image\/cat\.jpg · completed/);
  // Of a photo the largest size.
  expect(await readFile(place('image', 'cat.jpg'))).toStrictEqual(data);
  world.telegram.say(ANN, ANN, '/keep nowhere', { replyTo });
  await world.sees(ANN, /There is no category “nowhere” here/);
});

it.each([
  ['audio', 'song.mp3', 'audio'],
  ['video', 'film.mp4', 'video'],
  ['voice', '', 'audio'],
  ['video_note', '', 'video'],
  ['animation', 'dance.mp4', 'video'],
  ['sticker', '', 'image'],
  ['photo', '', 'image'],
] as const)('keeps what is sent as %s', async (as, name, category) => {
  await world.start();
  const data = randomBytes(1000);
  send({ name, data, as, mime: `${category}/x`, caption: '/keep', duration: 61 });
  const card = await world.sees(ANN, /files\/\w+\/\S+ · completed/);
  const [, path = ''] = /files\/(\S+) · completed/.exec(card.text ?? '') ?? [];
  expect(path).toMatch(name === '' ? /^\w+\/[a-z-]+-2\d{3}-\d\d-\d\d-\d\d-\d\d-\d\d\.\w+$/ : `${category}/${name}`);
  expect(path.split('/')[0]).toBe(category);
  expect(await readFile(place(path))).toStrictEqual(data);
});

it('asks for a file where /keep stands alone, and takes the next message for it', async () => {
  await world.start();
  world.say('/keep name=a.txt');
  await world.sees(ANN, /^Which file\? Send it now/);
  world.say('the one from yesterday');
  await world.sees(ANN, /^There is no file in that message, and no link/);
  send({ name: 'b.txt', data: 'hello' });
  await world.sees(ANN, /files\/custom\/a\.txt · completed/);
  expect(await readFile(place('custom', 'a.txt'), 'utf8')).toBe('hello');
});

it('says of the same file that it is here already, and numbers another one of its name', async () => {
  await world.start();
  const { message_id: replyTo } = send({ name: 'a.bin', data: randomBytes(1000), caption: '/keep' });
  await world.sees(ANN, /a\.bin · completed/);
  world.telegram.say(ANN, ANN, '/keep', { replyTo });
  await world.sees(ANN, /a\.bin · already in this library\nIt is complete/);
  send({ name: 'a.bin', data: randomBytes(1000), caption: '/keep' });
  await world.sees(ANN, /a-2\.bin · completed/);
});

it.each([
  ['../../etc/passwd', 'passwd'],
  ['..', /^document-\d{4}-[\d-]+$/],
  ['a\0b\u202Etxt.exe', 'a-b-txt.exe'],
  ['CON.txt', 'file-CON.txt'],
  [`${'x'.repeat(300)}.gguf`, `${'x'.repeat(91)}.gguf`],
  ['/', /^document-\d{4}-[\d-]+$/],
])('a name that leads elsewhere or is none leads nowhere: %j', async (name, expected) => {
  await world.start();
  send({ name, data: 'x', caption: '/keep custom' });
  await world.sees(ANN, /files\/custom\/\S+ · completed/);
  const [kept, ...others] = await readdir(place('custom'));
  expect(others).toStrictEqual([]);
  expect(kept).toMatch(expected);
});

it('never writes down, logs or says the address of a file, which holds the token', async () => {
  await world.start({ HUBGRAM_LOG_LEVEL: 'trace' });
  world.telegram.breakDownload(65_536);
  send({ name: 'a.bin', data: randomBytes(300_000), caption: '/keep' });
  await world.sees(ANN, /a\.bin · completed/);
  const secret = world.telegram.token.split(':')[1] ?? '';
  expect(world.logged()).not.toContain(secret);
  expect(JSON.stringify(world.telegram.messages(ANN))).not.toContain(secret);
  const rows = ask((database) => database.serialize());
  for (const hidden of [secret, '/file/bot']) expect(rows.includes(hidden)).toBe(false);
});

it('is for nobody who may only look, and for no stranger', async () => {
  await world.start();
  world.say('/start');
  await world.sees(ANN, /^hubgram keeps/);
  send({ name: 'a.bin', data: 'x', caption: '/keep' }, BOB);
  await world.sees(ANN, /Bob/);
  ask((database) => database.prepare("UPDATE users SET role = 'viewer' WHERE user_id = ?").run(BOB));
  const { message_id: replyTo } = send({ name: 'a.bin', data: 'x', caption: '/keep' }, BOB);
  await world.sees(BOB, /^You may look at everything here, but change nothing/);
  world.telegram.say(BOB, BOB, '/keep', { replyTo });
  await world.waitFor(() => world.shown(BOB).filter(({ text }) => text?.startsWith('You may look')).length === 2);
  expect(await readdir(place()).catch(() => [])).not.toContain('custom');
});

it('is answered in a group to whoever asks there, and belongs to the group', async () => {
  await world.start();
  world.telegram.addGroup({ id: -4200, title: 'Home', type: 'supergroup', members: [ANN] });
  world.telegram.say(ANN, -4200, '/start@hubgram_bot');
  await world.sees(-4200, /may use hubgram now/);
  const { message_id: replyTo } = send({ name: 'a.bin', data: 'x' }, ANN, -4200);
  world.telegram.say(ANN, -4200, '/keep@hubgram_bot', { replyTo });
  await world.sees(-4200, /files\/custom\/a\.bin · completed/);
  expect(ask((database) => database.prepare('SELECT chat_id FROM models').pluck().all())).toStrictEqual([-4200]);
});
