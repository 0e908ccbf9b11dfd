import { afterEach, describe, expect, it } from 'vitest';
import type { Model } from '../../src/domain/model.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

const DAY_MS = 86_400_000;
const sample = (id: string, size: number) =>
  defineRepo({
    id,
    files: [
      { path: 'config.json', content: '{}' },
      { path: 'model.safetensors', size, seed: id },
    ],
  });

let bench: BotBench;
let clock = createRunningClock();
afterEach(() => bench?.close());

const open = async (ids: readonly string[] = ['org/name'], size = 3000): Promise<void> => {
  clock = createRunningClock();
  bench = await openBot({ hub: { repos: ids.map((id) => sample(id, size)) }, clock });
  for (const id of ids) {
    await bench.say(`/add ${id}`);
    await bench.sees(new RegExp(`^${id} · completed\n.*verified and ready`));
  }
  await bench.renewals.look();
};
const day = async (): Promise<void> => {
  clock.pass(DAY_MS);
  await bench.renewals.look();
};
const move = (id = 'org/name', title = 'Fix the <b>config</b>') =>
  bench.hub.updateRepo(id, { files: [{ path: 'config.json', content: `{"now":"${title}"}` }], title }).id;
const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
const fresh = (message: SimMessage): SimMessage | undefined =>
  bench.shown().find(({ message_id: id }) => id === message.message_id);
const model = (id = 1): Model => bench.store.models.getModel(id) as Model;

describe('a branch that has moved', () => {
  it('is told of without a sound, under the card, and fetched by a tap', async () => {
    await open();
    const commit = move();
    await day();
    const notice = await bench.sees(/^org\/name · newer revision/);
    expect(notice.text).toBe(
      'org/name · newer revision\n1 file changed · 31 B to fetch\nWhat changed: “Fix the <b>config</b>”',
    );
    expect(notice.silent).toBe(true);
    expect(notice.reply_to_message?.text).toMatch(/^org\/name · completed/);
    expect(labels(notice)).toEqual(['Update', 'Ignore']);
    expect(await bench.press(notice, 'Update')).toMatch(/^It is being updated\./);
    expect(fresh(notice)?.text).toMatch(/^org\/name · is being updated\n1 file changed/);
    expect(labels(fresh(notice))).toEqual([]);
    await expect.poll(() => model().commitSha === commit && model().status).toBe('completed');
  });

  it('is left by a tap, and nothing more is said of that commit', async () => {
    await open();
    move();
    await day();
    const notice = await bench.sees(/newer revision/);
    expect(await bench.press(notice, 'Ignore')).toMatch(/^Left as it is\./);
    expect(fresh(notice)?.text).toMatch(/^org\/name · left as it is/);
    await day();
    await day();
    expect(bench.shown().filter(({ text }) => text?.includes('newer revision'))).toEqual([]);
    expect(await bench.ask('/update')).toMatch(/^Nothing newer is known\./);
  });

  it('is fetched by itself where the chat wants that, and told of', async () => {
    await open();
    bench.store.chatSettings.setChatSetting(ANN, 'always_update', 'on');
    const commit = move();
    await day();
    const notice = await bench.sees(/^org\/name · is being updated\n1 file changed/);
    expect(labels(notice)).toEqual([]);
    await expect.poll(() => model().commitSha === commit && model().status).toBe('completed');
  });

  it('shows an older message as what it has come to', async () => {
    await open();
    move();
    await day();
    const old = await bench.sees(/newer revision/);
    move('org/name', 'Once more');
    await day();
    await bench.sees('What changed:\n· Once more\n');
    expect(await bench.press(old, 'Update')).toMatch(/^That is not offered any more/);
    expect(model().status).toBe('completed');
    expect(bench.store.renewals.getRenewal(1)?.state).toBe('offered');
  });
});

