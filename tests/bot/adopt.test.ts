import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { putAsPython } from '../helpers/python-cache.ts';
import { removeNow } from '../queue/setup.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GROUP = -1_001_000_000_088;
const names = Array.from({ length: 8 }, (_, index) => `org/model-${index}`);
const repos = names.map((id, index) =>
  defineRepo({
    id,
    files: [
      { path: 'config.json', content: '{}' },
      { path: 'model.safetensors', size: 100_000 - 1000 * index, seed: id },
    ],
  }),
);

let bench: BotBench;
beforeAll(async () => {
  bench = await openBot({ hub: { repos } });
  bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
  bench.store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'Lab' });
  bench.store.chats.setAccess(GROUP, 'approved');
});
afterAll(() => bench?.close());

const put = (id: string, paths = ['config.json', 'model.safetensors']): void => {
  const { id: commit, files } = bench.hub.commitOf(id);
  const chosen = files.filter(({ path }) => paths.includes(path));
  putAsPython(bench.cacheDir, {
    repoFolder: `models--${id.replace('/', '--')}`,
    commit,
    revision: 'main',
    files: chosen.map((file) => ({ path: file.path, etag: file.etag(), content: file.content.read(0, file.size) })),
    hasLinks: true,
  });
};

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
const fresh = (message: SimMessage | undefined): SimMessage | undefined =>
  bench.shown().find(({ message_id: id }) => id === message?.message_id);
const alone = { chatId: GROUP, userId: ANN };

