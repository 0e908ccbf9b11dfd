import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { type BotBench, openBot } from './setup.ts';

const repos = ['org/model', 'org/other'].map((id) =>
  defineRepo({ id, files: [{ path: 'config.json', content: '{}' }] }),
);

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ hub: { repos } });
  bench.queue.hold();
});
afterEach(() => bench?.close());

const added = async (): Promise<number> => {
  await bench.say('/add org/model');
  await bench.sees(/^org\/model · pending/);
  return bench.store.models.getModelByName(1001, 'org/model')?.id ?? 0;
};

describe('asking again for what the library has', () => {
  it('says that it began anew what was cancelled', async () => {
    const id = await added();
    bench.queue.cancel(id);
    await bench.say('/add org/model');
    await bench.sees(/^org\/model · begun anew\nIt was in this library, cancelled\. The owner of this bot holds/);
    expect(bench.store.models.getModel(id)?.status).toBe('pending');
  });

  it('now says that it started what waited, and later that it waits', async () => {
    const id = await added();
    bench.queue.unhold();
    bench.queue.pause(id);
    await bench.say('/add org/model later');
    await bench.sees(/^org\/model · resumed\n.*paused\. Waits until somebody starts it\./);
    await bench.say('/add org/model now');
    await bench.sees(/^org\/model · started\nIt was in this library and waited\./);
    await bench.sees(/^org\/model · completed/);
    await bench.say('/add org/model');
    await bench.sees(/^org\/model · already in this library\nIt is complete\./);
  });
});

it('“Add now” under a pasted link does not wait for the schedule, “Add for later” does', async () => {
  await bench.say('/schedule add daily 20:30 name=evening');
  const offer = async (name: string, button: string): Promise<boolean | undefined> => {
    await bench.say(`https://huggingface.co/${name}`);
    await bench.press(await bench.sees(`Add ${name} to this library?`), button);
    await bench.sees(new RegExp(`^${name} · pending`));
    return bench.store.models.getModelByName(1001, name)?.runNow;
  };
  expect(await offer('org/model', 'Add for later')).toBe(false);
  expect(await offer('org/other', 'Add now')).toBe(true);
});

describe('removing', () => {
  const complete = async (): Promise<void> => {
    bench.queue.unhold();
    await bench.say('/add org/model');
    await bench.sees('1 file verified');
    await bench.say('/remove org/model');
  };

  it('with its files says the same in the answer and on the card', async () => {
    await complete();
    await bench.press(await bench.sees(/^Remove org\/model\?/), 'Files too · 2 B');
    await bench.telegram.waitFor(
      () =>
        bench.shown().filter(({ text }) => text?.startsWith('org/model · removed\n2 B are free within')).length === 2,
    );
    expect(bench.shown().some(({ text }) => text?.includes('stay on the disk'))).toBe(false);
  });

  it('before anything was shown says nothing of a card that there never was', async () => {
    const { store } = bench;
    const ask = { chatId: 1001, userId: 1001, threadId: null, ref: 'org/model', options: {} };
    const model = store.models.createModel({ chatId: 1001, name: 'org/model' });
    const [shown] = await bench.say('/queue');
    for (const [messageId, cardMessageId] of [
      [8, null],
      [9, shown?.message_id ?? 0],
    ] as const) {
      const { request } = store.addRequests.createAddRequest({ ...ask, messageId });
      store.addRequests.setAddRequestCard(request.id, cardMessageId);
      store.addRequests.moveAddRequest(request.id, 'looking_up', 'added', { modelId: model.id });
    }
    store.models.removeModel(model.id);
    await bench.sees('org/model · removed');
    await expect.poll(() => store.addRequests.requestsToDraw()).toEqual([]);
    expect(bench.shown().some(({ text }) => text?.includes('already in this library'))).toBe(false);
  });

  it('the entry only says in both places that its files stay', async () => {
    await complete();
    await bench.press(await bench.sees(/^Remove org\/model\?/), 'Entry only');
    await bench.telegram.waitFor(
      () => bench.shown().filter(({ text }) => text?.includes('Its files stay on the disk.')).length === 2,
    );
  });
});