describe('/update', () => {
  it('lists what is newer, with a button for each and one for all', async () => {
    await open(['org/one', 'org/two']);
    expect(await bench.ask('/update')).toBe(
      'Nothing newer is known. /update all looks on the Hub now, and fetches what is newer.',
    );
    move('org/one');
    move('org/two');
    await day();
    await bench.say('/updates');
    const list = await bench.sees('2 updates in this chat');
    expect(list.text).toBe('2 updates in this chat\n#1 org/one · 31 B to fetch\n#2 org/two · 31 B to fetch');
    expect(labels(list)).toEqual(['Update #1 org/one', 'Update #2 org/two', 'Update all']);
    expect(await bench.press(list, 'Update #1 org/one')).toMatch(/^It is being updated\./);
    expect(labels(fresh(list))).toEqual(['Update #2 org/two']);
  });

  it('updates all that its list has shown, and where more is offered by then shows that first', async () => {
    await open(['org/one', 'org/two', 'org/three']);
    move('org/one');
    move('org/two');
    await day();
    await bench.say('/update');
    const list = await bench.sees('2 updates in this chat');
    move('org/three');
    await day();
    expect(await bench.press(list, 'Update all')).toBe('What is offered has changed meanwhile. This is how it is now.');
    const all = [1, 2, 3].map((number) => `Update #${number} org/${['one', 'two', 'three'][number - 1]}`);
    expect(labels(fresh(list))).toEqual([...all, 'Update all']);
    expect(await bench.press(fresh(list), 'Update all')).toMatch(/^It is being updated\./);
    expect(labels(fresh(list))).toEqual([]);
  });

  it('with a name looks on the Hub now, says what is newer and fetches it', async () => {
    await open();
    const commit = move();
    // What is newer may be known by the time that this is read.
    expect(await bench.ask('/update org/name')).toMatch(
      /^org\/name is looked up on the Hub; what is newer is fetched\.(?:\n|$)/,
    );
    await bench.sees(/^org\/name · is being updated\n1 file changed · 31 B to fetch\nWhat changed: “Fix/);
    await expect.poll(() => model().commitSha === commit && model().status).toBe('completed');
    await bench.say('/update #1');
    await bench.sees('org/name is as new as on the Hub.');
  });

  it('says of what waits for a schedule that it will be updated, and does not say that it is', async () => {
    await open(['org/one', 'org/two', 'org/three']);
    const hourIn = (hours: number): string => new Date(clock.now() + hours * 3_600_000).toISOString().slice(11, 16);
    await bench.say(`/schedule add daily ${hourIn(12)} until ${hourIn(13)}`);
    const commit = move('org/one');
    await bench.say('/update org/one');
    const notice = await bench.sees(/^org\/one · will be updated\n/);
    expect(notice.text).toMatch(
      /^org\/one · will be updated\nIt begins when the schedule of this chat opens\. What is here can be loaded until the new is verified\.\n1 file changed/,
    );
    expect(model()).toMatchObject({ status: 'pending', commitSha: commit });
    move('org/two');
    await bench.say('/update all');
    expect((await bench.sees(/models? looked up/)).text).toMatch(
      /\nThat begins when the schedule of this chat opens\.$/,
    );
  });

  it('of all is answered by one message', async () => {
    await open(['org/one', 'org/two']);
    move('org/one');
    expect(await bench.ask('/update all')).toBe('2 models are looked up on the Hub; what is newer is fetched.');
    const answered = await bench.sees(/^2 models looked up/);
    expect(answered.text).toBe(
      '2 models looked up on the Hub: 1 being updated, 1 up to date.\nBeing updated: #1 org/one · 31 B to fetch',
    );
  });

  it('says why it could not be found out', async () => {
    await open();
    bench.hub.updateRepo('org/name', { private: true });
    await bench.say('/update #1');
    await bench.sees(/^org\/name · cannot be updated\nThe Hub does not show the model org\/name at “main” any more/);
  });

  it('of a commit says that it never changes', async () => {
    await open();
    const { id } = bench.hub.commitOf('org/name');
    await bench.say(`/add org/name@${id}`);
    await bench.sees(/^org\/name@\w{7} · completed\n.*verified and ready/);
    expect(await bench.ask('/update #2')).toMatch(/was added by its commit, which never changes/);
  });

  it('asks which one is meant, and takes the answer', async () => {
    await open(['org/one', 'org/two']);
    const [question] = await bench.say('/update org');
    expect(question?.text).toBe('Which one?');
    await bench.press(question, labels(question)[0] ?? '');
    await bench.sees(/^org\/\w+ is as new as on the Hub\.$/);
  });
});

describe('a repository that is called otherwise now', () => {
  it('is told of with a button, by which the model gets its name without a byte being fetched', async () => {
    await open(['org/name'], 300_000);
    bench.hub.updateRepo('org/name', { renameTo: 'team/better' });
    await day();
    const notice = await bench.sees(/^org\/name · renamed on the Hub\nIt is called team\/better there now\./);
    expect(notice.silent).toBe(true);
    const before = bench.hub.bytesSent();
    expect(await bench.press(notice, 'Use the new name')).toMatch(
      /^org\/name becomes team\/better: what is here is linked/,
    );
    await expect.poll(() => model().status === 'completed' && model().name).toBe('team/better');
    expect(model().downloadPath).toContain('/models--team--better/');
    // Lists and questions, and nothing of the weights.
    expect(bench.hub.bytesSent() - before).toBeLessThan(20_000);
    await bench.sees(/^team\/better · completed/);
  });
});

describe('a repository that is gone', () => {
  it('is told of once, with what stays', async () => {
    await open();
    bench.hub.updateRepo('org/name', { private: true });
    await day();
    const notice = await bench.sees(/^org\/name · no updates/);
    expect(notice.text).toMatch(
      /does not show the model org\/name at “main”.*\nWhat is here stays, and can be loaded as before\.$/,
    );
    expect(notice.silent).toBe(true);
  });
});
