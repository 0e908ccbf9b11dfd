import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { joinHost } from '../helpers/hosts.ts';
import { bringTo } from '../helpers/statuses.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GROUP = -1_002_000_000_007;
const repos = [defineRepo({ id: 'org/model', files: [{ path: 'config.json', content: '{}' }] })];

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ hub: { repos } });
});
afterEach(() => bench.close());

const labels = (message: Awaited<ReturnType<BotBench['sees']>>): string[] =>
  message.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
const placesOf = (name: string, chatId = ANN): number[] =>
  bench.store.models.findModels(chatId, name).map(({ hostId }) => hostId);

/** A model that is complete on the machine of the bot. */
const complete = async (): Promise<number> => {
  await bench.say('/add org/model');
  await bench.sees('1 file verified');
  // What tells of it comes in its own time: it is no answer to what is asked next.
  await bench.sees(/^org\/model · completed\n2 B(?: in \d+ s)?, verified/);
  return bench.store.models.getModelByName(ANN, 'org/model')?.id ?? 0;
};

describe('a finished model', () => {
  it('comes onto another machine too, by a button that is there only if there is one', async () => {
    const id = await complete();
    expect(labels(await bench.sees('1 file verified')).join()).not.toContain('Also on');
    const nas = joinHost(bench.store);
    await bench.say('/model org/model');
    const card = () => bench.shown().findLast(({ text }) => text?.includes('1 file verified'));
    // The board draws it in its own time.
    await expect.poll(() => labels(card() as never)).toContain('Also on nas');
    await bench.press(card(), 'Also on nas');
    await bench.sees(/^org\/model on nas · pending\nnas is away/);
    expect(placesOf('org/model')).toEqual([nas, 1]);
    expect(bench.store.models.getModel(id)?.status).toBe('completed');
    // It is on all that there are: its card offers no other one, without being asked for.
    await expect.poll(() => labels(card() as never).join()).not.toContain('Also on');
    expect(await bench.ask(`/move #${id} nas`)).toMatch(/^org\/model is on its way to nas already: #\d+\.$/);
  });

  it('asks which machine, where there are several', async () => {
    await complete();
    for (const name of ['nas', 'gpu-box']) joinHost(bench.store, name);
    await bench.say('/model org/model');
    await bench.press(bench.shown().at(-1), 'Also on …');
    const question = await bench.sees('Where else shall it lie?');
    expect(labels(question)).toEqual(['Also on nas', 'Move to nas', 'Also on gpu-box', 'Move to gpu-box']);
    await bench.press(question, 'Move to gpu-box');
    await bench.sees(/^org\/model on gpu-box · pending\ngpu-box is away/);
    expect(placesOf('org/model')).toEqual([3]);
  });
});

describe('/check', () => {
  it('of a model on a machine that is away says so on its card, and keeps nothing here from being checked', async () => {
    await complete();
    const { store } = bench;
    const there = { chatId: ANN, name: 'org/there', hostId: joinHost(store), commitSha: 'a'.repeat(40), files: [] };
    const { id } = store.models.createModel(there);
    bringTo(store, id, 'completed');
    await bench.say('/check org/there on nas');
    await bench.sees(/^org\/there on nas · completed[^]*\nCheck: waits for nas, which is away/);
    expect(await bench.ask('/check org/there')).toMatch(/is being checked already/);
    await bench.say('/check org/model');
    await bench.sees(/^org\/model · completed[^]*\nChecked: no weights/);
    expect(store.checks.checkOf(store.models.getModel(id)?.copyId ?? 0)?.state).toBe('waiting');
  });
});

describe('/move', () => {
  it('asks which one only where there is another machine', async () => {
    await complete();
    expect(await bench.ask('/move')).toBe(
      'There is no other machine yet that models could move to. /hosts says how one comes in.',
    );
    joinHost(bench.store);
    expect(await bench.ask('/move')).toMatch(/^org\/model lies on the machine that I run on\. Where else/);
  });

  it('moves a model, which stays where it is until it is whole there', async () => {
    const id = await complete();
    const nas = joinHost(bench.store);
    const before = bench.store.models.getModel(id);
    await bench.say('/move org/model to NAS');
    await bench.sees(/^org\/model on nas · pending/);
    expect(bench.store.models.getModel(id)).toMatchObject({ hostId: nas, copyId: before?.copyId, status: 'pending' });
    expect(placesOf('org/model')).toEqual([nas]);
    // And back, to where it lies still.
    await bench.say('/move org/model here');
    await expect.poll(() => bench.store.models.getModel(id)?.status).toBe('completed');
    expect(bench.store.models.getModel(id)).toMatchObject({ hostId: 1, copyId: before?.copyId });
  });

  it('that is cancelled leaves the model complete where it lies, as the answer, the card and the library say', async () => {
    const id = await complete();
    joinHost(bench.store);
    await bench.say('/move org/model nas');
    await bench.sees(/^org\/model on nas · pending\n(?:.*\n)*It lies on the machine that I run on still\./);
    expect(await bench.ask('/move org/model nas')).toBe('org/model is on its way to nas already.');
    const row = async () => labels((await bench.say('/library'))[0] as never)[0];
    expect(await row()).toBe(`#${id} org/model · moves to nas · waits for nas, which is away · 2 B`);
    expect(await bench.ask('/queue')).toContain(`#${id} org/model · moves to nas · 2 B · waits for nas, which is away`);
    expect(await bench.ask(`/pause #${id}`)).toBe(
      'The move of org/model to nas is paused; it lies on the machine that I run on. What has arrived is kept.',
    );
    expect(await row()).toBe(`#${id} org/model · moves to nas · paused · 2 B`);
    expect(await bench.ask('/queue')).toContain(`Paused\n#${id} org/model · moves to nas`);
    expect(await bench.ask(`/resume #${id}`)).toMatch(/^The move of org\/model to nas goes on\. nas is away/);
    const [question] = await bench.say(`/cancel #${id}`);
    expect(question?.text).toBe(
      'Cancel the move of org/model to nas? It stays on the machine that I run on, as it is.',
    );
    await bench.press(question, 'Yes, cancel');
    await bench.sees(/^The move of org\/model to nas is cancelled: it lies on the machine that I run on, as before\.$/);
    await bench.sees(/^org\/model · completed\n2 B(?: in \d+ s)?\n1 file verified; /);
    const [list] = await bench.say('/library');
    expect(labels(list as never)[0]).toMatch(/^#\d+ org\/model · completed/);
    // And it may be asked for again, with what else shall change.
    await bench.say('/edit org/model on=nas title=Klein');
    await bench.sees(/^org\/model on nas · pending/);
    expect(bench.store.models.getModel(id)).toMatchObject({ title: 'Klein', status: 'pending' });
    await bench.press((await bench.say('/cancel all'))[0], 'Yes, cancel all');
    expect(bench.store.models.getModel(id)).toMatchObject({ title: 'Klein', status: 'completed', hostId: 1 });
  });

  it('that is paused before anything has come there does not say that something was kept', async () => {
    const id = await complete();
    joinHost(bench.store);
    await bench.say('/move org/model nas');
    await bench.sees(/^org\/model on nas · pending/);
    await bench.say(`/pause #${id}`);
    const card = await bench.sees(/^org\/model on nas · paused\n/);
    expect(card.text).not.toContain('kept');
    expect(card.text).toContain('It lies on the machine that I run on still.');
  });

  it('says of a removal meanwhile what lies where, and lets the files stay', async () => {
    const id = await complete();
    joinHost(bench.store);
    await bench.say('/move org/model nas');
    await bench.sees(/^org\/model on nas · pending/);
    const [question] = await bench.say(`/remove #${id}`);
    expect(question?.text).toBe(
      'Remove org/model? Its entry only, or the files too? That frees 2 B. It moves to nas; what has arrived there is dropped. It can be undone for an hour.',
    );
    expect(labels(question as never)).toEqual(['Entry only', 'Files too · 2 B', 'Leave it']);
    await bench.press(question, 'Entry only');
    await bench.sees(/^org\/model on nas · removed\nIts files stay on the disk\.\n/);
    await bench.press(await bench.sees(/ · removed\n/), 'Undo');
    await bench.sees(/^org\/model on nas · brought back/);
    expect(bench.store.models.getModel(id)?.copyId).not.toBeNull();
  });

  it('that has failed says so, and where the model lies; cancelling leaves it there', async () => {
    const id = await complete();
    const nas = joinHost(bench.store);
    await bench.say('/move org/model nas');
    await bench.sees(/^org\/model on nas · pending/);
    bench.store.models.moveModel(id, 'pending', 'downloading');
    bench.store.models.moveModel(id, 'downloading', 'failed');
    const card = await bench.sees(
      new RegExp(
        `^org/model on nas · failed\\n(?:.*\\n)*It lies on the machine that I run on still\\. /cancel #${id} leaves`,
      ),
    );
    expect(labels(card)).toContain('Cancel');
    expect(await bench.ask('/move org/model nas')).toBe(
      `org/model did not come to nas. /retry #${id} tries it again, and /cancel #${id} leaves it where it lies.`,
    );
    expect(bench.store.models.getModel(id)?.hostId).toBe(nas);
    await bench.press((await bench.press(card, 'Cancel'), await bench.sees(/^Cancel the move/)), 'Yes, cancel');
    await bench.sees(/^org\/model · completed\n/);
  });

  it('takes of several of a name the one that is not there yet', async () => {
    const id = await complete();
    const [nas, gpu] = [joinHost(bench.store), joinHost(bench.store, 'gpu')];
    await bench.say('/move org/model nas');
    await bench.sees(/^org\/model on nas · pending/);
    await bench.say('/add org/model on=here');
    await expect.poll(() => placesOf('org/model')).toEqual([1, nas]);
    // Its card comes in its own time, before the answer or after it.
    expect(await bench.ask('/move org/model here')).toMatch(
      /^org\/model is on (?:its way to )?the machine that I run on already: #2\./m,
    );
    await bench.say('/move #2 gpu');
    await bench.sees(/^org\/model on gpu · pending/);
    expect(bench.store.models.getModel(id)?.hostId).toBe(nas);
    expect(placesOf('org/model')).toEqual([gpu, nas]);
  });

  it('begins at once, whatever the model waited for when it was added', async () => {
    const id = await complete();
    const { store } = bench;
    store.models.updateModelDetails(id, { scheduled: true });
    joinHost(store);
    await bench.say('/move org/model nas');
    const card = await bench.sees(/^org\/model on nas · pending/);
    expect(card.text).toMatch(/\nnas is away; it goes on by itself\.\n/);
  });

  it('asks where to, says what is wrong, and leaves alone what others have asked for', async () => {
    await complete();
    expect(await bench.ask('/move org/model')).toMatch(/^org\/model: where to\? There is no other machine/);
    joinHost(bench.store);
    const [question] = await bench.say('/move org/model');
    expect(question?.reply_markup?.inline_keyboard.flat().map(({ text }) => text)).toEqual([
      'Move to nas',
      'Also on nas',
    ]);
    expect(await bench.ask('/move org/model attic')).toBe('No machine is called “attic”. There are here, nas.');
    expect(await bench.ask('/move org/gone nas')).toContain('There is no “org/gone” in this chat’s library');
    const { store, telegram } = bench;
    store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    store.users.setRole(BOB, 'member');
    telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
    store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'Lab' });
    store.chats.setAccess(GROUP, 'approved');
    const { id } = store.models.createModel({ chatId: GROUP, name: 'org/model', requestedBy: ANN });
    expect(await bench.ask(`/move@hubgram_bot #${id} nas`, { userId: BOB, chatId: GROUP })).toMatch(
      /^Only the person who asked/,
    );
    expect(placesOf('org/model', GROUP)).toEqual([1]);
  });
});

