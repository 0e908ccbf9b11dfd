import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { type TestHosts, withNas } from '../helpers/hosts.ts';
import { putAsPython } from '../helpers/python-cache.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

/* What lies on another machine, as people are shown it and have it taken over. */

const [LEFT, HALF, HERE, GOES] = ['org/left', 'org/half', 'org/here', 'org/goes'];
const repos = [LEFT, HALF, HERE, GOES].map((id) =>
  defineRepo({
    id,
    files: [
      { path: 'config.json', content: '{}' },
      { path: 'model.safetensors', size: 100_000, seed: id },
    ],
  }),
);
const ALL = ['config.json', 'model.safetensors'];

let bench: BotBench;
let hosts: TestHosts;
let nas: number;
beforeAll(async () => {
  const machines = withNas();
  bench = await openBot({ hub: { repos }, hosts: machines.make });
  [nas, hosts] = [machines.nas(), machines.hosts()];
  const { store } = bench;
  store.hosts.noteSeen(nas, { version: '1', freeBytes: 5e9, totalBytes: 10e9 });
  store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  store.users.setRole(BOB, 'member');
  store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
});
afterAll(() => bench?.close());

const put = (machine: 'hub' | 'nas', id: string, paths: readonly string[] = ALL): void => {
  const { id: commit, files } = bench.hub.commitOf(id);
  const cacheDir = join(dirname(bench.cacheDir), machine);
  mkdirSync(cacheDir, { recursive: true });
  putAsPython(cacheDir, {
    repoFolder: `models--${id.replace('/', '--')}`,
    commit,
    revision: 'main',
    files: files
      .filter(({ path }) => paths.includes(path))
      .map((file) => ({ path: file.path, etag: file.etag(), content: file.content.read(0, file.size) })),
    hasLinks: true,
  });
};
const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
const fresh = (message: SimMessage | undefined): SimMessage | undefined =>
  bench.shown().find(({ message_id: id }) => id === message?.message_id);
const placesOf = (id: string): number[] => bench.store.models.findModels(ANN, id).map(({ hostId }) => hostId);

