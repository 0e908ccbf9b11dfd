import { realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { joinHost } from '../helpers/hosts.ts';
import { ANN, BOB, type BotBench, type BotBenchOptions, openBot } from './setup.ts';

const NAME = 'org/told';
const README = `---\nlicense: mit\nlanguage: [en, de]\nbase_model: org/base\npipeline_tag: text-generation\n---\n# Told\n\nSee [the notes](NOTES.md), or /remove all.\n`;
const files = (readme?: string) => [
  { path: 'config.json', content: '{}' },
  { path: 'model.safetensors', size: 3000 },
  ...(readme === undefined ? [] : [{ path: 'README.md', content: readme }]),
];
/** As cards of many quants have them: little text, and long addresses. */
const LINKS = Array.from({ length: 60 }, (_, at) => `https://x.test/${'a'.repeat(200)}/${at}`);
const REPOS = [
  defineRepo({ id: NAME, files: files(README) }),
  defineRepo({ id: 'org/long', files: files(`# Long\n\n${'word '.repeat(800)}\n\n# Second\n\n${'end '.repeat(20)}`) }),
  // It takes all the time that it may, on any processor: less is laid out at once on a good one.
  defineRepo({ id: 'org/deep', files: files('> '.repeat(250_000)) }),
  defineRepo({ id: 'org/links', files: files(`${LINKS.map((url) => `[q](${url})`).join(' ')}\n`) }),
  defineRepo({ id: 'org/silent', files: files() }),
  defineRepo({
    id: 'org/calls',
    files: files('---\nlicense: other\nlicense_name: "@bob /remove"\nbase_model: "@eve"\nlanguage: ["#de"]\n---\nT'),
  }),
  defineRepo({ id: 'org/bytes', files: files('a\0b') }),
  defineRepo({ id: 'org/closed', gated: 'manual', files: files('# Closed') }),
];

let bench: BotBench;
afterEach(() => bench?.close());

const open = async (options: BotBenchOptions = {}): Promise<void> => {
  bench = await openBot({ ...options, hub: { repos: REPOS } });
};

/** Adds everything of a repository. @returns the model's number */
const add = async (name: string): Promise<number> => {
  await bench.say(`/add ${name} quantize=all`);
  await bench.sees(new RegExp(`^${name}:all · completed\\n[^\\n]+, verified`));
  return bench.store.models.getModelByName(ANN, name)?.id ?? 0;
};

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

const linksIn = (message: SimMessage | undefined): (string | undefined)[] =>
  message?.entities?.filter(({ type }) => type === 'text_link').map(({ url }) => url) ?? [];

const letIn = (role: 'member' | 'viewer'): void => {
  bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  bench.store.users.setRole(BOB, role);
  bench.store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
};

const asked = () => bench.hub.requests.filter(({ path }) => path.includes('README')).length;

describe('the README of a model', () => {
  it('comes from its files, with what its card tells in brief, and nothing in it is a command', async () => {
    await open();
    const id = await add(NAME);
    const before = asked();
    await bench.say(`/readme #${id}`);
    const page = await bench.sees(/^org\/told:all · README\nLicence/);
    expect(page.text).toBe(
      `org/told:all · README\nLicence mit · text-generation\nMade from org/base\nLanguages: en, de\n\nTold\n\nSee the notes, or /\u2060remove all.`,
    );
    const { commitSha } = bench.store.models.getModel(id) ?? {};
    expect(linksIn(page)).toEqual([`${bench.hub.url}/org/base`, `${bench.hub.url}/${NAME}/blob/${commitSha}/NOTES.md`]);
    expect(page?.entities?.some(({ type }) => type === 'bot_command')).toBe(false);
    expect(labels(page)).toEqual(['Details', 'Files']);
    expect(asked()).toBe(before);
  });

  it('calls nobody by what its card tells in brief', async () => {
    await open();
    await add('org/calls');
    const [shown] = await bench.say('/readme calls');
    expect(shown?.text?.split('\n').slice(1, 4)).toEqual([
      'Licence @\u2060bob /\u2060remove',
      'Made from @\u2060eve',
      'Languages: #\u2060de',
    ]);
  });

  it('is one where the same lies on several machines: nobody is asked which', async () => {
    await open();
    await add(NAME);
    const { store } = bench;
    const [here] = store.models.findModels(ANN, NAME);
    const { selection, commitSha } = here as { selection: string; commitSha: string };
    store.models.createModel({ chatId: ANN, name: NAME, selection, commitSha, hostId: joinHost(store), files: [] });
    const [told] = await bench.say('/readme org/told');
    expect(told?.text).not.toContain('Which one?');
    await bench.sees(/^org\/told:all · README\nLicence[^]*\nTold\n/);
  });

  it('is opened from the details and from the files, and leads back to both', async () => {
    await open();
    const id = await add(NAME);
    const [list] = await bench.say(`/files #${id}`);
    await bench.press(list, 'README');
    const now = (): SimMessage | undefined => bench.shown().find(({ message_id: at }) => at === list?.message_id);
    await expect.poll(() => now()?.text).toMatch(/^org\/told:all · README\n/);
    await bench.press(now(), 'Details');
    await expect.poll(() => labels(now())).toContain('README');
    await bench.press(now(), 'README');
    await expect.poll(() => now()?.text).toMatch(/^org\/told:all · README\n/);
  });

  it('is asked of the Hub where it is not here, at the commit of the model', async () => {
    await open();
    const id = await add(NAME);
    const { downloadPath, commitSha } = bench.store.models.getModel(id) ?? {};
    rmSync(realpathSync(join(downloadPath ?? '', 'README.md')));
    bench.hub.updateRepo(NAME, { files: files('# Newer') });
    await bench.say(`/readme #${id}`);
    const page = await bench.sees(/^org\/told:all · README\n[^]*\n\nTold\n/);
    expect(linksIn(page)).toContain(`${bench.hub.url}/${NAME}/blob/${commitSha}/NOTES.md`);
  });

  it('has all its links, also where they are longer than Telegram takes in a message', async () => {
    await open();
    const id = await add('org/links');
    await bench.say(`/readme #${id}`);
    const page = await bench.sees(/^org\/links:all · README · page 1 of 2\n/);
    const first = linksIn(page);
    await bench.press(page, 'More ›');
    const now = (): SimMessage | undefined => bench.shown().find(({ message_id: at }) => at === page.message_id);
    await expect.poll(() => now()?.text).toMatch(/page 2 of 2\n/);
    expect([...first, ...linksIn(now())]).toEqual(LINKS);
  });

  it('is none where its repository has none, or something that is no text', async () => {
    await open();
    const id = await add('org/silent');
    await bench.say(`/readme #${id}`);
    await bench.sees(/^org\/silent:all · README\norg\/silent has no README that I could show\.$/);
    const bytes = await add('org/bytes');
    await bench.say(`/readme #${bytes}`);
    await bench.sees(/^org\/bytes:all · README\norg\/bytes has no README that I could show\.$/);
    writeFileSync(realpathSync(join(bench.store.models.getModel(bytes)?.downloadPath ?? '', 'README.md')), '# A');
    await bench.say(`/readme #${bytes}`);
    await bench.sees(/^org\/bytes:all · README\n\nA$/);
  });
});

it('keeps nobody waiting who asks for something else meanwhile, however long it takes to make ready', async () => {
  // Half a second of a processor longer than what is shown at once: with less it would be there before anybody sees that it is being made ready.
  await open({ readmeTimes: { atOnceMs: 100, mostMs: 600 } });
  const id = await add('org/deep');
  await bench.say(`/readme #${id}`);
  expect(await bench.ask('/timezone')).toMatch(/^Times here are /);
  await bench.sees(/^org\/deep:all · README · is being made ready to be read$/);
  await bench.sees(/^org\/deep:all · README[^]*> > > /);
});

describe('the README of a repository', () => {
  it('is shown page by page before anybody adds it, and adds it by its button', async () => {
    await open();
    await bench.say('/readme org/long');
    const first = await bench.sees(/^org\/long · README · page 1 of 2\n\nLong\n\nword /);
    expect(labels(first)).toEqual(['More ›', 'Add']);
    const before = asked();
    await bench.press(first, 'More ›');
    const second = await bench.sees(/^org\/long · README · page 2 of 2\n\n[^]*end end$/);
    expect(second.message_id).toBe(first.message_id);
    expect(labels(second)).toEqual(['‹ Back', 'Add']);
    expect(asked()).toBe(before);
    await bench.press(second, 'Add');
    await bench.sees(/^org\/long · completed/);
  });

  it('says what the Hub says where there is none, and what is meant where it knows no such name', async () => {
    await open();
    await bench.say('/readme org/silent');
    const none = await bench.sees('org/silent · README\norg/silent has no README that I could show.');
    expect(labels(none)).toEqual(['Ask again']);
    await bench.say('/readme org/nobody');
    await bench.sees(/^org\/nobody · README\n[^ ]+ knows no model org\/nobody/);
    await bench.say('/readme org/closed');
    await bench.sees(/^org\/closed · README\nThe model org\/closed is gated\. Accept its terms at /);
    expect(await bench.ask('/readme #1000')).toBe(
      'There is no “#1000” in this chat’s library. /library lists what is.',
    );
    expect(await bench.ask('/readme org/silent org/long')).toMatch(/^\/readme takes one name, for example/);
  });

  it('is that of its whole name, also where a model of the library only has it as a part of its own', async () => {
    await open();
    bench.put('org/long-GGUF');
    bench.put('org/silent');
    await bench.say('/readme Org/Long');
    await bench.sees(/^Org\/Long · README · page 1 of 2/i);
    await bench.say('/readme org/silen');
    await bench.sees(/knows no model org\/silen/);
    await bench.say('/readme org/silent');
    const none = await bench.sees(/^org\/silent · README\norg\/silent has no README/);
    expect(labels(none)).toContain('Ask again');
    const [several] = await bench.say('/readme org');
    expect(several?.text).toMatch(/^Which one\?/);
    bench.store.models.createModel({
      chatId: ANN,
      name: 'files/image/cat.png',
      sourceUrl: 'https://example.org/cat.png',
      commitSha: 'c'.repeat(40),
      files: [],
    });
    expect(await bench.ask('/readme image/cat.png')).toMatch(/^files\/image\/cat\.png · README/);
  });

  it('is for members: who may only look reads about what is there', async () => {
    await open();
    letIn('viewer');
    expect(await bench.ask('/readme org/long', { userId: BOB })).toMatch(
      /^You may read about what is in this library\./,
    );
    expect(bench.store.searches.getReading(1)).toBeUndefined();
  });

  it('belongs to the chat that asked, and a repetition of the same update to the same reading', async () => {
    await open();
    letIn('member');
    await bench.say('/readme org/long');
    await bench.sees(/^org\/long · README · page 1 of 2/);
    const target = bench.telegram.say(BOB, BOB, 'x').message_id;
    const tap = bench.telegram.pressForged(BOB, BOB, target, 'readOf:1:2');
    const said = await bench.telegram.waitFor(() => bench.telegram.answers.find((one) => one.callbackQueryId === tap));
    expect(said.text).toBe('That belongs to another chat, or is gone.');
    const { searches } = bench.store;
    const wish = {
      chatId: ANN,
      userId: ANN,
      updateId: 1_000_000,
      repoType: 'model',
      name: 'a/b',
      revision: null,
    } as const;
    const { id } = searches.createReading(wish);
    expect(searches.createReading(wish).id).toBe(id);
    for (let at = 1; at < 50; at += 1) searches.createReading({ ...wish, updateId: 1_000_000 + at });
    expect(searches.getReading(id)?.name).toBe('a/b');
    searches.createReading({ ...wish, updateId: 2_000_000 });
    expect(searches.getReading(id)).toBeUndefined();
  });

  it('can be asked for again by the button that stays under the question', async () => {
    await open();
    bench.hub.updateRepo('org/silent', { files: files('# Found') });
    const { id } = bench.store.searches.createReading({
      chatId: ANN,
      userId: ANN,
      updateId: 1_000_000,
      repoType: 'model',
      name: 'org/silent',
      revision: null,
    });
    // As after a crash: the row is there, and the message with its button.
    bench.telegram.pressForged(ANN, ANN, (await bench.say('/timezone'))[0]?.message_id ?? 0, `readOf:${id}:1`);
    await bench.sees(/^org\/silent · README\n\nFound$/);
  });
});
