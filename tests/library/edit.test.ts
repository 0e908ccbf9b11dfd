import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { editAll, editModel } from '../../src/library/edit.ts';
import { EDIT_KEYS, readEdit } from '../../src/library/read-edit.ts';
import { bringTo } from '../helpers/statuses.ts';
import { type QueueBench, removeNow, sampleModel, setUp } from '../queue/setup.ts';

const CHAT = 1;
const NAMES = ['sample/a', 'sample/b', 'sample/c'];

let bench: QueueBench;
beforeEach(async () => {
  bench = await setUp({ repos: NAMES.map((name) => sampleModel(name, 1000)) });
});
afterEach(() => bench?.close());

const edit = (id: number, options: Parameters<typeof readEdit>[0]) =>
  editModel(bench, bench.model(id), readEdit(options));

describe('an edit', () => {
  it('of every field is kept, and taken back by “none”', async () => {
    const { id } = bench.add(CHAT, 'sample/a');
    const title = 'My <b>_demo_</b> 🚀';
    const options = {
      title: `  ${title}\n`,
      description: 'Two\nlines',
      priority: 'HIGH',
      category: 'Audio',
      tags: 'nlp, #Small ,nlp',
      enabled: 'no',
      pinned: 'yes',
      retries: '3',
      check: 'Weekly',
    };
    expect(Object.keys(options)).toEqual(EDIT_KEYS.filter((key) => key !== 'status'));
    expect(await edit(id, options)).toMatchObject({
      model: {
        title,
        description: 'Two\nlines',
        priority: 'high',
        category: 'audio',
        enabled: false,
        pinned: true,
        maxRetries: 3,
        checkFrequency: 'weekly',
      },
      tags: ['nlp', 'Small'],
    });
    const none = { title: 'none', description: '-', category: 'none', tags: 'none', retries: 'default', check: 'none' };
    expect(await edit(id, none)).toMatchObject({
      model: {
        title: null,
        description: null,
        category: null,
        maxRetries: null,
        checkFrequency: null,
        priority: 'high',
      },
      tags: [],
    });
  });

  it('adds tags and takes them away', async () => {
    const { id } = bench.add(CHAT, 'sample/a');
    await edit(id, { tags: 'one,two' });
    expect((await edit(id, { tags: '+three,-ONE' })).tags).toEqual(['two', 'three']);
    const many = Array.from({ length: 29 }, (_, at) => `+t${at}`).join(',');
    await expect(edit(id, { tags: many })).rejects.toThrow(/30 tags at most.*31/);
    expect(bench.store.models.tagsOf(id)).toEqual(['two', 'three']);
  });

  it.each([
    [{ title: 'x'.repeat(121) }, /A title has 120 characters at most; this one has 121/],
    [{ description: 'x'.repeat(4001) }, /4000 characters at most; this one has 4001/],
    [{ priority: 'urgent' }, /high, medium, low; “urgent”/],
    [{ category: 'film' }, /There is no category “film” here; there are text, image/],
    [{ tags: 'x'.repeat(65) }, /64 characters at most/],
    [{ enabled: 'maybe' }, /enabled= takes yes or no/],
    [{ retries: '-1' }, /from 0 to 100/],
    [{ retries: '2.5' }, /from 0 to 100/],
    [{ check: 'hourly' }, /^check= takes daily, weekly, monthly, off, or “none”/],
    [{ status: 'done' }, /There is no status “done”/],
  ])('of %j is refused with what would be right, and changes nothing', async (options, sentence) => {
    const { id } = bench.add(CHAT, 'sample/a');
    const before = bench.model(id);
    await expect((async () => edit(id, { ...options, pinned: 'yes' }))()).rejects.toThrow(sentence);
    expect(bench.model(id)).toEqual(before);
  });

  it('takes a description of four thousand characters', async () => {
    const { id } = bench.add(CHAT, 'sample/a');
    const description = '🚀'.repeat(4000);
    expect((await edit(id, { description })).model.description).toBe(description);
  });
});