describe('/adopt', () => {
  beforeEach(() => {
    rmSync(bench.cacheDir, { recursive: true, force: true });
  });

  it('says what is not there, and to whom it is not for', async () => {
    expect(await bench.ask('/adopt')).toBe('Every model in the cache is in a library.');
    await bench.say('/adopt org/model-0');
    await bench.sees(
      'org/model-0 · not taken over\nNothing of org/model-0 lies in the cache. /add org/model-0 would fetch it.',
    );
    expect(await bench.ask('/adopt a b c')).toMatch(/^Behind \/adopt stands a name/);
    expect(await bench.ask('/adopt', { userId: BOB, chatId: GROUP })).toBe(
      'Only the owner of this bot can take over what other programs have put on its machines.',
    );
    expect(await bench.ask('/adopt', alone)).toMatch(/^What lies on my machines is listed in a chat with me alone\./);
  });

  it('lists what lies there page by page, and takes one, all, or what a name says into this library', async () => {
    for (const name of names) put(name);
    const [list] = await bench.say('/adopt');
    expect(list?.text).toMatch(/^In the cache · 8 in no library, 772 kB\n/);
    expect(list?.text?.split('\n')[2]).toMatch(/^1 org\/model-0 · 100 kB in 2 files · changed /);
    expect(labels(list)).toEqual([...[1, 2, 3, 4, 5, 6].map((number) => `Take ${number}`), 'Smaller ›', 'Take all 8']);
    await bench.press(list, 'Smaller ›');
    expect(labels(fresh(list))).toEqual(['Take 7', 'Take 8', '‹ Larger', 'Take all 8']);
    const onLast = fresh(list);
    const [, data = ''] = onLast?.reply_markup?.inline_keyboard.flat().map((button) => button.callback_data) ?? [];
    await bench.press(onLast, 'Take 8');
    // What is being taken is not offered any more.
    expect(labels(fresh(list))).toEqual(['Take 7', '‹ Larger', 'Take all 7']);
    const card = await bench.sees(/^org\/model-7 · in this library\n/);
    expect(card.text).toMatch(
      /\n2 files are right \(93 kB read(?: in \d+ s)?\)\. It is in this library now; nothing was fetched\.$/,
    );
    await bench.sees(/^org\/model-7 · completed\n/);
    bench.telegram.pressForged(ANN, ANN, list?.message_id ?? 0, data);
    await bench.sees(/not taken over\norg\/model-7 is in this library\.$/);
    await bench.say('/adopt org/model-3 main', alone);
    await bench.sees(/^org\/model-3 · in this library\n/, GROUP);
    expect(bench.store.models.getModelByName(GROUP, 'org/model-3')?.status).toBe('completed');
    const [again] = await bench.say('/adopt');
    await bench.press(again, 'Take all 6');
    const all = await bench.sees(/^6 repositories · in this library\n/);
    expect(all.text).toMatch(
      /\n6 repositories with 12 files are in this library now \(\S+ kB read(?: in \d+ s)?\); nothing was fetched\.$/,
    );
    expect(bench.shown().filter(({ text = '' }) => /^org\/model-[0-6] · completed/.test(text))).toEqual([]);
    expect(await bench.ask('/adopt')).toBe('Every model in the cache is in a library.');
    expect(bench.store.models.countModels(ANN, { status: 'completed' })).toBe(7);
  });

  it('takes all that its list has told of, and nothing that has come there since', async () => {
    for (const name of names)
      for (const { id } of bench.store.models.findModels(ANN, name)) await removeNow(bench.queue, id, 'nothing');
    for (const name of names.slice(0, 2)) put(name);
    const [list] = await bench.say('/adopt');
    put('org/model-4');
    await bench.press(list, 'Take all 2');
    await bench.sees(/^2 repositories · in this library\n/);
    const [rest] = await bench.say('/adopt');
    expect(rest?.text).toMatch(/^In the cache · 1 in no library,/);
    // As an earlier version of hubgram made it: it does not say what it showed.
    bench.telegram.pressForged(ANN, ANN, list?.message_id ?? 0, 'adoptAll:0');
    await bench.sees(/That list is old, and other things lie there now\. \/adopt lists them\./);
    expect(bench.store.models.findModels(ANN, 'org/model-4')).toEqual([]);
  });

  it('says of what was removed and can be brought back that it can', async () => {
    const id = 'org/model-2';
    put(id);
    for (const { id: before } of bench.store.models.findModels(ANN, id))
      await removeNow(bench.queue, before, 'nothing');
    await bench.say(`/adopt ${id}`);
    await bench.sees(/^org\/model-2 · in this library\n/);
    const model = bench.store.models.getModelByName(ANN, id);
    bench.queue.remove(model?.id ?? 0, { taking: 'nothing', freedBytes: 0 });
    await bench.say(`/adopt ${id}`);
    await bench.sees(`${id} was removed here within the last hour: /undo ${id} brings it back.`);
    expect(await bench.ask('/adopt')).toBe(
      'What is in the cache is in a library, or was removed within the last hour: /undo brings that back.',
    );
    await bench.say(`/undo ${id}`);
    expect(await bench.ask('/adopt')).toBe('Every model in the cache is in a library.');
  });

  it('says what is missing, and fetches the rest when somebody taps', async () => {
    const id = 'org/partly';
    bench.hub.addRepo(
      defineRepo({
        id,
        files: [
          { path: 'config.json', content: '{}' },
          { path: 'model.safetensors', size: 50_000, seed: id },
        ],
      }),
    );
    put(id, ['config.json']);
    await bench.say(`/adopt ${id}`);
    const card = await bench.sees(/^org\/partly · incomplete\n/);
    expect(card.text?.split('\n').slice(1)).toEqual([
      '1 of 2 files is missing: model.safetensors',
      '50 kB are missing or broken, so it is not taken over as it is.',
    ]);
    expect(labels(card)).toEqual(['Fetch the rest · 50 kB']);
    expect(bench.store.models.getModelByName(ANN, id)).toBe(undefined);
    await bench.press(card, 'Fetch the rest · 50 kB');
    await bench.sees(/^org\/partly · completed\n/);
    expect(bench.store.copies.getCopy(bench.store.models.getModelByName(ANN, id)?.copyId ?? 0)?.madeBy).toBe('hubgram');
    const message = bench.telegram.say(ANN, GROUP, 'hello');
    const verification = bench.store.verifications.nextItems([])[0]?.verificationId ?? 3;
    const pressed = bench.telegram.pressForged(ANN, GROUP, message.message_id, `rest:${verification}:1`);
    await expect
      .poll(() => bench.telegram.answers.find(({ callbackQueryId }) => callbackQueryId === pressed)?.text)
      .toBe('That is not to be had any more.');
  });

  it('is read from the cache where the Hub is down, and says so', async () => {
    put('org/model-0');
    for (const { id } of bench.store.models.findModels(ANN, 'org/model-0')) await removeNow(bench.queue, id, 'nothing');
    await bench.hub.takeDown('hub');
    await bench.say('/adopt org/model-0');
    const card = await bench.sees(/^org\/model-0 · in this library\n[^]*Checked against the names of its blobs/);
    expect(card.text).toMatch(
      /It is in this library now; nothing was fetched\.\nChecked against the names of its blobs, since the Hub did not tell/,
    );
    await bench.hub.bringUp('hub');
  });
});