describe('on= behind other commands', () => {
  it('moves a model by /edit, with what else shall change about it', async () => {
    const id = await complete();
    const nas = joinHost(bench.store);
    expect(await bench.ask('/edit org/model on=attic title=X')).toContain('No machine is called “attic”.');
    expect(bench.store.models.getModel(id)).toMatchObject({ hostId: 1, title: null });
    await bench.say('/edit org/model on=NAS title=Mine');
    await bench.sees(/^org\/model on nas · pending/);
    expect(bench.store.models.getModel(id)).toMatchObject({ hostId: nas, title: 'Mine', status: 'pending' });
    // It is to go there already: what else is said counts.
    expect(await bench.ask('/edit org/model on=nas title=Other')).toMatch(/^org\/model on nas · .*Other/);
    expect(await bench.ask('/edit org/model on=nas')).toBe('org/model is on its way to nas already.');
    expect(bench.store.models.getModel(id)?.title).toBe('Other');
    expect(await bench.ask('/edit all on=nas')).toContain('a machine are given to one model at a time');
  });

  it('has files that people send, and those of the web, stay on the machine of the bot', async () => {
    joinHost(bench.store);
    const refusal = 'come onto the machine that I run on. Leave out on=.';
    expect(await bench.ask('/keep https://example.org/a.gguf on=nas')).toContain(refusal);
    expect(await bench.ask('/keep https://example.org/a.gguf on=attic')).toBe(
      'No machine is called “attic”. There are here, nas.',
    );
    bench.telegram.sendDocument(ANN, ANN, { data: 'text', name: 'a.txt', caption: '/keep on=nas' });
    await expect.poll(() => bench.shown().filter(({ text }) => text?.includes(refusal)).length).toBe(2);
    expect(bench.store.models.listModels(ANN)).toEqual([]);
  });
});
