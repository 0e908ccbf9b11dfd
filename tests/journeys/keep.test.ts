import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SentDocument } from '../../playground/telegram/people/people.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { textIn } from '../helpers/sent-document.ts';
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

/** The card that answers this, once all of it is there. */
const cardOf = ({ message_id: sent }: SimMessage): Promise<SimMessage> =>
  world.waitFor(() =>
    world
      .shown(ANN)
      .find(
        ({ reply_to_message: to, text = '' }) => to?.message_id === sent && /files\/\w+\/\S+ · completed/.test(text),
      ),
  );

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

it('keeps whatever can be sent, each kind by its category', async () => {
  await world.start();
  for (const [as, name, category] of [
    ['audio', 'song.mp3', 'audio'],
    ['video', 'film.mp4', 'video'],
    ['voice', '', 'audio'],
    ['video_note', '', 'video'],
    ['animation', 'dance.mp4', 'video'],
    ['sticker', '', 'image'],
    ['photo', '', 'image'],
  ] as const) {
    const data = randomBytes(1000);
    const card = await cardOf(send({ name, data, as, mime: `${category}/x`, caption: '/keep', duration: 61 }));
    const [, path = ''] = /files\/(\S+) · completed/.exec(card.text ?? '') ?? [];
    // Two without a name may be of one second.
    const named = name === '' ? /^\w+\/[a-z-]+-2\d{3}-\d\d-\d\d-\d\d-\d\d-\d\d(?:-2)?\.\w+$/ : `${category}/${name}`;
    const isWhole = (await readFile(place(path))).equals(data);
    expect([as, path, path.split('/')[0], isWhole]).toEqual([as, expect.stringMatching(named), category, true]);
  }
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

it('keeps what is sent at once, also where a schedule is on, unless it is said for later', async () => {
  await world.start();
  const hourIn = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
  world.say(`/schedule add daily ${hourIn(12)} until ${hourIn(13)}`);
  await world.sees(ANN, / · #1 · on\n/);
  send({ name: 'now.bin', data: randomBytes(1000), caption: '/keep' });
  await world.sees(ANN, /now\.bin · completed\n1 kB.*, as it was sent\.$/);
  send({ name: 'night.bin', data: randomBytes(1000), caption: '/keep later' });
  await world.sees(ANN, /night\.bin · pending\nWaits until somebody starts it\./);
});

it('says of the same file that it is here already, and numbers another one of its name', async () => {
  await world.start();
  const { message_id: replyTo } = send({ name: 'a.bin', data: randomBytes(1000), caption: '/keep' });
  await world.sees(ANN, /a\.bin · completed/);
  world.telegram.say(ANN, ANN, '/keep', { replyTo });
  await world.sees(ANN, /a\.bin · already in this library\nIt is complete\.\nIts card/);
  world.telegram.say(ANN, ANN, '/keep name=other.bin', { replyTo });
  await world.sees(
    ANN,
    /other\.bin · already in this library\nIt is complete\.\nIt is called files\/custom\/a\.bin here\./,
  );
  send({ name: 'a.bin', data: randomBytes(1000), caption: '/keep' });
  await world.sees(ANN, /a-2\.bin · completed/);
});

it('a name that leads elsewhere or is none leads nowhere', async () => {
  await world.start();
  const before = new Set<string>();
  for (const [name, expected] of [
    ['../../etc/passwd', 'passwd'],
    ['..', /^document-\d{4}-[\d-]+$/],
    ['a\0b\u202Etxt.exe', 'a-b-txt.exe'],
    ['CON.txt', 'file-CON.txt'],
    [`${'x'.repeat(300)}.gguf`, `${'x'.repeat(91)}.gguf`],
    ['/', /^document-\d{4}-[\d-]+$/],
  ] as const) {
    await cardOf(send({ name, data: `of ${name}`, caption: '/keep custom' }));
    const [kept, ...others] = (await readdir(place('custom'))).filter((one) => !before.has(one));
    expect([name, kept, others]).toEqual([name, expect.stringMatching(expected), []]);
    before.add(kept ?? '');
  }
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
  await world.sees(ANN, /^I keep/);
  send({ name: 'a.bin', data: 'x', caption: '/keep' }, BOB);
  const question = await world.sees(ANN, /asks to use hubgram/);
  world.telegram.press(ANN, ANN, question.message_id, 'Let them look only');
  await world.sees(BOB, /look/);
  const { message_id: replyTo } = send({ name: 'a.bin', data: 'x', caption: '/keep' }, BOB);
  await world.sees(BOB, /^You may look at all that is here, but change nothing/);
  world.telegram.say(BOB, BOB, '/keep', { replyTo });
  await world.waitFor(() => world.shown(BOB).filter(({ text }) => text?.startsWith('You may look')).length === 2);
  expect(await readdir(place()).catch(() => [])).not.toContain('custom');
});

it('is answered in a group to whoever asks there, and belongs to the group', async () => {
  await world.start();
  world.telegram.addGroup({ id: -4200, title: 'Home', type: 'supergroup', members: [ANN] });
  world.telegram.say(ANN, -4200, '/start@hubgram_bot');
  await world.sees(-4200, /may use hubgram now/);
  // Nobody else of the group is asked.
  world.telegram.say(ANN, -4200, '/keep@hubgram_bot');
  const question = await world.sees(-4200, /^Which file\? Send it now/);
  expect(question.reply_to_message?.text).toBe('/keep@hubgram_bot');
  world.telegram.say(ANN, -4200, '/cancel@hubgram_bot');
  const { message_id: replyTo } = send({ name: 'a.bin', data: 'x' }, ANN, -4200);
  world.telegram.say(ANN, -4200, '/keep@hubgram_bot', { replyTo });
  await world.sees(-4200, /files\/custom\/a\.bin · completed/);
  expect(ask((database) => database.prepare('SELECT chat_id FROM models').pluck().all())).toStrictEqual([-4200]);
});

it('keeps all that is sent together, wherever among it the word stands', async () => {
  await world.start();
  for (const spoken of [0, 1, 2]) {
    const sent = ['a.txt', 'b.bin', 'c.bin'].map((name) => `${spoken}${name}`);
    for (const [index, name] of sent.entries()) {
      const word = index === spoken ? { caption: `/keep text name=first${spoken}.txt` } : {};
      send({ name, data: name, albumId: `77${spoken}`, ...word });
    }
    const names = sent.with(spoken, `first${spoken}.txt`);
    for (const name of names) await world.sees(ANN, `files/text/${name} · completed`);
    const there = (await readdir(place('text'))).filter((name) => name.includes(String(spoken)));
    expect(there.toSorted()).toStrictEqual(names.toSorted());
  }
});

it('keeps all that was sent together where one of it is answered, and what comes of it later, also after a restart', async () => {
  const first = await world.start();
  const { message_id: replyTo } = send({ name: 'a.bin', data: 'a', albumId: '778' });
  send({ name: 'b.bin', data: 'b', albumId: '778' });
  send({ name: 'c.bin', data: 'c', albumId: '779' });
  world.telegram.say(ANN, ANN, '/keep', { replyTo });
  await world.sees(ANN, /a\.bin · completed/);
  await world.sees(ANN, /b\.bin · completed/);
  await first.stop();
  send({ name: 'd.bin', data: 'd', albumId: '778' });
  await world.start();
  await world.sees(ANN, /d\.bin · completed/);
  expect((await readdir(place('custom'))).toSorted()).toStrictEqual(['a.bin', 'b.bin', 'd.bin']);
});

it('takes a link in place of a file, as /add does, into the category', async () => {
  await world.start();
  const replyTo = world.say('look: https://huggingface.co/sample/tiny-embeddings');
  await world.sees(ANN, /^Add sample\/tiny-embeddings/);
  world.telegram.say(ANN, ANN, '/keep audio', { replyTo });
  await world.sees(ANN, /^sample\/tiny-embeddings · completed/);
  world.say('/library category:audio');
  await world.sees(ANN, /audio/i);
  const empty = world.say('nothing to see');
  world.telegram.say(ANN, ANN, '/keep', { replyTo: empty });
  await world.sees(ANN, /^There is no file in that message, and no link/);
  world.say('/keep magnet:?xt=urn:btih:nothing');
  await world.sees(ANN, /names no torrent/);
});

it('takes none of the links that stand in what the bot itself has written', async () => {
  await world.start();
  world.say('/readme gpt2');
  const page = await world.sees(ANN, /^gpt2 · README · page 1/);
  expect(page.entities?.some(({ type }) => type === 'text_link')).toBe(true);
  world.telegram.say(ANN, ANN, '/keep', { replyTo: page.message_id });
  await world.sees(ANN, /^That message is mine, and there is no file in it\./);
  expect(ask((database) => database.prepare('SELECT count(*) FROM add_requests').pluck().get())).toBe(0);
});

it('does not exceed what somebody may have', async () => {
  await world.start();
  world.say('/start');
  await world.sees(ANN, /^I keep/);
  world.telegram.say(BOB, BOB, '/start');
  const question = await world.sees(ANN, /asks to use hubgram/);
  world.telegram.press(ANN, ANN, question.message_id, 'Approve');
  world.say('/quota @bob models=1');
  await world.sees(ANN, /^What Bob/);
  send({ name: 'a.bin', data: 'a', caption: '/keep' }, BOB);
  await world.sees(BOB, /a\.bin · completed/);
  send({ name: 'b.bin', data: 'b', caption: '/keep' }, BOB);
  await world.sees(BOB, /1 model/);
  expect(await readdir(place('custom'))).toStrictEqual(['a.bin']);
});

it('tells among the details what was sent, when, how long it plays, and what it was called there', async () => {
  await world.start();
  send({ name: 'My Film.mp4', data: 'x', as: 'video', duration: 61, title: 'A <b>title</b>', caption: '/keep' });
  const card = await world.sees(ANN, /files\/video\/My-Film\.mp4 · completed/);
  world.telegram.press(ANN, ANN, card.message_id, 'Details');
  const details = await world.sees(
    ANN,
    /^From a video that was sent today \d\d:\d\d, 1 min 01 s, called My Film\.mp4\nTitle A <b>title<\/b>$/m,
  );
  expect(details.text).not.toContain('telegram://');
});

it('sends a document that was kept back by its id, without a byte, and uploads what was no document', async () => {
  await world.start();
  const sends = () => world.telegram.calls.filter(({ method }) => method === 'sendDocument');
  const sent = send({ name: 'a.bin', data: randomBytes(5000), caption: '/keep' });
  await world.sees(ANN, /a\.bin · completed/);
  world.say('/file a.bin a.bin');
  await world.waitFor(() => sends().length === 1);
  expect(sends()[0]?.payload['document']).toBe(sent.document?.file_id);
  send({ name: 'b.mp4', data: randomBytes(5000), as: 'video', caption: '/keep' });
  await world.sees(ANN, /b\.mp4 · completed/);
  world.say('/file b.mp4 b.mp4');
  await world.waitFor(() => sends().length === 2);
  expect(sends()[1]?.payload['document']).not.toMatch(/^BQAC/);
});

it('fetches nothing of what the bot has sent itself: it is found by its hash, and verified', async () => {
  await world.start();
  world.say('/add sample/tiny-llama');
  await world.sees(ANN, /^sample\/tiny-llama · completed/);
  world.say('/file sample/tiny-llama model.safetensors');
  const document = await world.waitFor(() => world.shown(ANN).find((message) => message.document !== undefined));
  world.telegram.say(ANN, ANN, '/keep custom', { replyTo: document.message_id });
  await world.sees(ANN, /files\/custom\/model\.safetensors · completed\n[^\n]*\nVerified/);
  expect(world.telegram.calls.filter(({ method }) => method === 'getFile')).toStrictEqual([]);
  expect((await stat(place('custom', 'model.safetensors'))).size).toBe(document.document?.file_size);
});

it('says of what was sent twice as two files that they are the same', async () => {
  await world.start();
  const data = randomBytes(1000);
  send({ name: 'a.bin', data, caption: '/keep' });
  await world.sees(ANN, /a\.bin · completed/);
  send({ name: 'b.bin', data, caption: '/keep' });
  const card = await world.sees(ANN, /b\.bin · completed/);
  world.telegram.press(ANN, ANN, card.message_id, 'Details');
  await world.sees(ANN, /^The same file is in files\/custom\/a\.bin as well$/m);
  world.say('/update b.bin');
  await world.sees(ANN, /was sent to me, and what is sent never changes/);
});

it('takes the word of an anonymous admin, for the group', async () => {
  await world.start();
  const group = world.telegram.addGroup({ id: -1_001_000_000_042, title: 'Home', type: 'supergroup', members: [ANN] });
  world.telegram.say(ANN, group.id, '/start@hubgram_bot');
  await world.sees(group.id, /may use hubgram now/);
  const sent = send({ name: 'a.bin', data: 'x' }, ANN, group.id);
  world.telegram.deliver('message', {
    message_id: 9000,
    from: { id: 1_087_968_824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' },
    sender_chat: group,
    chat: group,
    date: sent.date,
    text: '/keep',
    entities: [{ type: 'bot_command', offset: 0, length: 5 }],
    reply_to_message: sent,
  });
  await world.sees(group.id, /files\/custom\/a\.bin · completed/);
});

it('is written down by /export with its address, which nobody else can bring in', async () => {
  await world.start();
  send({ name: 'a.bin', data: 'x', caption: '/keep' });
  await world.sees(ANN, /a\.bin · completed/);
  world.say('/export');
  const exported = await world.waitFor(() => world.shown(ANN).find((message) => message.document !== undefined));
  const written = await textIn(world.telegram, exported);
  expect(JSON.parse(written)).toMatchObject({
    models: [{ name: 'files/custom/a.bin', source_url: expect.stringMatching(/^telegram:\/\/\d+\/AgAD/) }],
  });
  send({ name: 'models.json', data: written, caption: '/import' });
  await world.sees(ANN, /which somebody has sent to a bot, and only that can get it/);
});

it('keeps what stands in another chat and is answered here', async () => {
  await world.start();
  const data = randomBytes(1000);
  const { document } = send({ name: 'a.bin', data });
  world.telegram.deliver('message', {
    message_id: 9000,
    from: { id: ANN, is_bot: false, first_name: 'Ann' },
    chat: { id: ANN, type: 'private', first_name: 'Ann' },
    date: 1_800_000_000,
    text: '/keep name=other.bin',
    entities: [{ type: 'bot_command', offset: 0, length: 5 }],
    external_reply: { origin: { type: 'hidden_user', sender_user_name: 'X', date: 1_800_000_000 }, document },
  });
  await world.sees(ANN, /files\/custom\/other\.bin · completed/);
  expect(await readFile(place('custom', 'other.bin'))).toStrictEqual(data);
});

it('keeps as it is what could be read', async () => {
  await world.start();
  const names = ['a.torrent', 'list.txt', 'models.json'];
  for (const [index, name] of names.entries()) {
    const data = `gpt2${'\n'.repeat(index)}`;
    await cardOf(send({ name, data, caption: '/KEEP@hubgram_bot' }));
    expect(await readFile(place('custom', name), 'utf8')).toBe(data);
    send({ name: `other-${name}`, data, caption: '/keep@another_bot' });
  }
  world.say('/library');
  await world.sees(ANN, /^Library/);
  expect((await readdir(place('custom'))).toSorted()).toStrictEqual(names);
});

it('goes on by itself after Telegram could not be reached, and waits where it was asked to', async () => {
  await world.start();
  world.telegram.setFault({ method: 'getFile', kind: 'reset', times: 1 });
  world.telegram.setFault({ method: 'getFile', kind: '429', times: 1, retryAfter: 1 });
  send({ name: 'a.bin', data: 'x', caption: '/keep' });
  await world.sees(ANN, /a\.bin · completed/);
  expect(world.telegram.calls.filter(({ method }) => method === 'getFile')).toHaveLength(3);
});