describe('a status', () => {
  it('is had by the moves that buttons make', async () => {
    const { id } = bench.add(CHAT, 'sample/a');
    const status = async (wanted: string) => (await edit(id, { status: wanted })).model.status;
    bench.queue.hold();
    expect(await status('paused')).toBe('paused');
    expect(await status('pending')).toBe('pending');
    bringTo(bench.store, id, 'failed');
    expect(await status('pending')).toBe('pending');
    expect((await edit(id, { status: 'pending' })).status).toBeUndefined();
  });

  it.each([
    ['pending', 'failed', /fails by itself/],
    ['pending', 'cancelled', /\/cancel does that: it asks first/],
    ['pending', 'downloading', /waits for nothing but its turn/],
    ['failed', 'paused', /It is failed: only what waits or downloads/],
    ['completed', 'pending', /It is complete/],
    ['completed', 'downloading', /nothing is left to download/],
    ['downloading', 'pending', /\/pause stops it/],
  ] as const)('of what is %s cannot be %s, which changes nothing else either', async (from, to, sentence) => {
    const { id } = bench.add(CHAT, 'sample/a');
    bringTo(bench.store, id, from);
    await expect(edit(id, { status: to, pinned: 'yes' })).rejects.toThrow(sentence);
    expect(bench.model(id)).toMatchObject({ status: from, pinned: false });
  });

  it('of completed is had after everything on the disk was verified, without a byte from the Hub', async () => {
    const { id } = bench.add(CHAT, 'sample/a');
    bench.queue.start();
    const { downloadPath } = await bench.reaches(id, 'completed');
    await removeNow(bench.queue, id, 'nothing');
    const sent = bench.hub.bytesSent();
    bench.queue.hold();
    const again = bench.add(CHAT, 'sample/a');
    bench.queue.pause(again.id);
    expect((await edit(again.id, { status: 'completed' })).status).toBe('verifying');
    // Until then it is what it was.
    expect(bench.model(again.id).status).toBe('pending');
    bench.queue.unhold();
    await bench.reaches(again.id, 'completed');
    expect(bench.hub.bytesSent()).toBe(sent);
    expect(readFileSync(join(downloadPath ?? '', 'config.json'), 'utf8')).toBe('{}');
  });

  it('of completed is refused while something of it is not on the disk', async () => {
    const { id } = bench.add(CHAT, 'sample/a');
    bench.queue.start();
    const { downloadPath } = await bench.reaches(id, 'completed');
    await removeNow(bench.queue, id, 'nothing');
    rmSync(join(downloadPath ?? '', 'model.safetensors'));
    bench.queue.hold();
    const again = bench.add(CHAT, 'sample/b');
    await expect(edit(again.id, { status: 'completed' })).rejects.toThrow(/1 kB of it are not on the disk/);
    expect(bench.model(again.id).status).toBe('pending');
  });
});

describe('switching off', () => {
  it('stops what runs, keeps what has arrived, and lets nothing begin until it is on again', async () => {
    const letGo = bench.hub.setFault({ kind: 'held', path: 'sample/a/model', bytes: 500 });
    const { id } = bench.add(CHAT, 'sample/a');
    bench.queue.start();
    await bench.reaches(id, 'downloading');
    await edit(id, { enabled: 'no' });
    expect(bench.model(id)).toMatchObject({ status: 'pending', enabled: false });
    letGo();
    expect(bench.queue.waitingOf(bench.model(id))).toEqual({ kind: 'disabled' });
    expect(bench.queue.startNow(id)).toBe(false);
    await edit(id, { enabled: 'on' });
    await bench.reaches(id, 'completed');
    expect(bench.store.sessions.getDownloadHistory(id)).toHaveLength(1);
  });
});

describe('an edit of many', () => {
  const anybody = () => true;

  it('changes what a filter finds in this chat, and leaves what others asked for', async () => {
    bench.queue.hold();
    const [a, b] = [bench.add(CHAT, 'sample/a'), bench.add(CHAT, 'sample/b')];
    const elsewhere = bench.add(2, 'sample/a');
    for (const { id } of [a, b, elsewhere]) bench.store.models.setTags(id, ['nlp']);
    bench.add(CHAT, 'sample/c');
    const change = readEdit({ priority: 'low', enabled: 'no', tags: '+slow' });
    const done = await editAll(bench, CHAT, { tags: ['nlp'] }, { edit: change, mayEdit: anybody });
    expect(done).toEqual({ changed: 2, same: 0, others: 0, refused: undefined });
    const priorities = bench.store.models.listModels(CHAT).map(({ priority, enabled }) => `${priority} ${enabled}`);
    expect(priorities).toEqual(['medium true', 'low false', 'low false']);
    expect(bench.store.models.tagsOf(a.id)).toEqual(['nlp', 'slow']);
    expect(bench.model(elsewhere.id)).toMatchObject({ priority: 'medium', enabled: true });
    const nobody = await editAll(bench, CHAT, {}, { edit: change, mayEdit: () => false });
    expect(nobody).toEqual({ changed: 0, same: 0, others: 3, refused: undefined });
  });

  it('tells of those that could not be changed so, and changes the rest', async () => {
    bench.queue.hold();
    const [a, b] = [bench.add(CHAT, 'sample/a'), bench.add(CHAT, 'sample/b')];
    bringTo(bench.store, b.id, 'completed');
    const done = await editAll(bench, CHAT, {}, { edit: readEdit({ status: 'paused' }), mayEdit: anybody });
    expect(done).toEqual({
      changed: 1,
      same: 0,
      others: 0,
      refused: { models: 1, sentence: expect.stringContaining('only what waits') },
    });
    expect(bench.model(a.id).status).toBe('paused');
  });

  it('gives no title to all', async () => {
    const change = { edit: readEdit({ title: 'x' }), mayEdit: anybody };
    await expect(editAll(bench, CHAT, {}, change)).rejects.toThrow(/one model at a time/);
  });
});
