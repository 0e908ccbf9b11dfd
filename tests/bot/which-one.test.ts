import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterEach(() => bench?.close());

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
const statusOf = (id: number): string | undefined => bench.store.models.getModel(id)?.status;
const now = (message: SimMessage | undefined): string | undefined =>
  bench.shown().find(({ message_id: id }) => id === message?.message_id)?.text;

describe('a command without a name', () => {
  it.each([
    ['/pause', 'pending', 'is paused'],
    ['/resume', 'paused', 'goes on'],
    ['/retry', 'failed', 'is tried again'],
    ['/download', 'paused', 'starts as soon as a place is free'],
    ['/download', 'failed', 'starts as soon as a place is free'],
  ] as const)('%s takes the only one that is %s', async (command, status, said) => {
    const id = bench.put('org/one', status);
    bench.put('org/done', 'completed');
    expect(await bench.ask(command)).toContain(`org/one ${said}`);
    expect(statusOf(id)).not.toBe(status);
  });

  it.each([
    ['/pause', 'there is nothing to pause'],
    ['/resume', 'Nothing is paused here'],
    ['/retry', 'Nothing has failed here'],
    ['/download', 'Nothing here waits to be started'],
    ['/cancel', 'there is nothing to cancel'],
    ['/cancel all', 'there is nothing to cancel'],
    ['/first', 'there is no order to change'],
    ['/priority', 'Nothing waits here'],
  ])('%s says that there is nothing it could mean', async (command, said) => {
    bench.put('org/done', 'completed');
    expect(await bench.ask(command)).toContain(said);
  });

  it('/cancel all says where what is no model yet can be left', async () => {
    await bench.say('/add sample/Tiny-Llama-GGUF');
    const picker = await bench.sees(/which one/i);
    expect(labels(picker)).toContain('Leave it');
    expect(await bench.ask('/cancel all')).toBe(
      'No model runs, waits or is paused here. 1 request is looked up or waits for an answer: “Leave it” under it ends it.',
    );
    await bench.press(picker, 'Leave it');
    expect(await bench.ask('/cancel all')).toMatch(/^Nothing runs, waits or is paused here/);
  });

  it.each(['/model', '/info', '/remove'])('%s says that the library is empty', async (command) => {
    expect(await bench.ask(command)).toContain('This library is empty');
  });

  it('offers several as buttons, what runs first, and the tap is answered in their place', async () => {
    const waiting = bench.put('org/waiting');
    bench.put('org/running', 'downloading');
    bench.put('org/done', 'completed');
    const [question] = await bench.say('/pause');
    expect(question?.text).toBe('Which one?');
    expect(labels(question)).toEqual(['#2 org/running · downloading', '#1 org/waiting · pending']);
    await bench.press(question, '#1 org/waiting · pending');
    expect(now(question)).toMatch(/^org\/waiting is paused/);
    expect(statusOf(waiting)).toBe('paused');
  });

  it('asks before it drops anything, though only one is meant', async () => {
    const id = bench.put('org/one');
    for (const [command, question] of [
      ['/cancel', 'Cancel org/one?'],
      ['/remove', 'Remove org/one from this library?'],
    ] as const)
      expect(await bench.ask(command)).toContain(question);
    expect(statusOf(id)).toBe('pending');
  });

  it('asks which one, and then whether it shall really go', async () => {
    bench.put('org/one', 'completed');
    bench.put('org/two', 'completed');
    const [question] = await bench.say('/remove');
    await bench.press(question, '#1 org/one · completed');
    expect(now(question)).toMatch(/^Remove org\/one/);
    expect(bench.store.models.getModel(1)).toBeDefined();
  });

  it('shows the card of the one that is tapped', async () => {
    bench.put('org/one', 'completed');
    bench.put('org/two', 'failed');
    const [question] = await bench.say('/model');
    expect(labels(question)).toEqual(['#2 org/two · failed', '#1 org/one · completed']);
    await bench.press(question, '#1 org/one · completed');
    expect(now(question)).toBe('The card of org/one is below.');
    await bench.sees(/^org\/one · completed/);
  });

  it('moves what waits: the last of two up, the first down', async () => {
    bench.put('org/one');
    bench.put('org/two');
    expect(await bench.ask('/up')).toMatch(/^org\/two is number 1 in the queue now/);
    expect(await bench.ask('/down')).toMatch(/^org\/two is number 2 in the queue now/);
    bench.put('org/three');
    const [question] = await bench.say('/first');
    await bench.press(question, '#3 org/three · pending');
    expect(now(question)).toMatch(/^org\/three is number 1 in the queue now/);
  });

  it('asks for the priority by buttons where what was said is none', async () => {
    bench.put('org/one');
    expect(await bench.ask('/priority org/one urgent')).toMatch(
      /^“urgent” is no priority\. Which priority shall org\/one have\? It has medium\.$/,
    );
  });

  it('asks for the priority by buttons where none was said', async () => {
    bench.put('org/one');
    const [which] = await bench.say('/priority');
    expect(labels(which)).toEqual(['high', 'medium', 'low']);
    await bench.press(which, 'high');
    expect(now(which)).toMatch(/^org\/one has priority high now/);
    bench.put('org/two');
    const [question] = await bench.say('/priority low');
    await bench.press(question, '#2 org/two · pending');
    expect(bench.store.models.getModel(2)?.priority).toBe('low');
    const [again] = await bench.say('/priority');
    await bench.press(again, '#2 org/two · pending');
    await bench.press(
      bench.shown().find(({ message_id: id }) => id === again?.message_id),
      'medium',
    );
    expect(bench.store.models.getModel(2)?.priority).toBe('medium');
  });

  it('shows no more than a phone can, and says so', async () => {
    for (let index = 0; index < 10; index += 1) bench.put(`org/m${index}`, 'failed');
    const [question] = await bench.say('/retry');
    expect(labels(question)).toHaveLength(8);
    expect(question?.text).toMatch(/Not all are shown/);
  });

  it('does not reach another chat’s models by a forged button', async () => {
    const id = bench.put('org/theirs', 'pending', BOB);
    const [message] = await bench.say('/queue');
    for (const data of [`pause:${id}:1`, `first:${id}:1`, `rank:${id}:1`, `cancelAll:${id}`]) {
      bench.telegram.pressForged(ANN, ANN, message?.message_id ?? 0, data);
    }
    await bench.telegram.waitFor(({ answers }) => answers.length === 4);
    expect(bench.store.models.getModel(id)).toMatchObject({ status: 'pending', priority: 'medium' });
  });
});

