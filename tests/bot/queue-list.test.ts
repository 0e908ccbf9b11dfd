import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunningClock } from '../helpers/clock.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

/** A Friday noon, from which the time goes on. */
const NOON = Date.parse('2026-11-20T12:00:00.000Z');

let bench: BotBench;
beforeEach(async () => {
  const clock = createRunningClock();
  clock.turn(NOON - clock.now());
  bench = await openBot({ concurrency: 1, clock });
  bench.queue.hold();
});
afterEach(() => bench?.close());

const schedule = (id: number): void => {
  bench.store.models.updateModelDetails(id, { scheduled: true, statusReason: 'schedule' });
};

/** The second line of a model's card. */
const onCard = async (id: number, name: string): Promise<string> => {
  await bench.say(`/model #${id}`);
  const card = await bench.sees(new RegExp(`^${name} · `));
  return card.text?.split('\n')[1] ?? '';
};

describe('/queue', () => {
  it('says what the card says: while the schedule is closed, without one, and when the owner holds all', async () => {
    const id = bench.put('gpt2');
    schedule(id);
    expect(await bench.ask('/queue')).toContain('#1 gpt2 · 5 B · held by the owner');
    expect(await onCard(id, 'gpt2')).toBe('The owner of this bot holds all downloads.');
    bench.queue.unhold();
    expect(await bench.ask('/queue')).toContain('#1 gpt2 · 5 B · waits to be started');
    expect(await onCard(id, 'gpt2')).toBe('Waits until somebody starts it.');
    await bench.say('/schedule add daily 20:30 until 23:00 name=evening');
    expect(await bench.ask('/queue')).toContain('#1 gpt2 · 5 B · starts today 20:30');
    expect(await onCard(id, 'gpt2')).toBe('Starts today 20:30 (evening).');
    bench.store.models.updateModelDetails(id, { statusReason: 'window_closed' });
    expect(await bench.ask('/queue')).toContain('#1 gpt2 · 5 B · goes on today 20:30');
    expect(await onCard(id, 'gpt2')).toBe('Its time is over for now. It goes on today 20:30 (evening).');
    expect(await bench.ask('/library')).toContain('Library');
    expect(JSON.stringify(bench.shown().at(-1)?.reply_markup)).toContain('#1 gpt2 · goes on today 20:30');
  });

  it('says of what was interrupted or paused how much of it is here', async () => {
    const { sessions } = bench.store;
    for (const status of ['pending', 'paused'] as const) {
      const session = sessions.startOrContinue(bench.put(`org/${status}`, status), 5);
      sessions.updateDownloadSession(session.id, 'in_progress', { bytesDownloaded: 2 });
    }
    const queue = await bench.ask('/queue');
    expect(queue).toContain('#1 org/pending · 40 % of 5 B · held by the owner');
    expect(queue).toContain('Paused\n#2 org/paused · 40 % of 5 B');
  });

  it('lets the smallest start first, by a word or a tap, until somebody moves one by hand', async () => {
    const put = (name: string, sizeBytes: number): number =>
      bench.store.models.createModel({ chatId: ANN, name, sizeBytes }).id;
    const ids = [put('org/large', 3000), put('org/small', 1000)];
    const order = () => bench.store.models.waiting(ANN).map(({ id }) => id);
    expect(await bench.ask('/queue smallest')).toMatch(/^The smallest that wait start first now/);
    expect(order()).toEqual([ids[1], ids[0]]);
    const [list] = await bench.say('/queue');
    expect(list?.text).toContain('Waiting, smallest first\n#2 org/small');
    await bench.press(list, 'Change the order');
    expect(await bench.press(list, 'As added')).toMatch(/in the order in which it was added/);
    expect(order()).toEqual(ids);
    expect(await bench.press(list, 'Smallest first')).toMatch(/^The smallest/);
    await bench.say('/first org/large');
    expect(order()).toEqual(ids);
    expect(await bench.ask('/queue')).not.toContain('smallest first');
    expect(await bench.ask('/queue heaviest')).toMatch(/^“heaviest” is no order/);
  });

  it('leads from each line to the card of its model', async () => {
    bench.put('gpt2');
    bench.put('org/broken', 'failed');
    const [list] = await bench.say('/queue');
    expect(list?.text).not.toContain('/download');
    await bench.press(list, '#2');
    await bench.sees(/^org\/broken · failed\n/);
    await bench.press(list, '#1');
    await bench.sees(/^gpt2 · pending\n/);
  });

  it('tells the same places as cards and commands do, counted over all chats', async () => {
    bench.queue.unhold();
    bench.store.models.createModel({ chatId: 99, name: 'theirs', priority: 'high' });
    const id = bench.put('gpt2');
    bench.store.models.updateModelDetails(id, { priority: 'low' });
    const place = bench.store.models.queuePosition(id);
    expect(await bench.ask('/queue')).toContain(`${place}. #${id} gpt2`);
  });
});