describe('what lies on another machine', () => {
  it('is in no library, as /storage says of it and /adopt with its machine; it is taken over by a name with the machine', async () => {
    put('nas', LEFT);
    put('nas', HALF, ['config.json']);
    const [storage] = await bench.say('/storage nas');
    expect(storage?.text).toMatch(/^Storage of nas · there\n[█▓░▁]+\n100 kB models, /);
    expect(storage?.text).toMatch(
      /\n100 kB in the cache are in no library, of 2 repositories\.\nNo library has a complete model on nas/,
    );
    expect(labels(storage)).toEqual(['In no library', '‹ Storage', 'Look again']);
    await bench.press(storage, 'In no library');
    expect(fresh(storage)?.text).toMatch(
      /^In no library on nas\n100 kB · org\/left · put there by another program, or before\n2 B · org\/half · /,
    );
    await bench.press(fresh(storage), '‹ nas');
    expect(fresh(storage)?.text).toMatch(/^Storage of nas · there\n/);
    const [list] = await bench.say('/adopt');
    expect(list?.text).toMatch(/^In the cache · 2 in no library, 100 kB\n.*\n1 org\/left on nas · 100 kB in 2 files/);
    await bench.say('/adopt org/left on NAS');
    await bench.sees(/^org\/left on nas · in this library\n2 files are right .*; nothing was fetched\.$/);
    expect(placesOf(LEFT)).toEqual([nas]);
    // It comes in its own time: it is no answer to what is asked next.
    await bench.sees(/^org\/left on nas · completed/);
    expect(await bench.ask('/adopt org/left on attic')).toBe('No machine is called “attic”. There are here, nas.');
    expect(await bench.ask('/adopt on nas')).toMatch(/^Behind \/adopt stands a name/);
    await bench.say('/adopt org/none on=nas');
    await bench.sees(/^org\/none · not taken over\nNothing of org\/none lies in the cache on nas\. /);
  });

  it('is completed there, whatever is usual in the chat', async () => {
    await bench.say('/adopt all on nas');
    const card = await bench.sees(/^org\/half on nas · incomplete\n/);
    await bench.press(card, 'Fetch the rest · 100 kB');
    await bench.sees(/^org\/half on nas · completed/);
    expect(placesOf(HALF)).toEqual([nas]);
  });

  it('goes from a machine that is away when that is back: the message of a removal says so', async () => {
    hosts.away.add(nas);
    const [left] = bench.store.models.findModels(ANN, LEFT);
    const [question] = await bench.say(`/remove #${left?.id}`);
    await bench.press(question, 'Delete the files · 100 kB');
    const card = await bench.sees(/^org\/left on nas · removed\n/);
    expect(card.text).toMatch(/\nnas is away since \d\d:\d\d: nothing is deleted there until it is reached again\.\n/);
    await bench.press(card, 'Undo');
    await bench.sees(/^org\/left on nas · brought back/);
    hosts.away.clear();
  });

  it('is told of a chat in that chat, and of all to an owner alone', async () => {
    const [theirs] = await bench.say('/storage nas', { userId: BOB });
    expect(theirs?.text).toMatch(/\nNo model of this chat is complete on nas\.$/);
    expect(theirs?.text).not.toContain('library');
    put('nas', HERE);
    for (const part of ['u', 'p', 'g', 'x']) {
      bench.telegram.pressForged(BOB, BOB, theirs?.message_id ?? 0, `storage:${part}:0:${nas}`);
      await bench.say('/help', { userId: BOB });
      const now = bench.shown(BOB).find(({ message_id: id }) => id === theirs?.message_id);
      expect(now?.text).not.toMatch(/org\/|library/);
    }
  });

  it('of one that is away is what was known; what lies elsewhere is listed all the same', async () => {
    rmSync(bench.cacheDir, { recursive: true, force: true });
    put('hub', HERE);
    hosts.away.add(nas);
    const [storage] = await bench.say('/storage nas');
    expect(storage?.text).toMatch(
      /^Storage of nas · away since \d\d:\d\d\n[█▓░▁]+\n200 kB models, .* then\.\nModels, the/,
    );
    expect(labels(storage)).toEqual(['‹ Storage', 'Look again']);
    const [list] = await bench.say('/adopt');
    expect(list?.text).toMatch(/^In the cache · 1 in no library/);
    expect(list?.text).toMatch(/\nNo answer from nas: what lies there is not listed\.$/);
    expect(await bench.press(storage, 'Look again')).toBe('Looked again: nothing new.');
    hosts.away.clear();
    await bench.press(storage, '‹ Storage');
    expect(labels(fresh(storage))).toContain('nas');
    await bench.press(fresh(storage), 'nas');
    expect(fresh(storage)?.text).toMatch(/^Storage of nas · there\n/);
  });

  it('and came there from here is told of with what becomes of it here', async () => {
    await bench.say('/add org/goes');
    await bench.sees(/^org\/goes · completed\n100 kB(?: in \d+ s)?, verified/);
    await bench.say('/move org/goes nas');
    await bench.sees(
      /^org\/goes on nas · completed\n100 kB(?: in \d+ s)?, verified and ready to load\.\nIt lies on nas now; its files on the machine that I run on go\.$/,
    );
    const folder = join(bench.cacheDir, 'models--org--goes');
    await expect.poll(() => existsSync(folder)).toBe(false);
    // Whether it is whole is asked of the machine that it lies on.
    const [question] = await bench.say('/remove org/goes');
    await bench.press(question, 'Entry only');
    await bench.say('/add org/goes on=nas later');
    await bench.sees(/^org\/goes on nas · pending/);
    expect(await bench.ask('/edit org/goes status=completed')).toContain('All of it lies on the disk');
    await bench.sees(/^org\/goes on nas · completed\n100 kB · was on the disk already, verified/);
  });

  it('and is of another chat is told to owners with whose it is, and that nothing of it had to be fetched', async () => {
    await bench.say('/add org/here on=nas', { userId: BOB });
    await expect
      .poll(() => bench.shown(BOB).map(({ text = '' }) => text.split('\n').slice(0, 2).join(' ')))
      .toContainEqual(
        expect.stringMatching(/^org\/here on nas · completed 100 kB · was on the disk already, verified/),
      );
    const [storage] = await bench.say('/storage nas');
    expect(storage?.text).toMatch(/\n100 kB · org\/here on nas · of Bob(\n|$)/);
    expect(storage?.text).toMatch(/\n100 kB · #\d+ org\/goes on nas(\n|$)/);
  });
});