describe('/cancel all', () => {
  it('asks with the number, and leaves alone what was added since', async () => {
    const [one, two] = [bench.put('org/one'), bench.put('org/two', 'paused')];
    bench.put('org/done', 'completed');
    const [question] = await bench.say('/cancel all');
    expect(question?.text).toBe('Cancel all 2 models that run, wait or are paused here?');
    const later = bench.put('org/later');
    await bench.press(question, 'Yes, cancel all');
    expect(now(question)).toBe('2 models cancelled.');
    expect([one, two].map((id) => bench.store.models.isCancelled(id))).toEqual([true, true]);
    // The place that has become free may be its own already.
    expect(statusOf(later)).not.toBe('paused');
  });

  it('cancels nothing where somebody thinks better of it', async () => {
    const id = bench.put('org/one');
    const [question] = await bench.say('/CANCEL ALL');
    await bench.press(question, 'No, go on');
    expect(statusOf(id)).toBe('pending');
  });
});

describe('/library with a word', () => {
  it.each([
    ['failed', 'Nothing has failed.'],
    ['pending', 'Nothing waits in this library.'],
    ['completed', 'Nothing is here completely yet.'],
  ])('says in plain words that nothing is %s', async (word, said) => {
    expect(await bench.ask(`/library ${word}`)).toBe(said);
  });

  it('says which words there are if it does not know it', async () => {
    bench.put('org/one');
    expect(await bench.ask('/library faild')).toMatch(/Nothing in this library is “faild”.*pending, downloading/);
  });
});

it('a model that does not wait is not “there already”', async () => {
  bench.put('org/done', 'completed');
  expect(await bench.ask('/first #1')).toBe('org/done is completed: it does not wait in the queue.');
});

describe('/schedule with a verb and no name', () => {
  it.each(['enable', 'disable', 'remove', 'edit'])('says that there is none: %s', async (verb) => {
    expect(await bench.ask(`/schedule ${verb}`)).toMatch(/There is no schedule here yet/);
  });

  it('takes the only one, and asks before it removes', async () => {
    await bench.say('/schedule add daily 23:00 name=night');
    expect(await bench.ask('/schedule disable')).toMatch(/^night is off/);
    expect(await bench.ask('/schedule disable')).toMatch(/^No schedule is on here/);
    expect(await bench.ask('/schedule enable')).toMatch(/^night is on/);
    expect(await bench.ask('/schedule edit until=06:00')).toMatch(/every day 23:00 to 06:00/);
    expect(await bench.ask('/schedule remove')).toMatch(/^Remove the schedule night\?/);
    expect(bench.store.schedules.listSchedules(ANN)).toHaveLength(1);
  });

  it('offers several as buttons, with an example of this very verb', async () => {
    await bench.say('/schedule add daily 23:00 name=night');
    await bench.say('/schedule add weekend 10:00');
    const [question] = await bench.say('/schedule remove');
    expect(question?.text).toMatch(/\/schedule remove nightly/);
    expect(labels(question)).toEqual(['night · on', 'weekend · off']);
    await bench.press(question, 'weekend · off');
    await bench.sees('Remove the schedule weekend?');
    expect(now(question)).toBe('weekend it is.');
  });
});