describe('what was cancelled', () => {
  const cancelled = (name: string): number => {
    const id = bench.put(name);
    expect(bench.queue.cancel(id)).toBe(true);
    return id;
  };

  it('is called so on its card, in lists, in answers, and by its own filter', async () => {
    const id = cancelled('gpt2');
    bench.put('org/waits', 'paused');
    await bench.say(`/model #${id}`);
    const card = await bench.sees(/^gpt2 · cancelled\nNothing of it was kept\./);
    expect(JSON.stringify(card.reply_markup)).toContain('Download again');
    expect(await bench.ask('/queue')).toMatch(/Paused\n#2 org\/waits · 5 B\nCancelled\n#1 gpt2$/);
    expect(await bench.ask('/pause gpt2')).toBe('gpt2 is cancelled: nothing to do.');
    const labels = async (word: string): Promise<string> => {
      const [list] = await bench.say(`/library ${word}`);
      return (list?.reply_markup?.inline_keyboard ?? [])
        .flat()
        .map(({ text }) => text)
        .filter((label) => label.startsWith('#'))
        .join('\n');
    };
    expect(await labels('cancelled')).toBe('#1 gpt2 · cancelled · 5 B');
    expect(await labels('paused')).toBe('#2 org/waits · paused · 5 B');
  });

  it('is not what “all” means, for commands and buttons', async () => {
    const id = cancelled('gpt2');
    const status = (): string | undefined => bench.store.models.getModel(id)?.status;
    for (const said of ['/resume all', '/retry all', '/download all', '/pause all']) {
      expect(await bench.ask(said)).toMatch(/^There was nothing to be /);
      expect([said, status()]).toEqual([said, 'paused']);
    }
    const [list] = await bench.say('/queue');
    expect(list?.text).toMatch(/^Cancelled\n#1 gpt2$/m);
    const labels = list?.reply_markup?.inline_keyboard.flat().map(({ text }) => text);
    expect(labels).not.toContain('Resume all');
    expect(labels).toContain('#1');
  });

  it.each(['/resume gpt2', '/download gpt2', 'Download again'])('comes back by its name: %s', async (way) => {
    const id = cancelled('gpt2');
    if (way.startsWith('/')) await bench.say(way);
    else {
      await bench.say(`/model #${id}`);
      await bench.press(await bench.sees(/^gpt2 · cancelled/), way);
    }
    expect(bench.store.models.getModel(id)?.status).toBe('pending');
    // And is then paused like any other, though nothing has come of it yet.
    await bench.say('/pause gpt2');
    expect(bench.store.models.isCancelled(id)).toBe(false);
    expect(await bench.ask('/resume all')).toBe('1 model resumed.');
  });

  it('is said of what was paused with something kept, on the card that stands there', async () => {
    const id = bench.put('gpt2', 'paused');
    await bench.say(`/model #${id}`);
    const card = await bench.sees(/^gpt2 · paused/);
    bench.queue.cancel(id);
    await bench.say('/queue');
    const redrawn = await bench.sees(/^gpt2 · cancelled/, ANN);
    expect(redrawn.message_id).toBe(card.message_id);
  });
});

it('what is resumed says if it only waits now', async () => {
  bench.queue.unhold();
  const id = bench.put('gpt2', 'paused');
  bench.store.models.updateModelDetails(id, { scheduled: true });
  await bench.say('/schedule add daily 20:30 name=evening');
  expect(await bench.ask('/resume gpt2')).toBe('gpt2 goes on. Starts today 20:30 (evening).');
});
