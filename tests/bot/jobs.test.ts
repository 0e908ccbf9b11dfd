import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { INFERENCE_SERVER } from '../../src/domain/pulls/pull-job.ts';
import type { Model } from '../../src/domain/model.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GROUP = -1_002_000_000_003;

let bot: BotBench;
beforeEach(async () => {
  bot = await openBot({ concurrency: 0 });
});
afterEach(() => bot.close());

const asked = (model: string, quantize: string | null = null): { readonly id: string; readonly number: number } =>
  bot.store.pullJobs.createJob({ id: randomUUID(), model, quantize, init: null });

const MADE = {
  sizeBytes: 2_000_000,
  commitSha: 'c'.repeat(40),
  files: [{ path: 'model.safetensors', size: 2_000_000, etag: 'a'.repeat(64) }],
};

/** A job whose model is there, or waits. */
const came = (name: string, status: 'completed' | 'paused' = 'completed'): Model => {
  const { models, addRequests, copies } = bot.store;
  const { number } = asked(name);
  const of = { chatId: INFERENCE_SERVER, userId: INFERENCE_SERVER, threadId: null };
  const { request } = addRequests.createAddRequest({ ...of, messageId: number, ref: name, options: {}, quiet: true });
  const model = models.createModel({ ...MADE, chatId: INFERENCE_SERVER, name });
  addRequests.moveAddRequest(request.id, 'looking_up', 'added', { modelId: model.id });
  if (status === 'paused') {
    models.moveModel(model.id, 'pending', 'paused');
    return model;
  }
  models.moveModel(model.id, 'pending', 'downloading');
  models.moveModel(model.id, 'downloading', 'completed', { downloadPath: '/hub/models--org--came/snapshots/c' });
  copies.setComplete(models.getModel(model.id)?.copyId ?? 0, '/hub/models--org--came/snapshots/c');
  return model;
};

it('/jobs shows owners what an inference server has asked for, newest first, and how far it is', async () => {
  expect(await bot.ask('/jobs')).toMatch(
    /^No inference server has asked for a model\. .* HUBGRAM_API_PORT and HUBGRAM_API_TOKEN are set\.$/,
  );
  came('org/came');
  const { id } = asked('org/left');
  bot.store.pullJobs.updateJob(id, { cancelled: true });
  asked('org/waits', 'q4');
  expect(await bot.ask('/jobs')).toMatch(
    new RegExp(
      [
        '^Jobs of the inference server',
        '3 jobs',
        'org/waits · q4 · queued · [^\\n]+',
        'org/left · failed · [^\\n]+',
        'The job was cancelled\\.',
        'org/came · succeeded · [^\\n]+',
        '2 MB',
        '/hub/models--org--came/snapshots/c$',
      ].join('\\n'),
    ),
  );
});

it('/jobs with a status shows those that have it', async () => {
  asked('org/waits');
  expect(await bot.ask('/jobs Queued')).toMatch(/^Jobs of the inference server\n1 job\norg\/waits · queued · /);
  expect(await bot.ask('/jobs failed')).toBe('No job has the status “failed”.');
  expect(await bot.ask('/jobs lost')).toBe(
    '“lost” is no status of a job. There are queued, running, succeeded, failed: /jobs failed shows those that failed.',
  );
});

it('of many it shows the newest eight, however long their names, and says how many there are', async () => {
  for (let count = 1; count <= 9; count += 1) asked(`org/m${count}-${'x'.repeat(240)}`);
  const said = await bot.ask('/jobs');
  expect(said).toMatch(/^Jobs of the inference server\n9 jobs, the newest 8 of them\norg\/m9-x+… · queued/);
  expect(said).not.toContain('org/m1-');
});

describe('/jobs remove', () => {
  const model = (id: number) => bot.store.models.getModel(id);
  const asks = async (said: string, question: RegExp): Promise<SimMessage> => {
    await bot.say(said);
    return bot.sees(question);
  };
  const labels = (message: SimMessage): string[] =>
    message.reply_markup?.inline_keyboard.flat().map((button) => button.text) ?? [];
  const takenOf = (id: number): string | undefined => bot.store.removedModels.getRemoved(id)?.taking;

  it('asks, removes a model from that library, leaves its files, and can be undone', async () => {
    const { id } = came('org/came');
    const question = await asks('/jobs remove org/came', /^Remove org\/came from what the inference server has\?/);
    expect(question.text).toContain('Its files stay where they are.');
    expect(labels(question)).toEqual(['Remove it', 'Leave it']);
    expect(model(id)).toMatchObject({ status: 'completed' });
    await bot.press(question, 'Remove it');
    const done = await bot.sees('org/came was removed.');
    expect(model(id)).toBe(undefined);
    expect(takenOf(id)).toBe('nothing');
    expect(bot.store.pullJobs.listJobs({ limit: 1 })).toMatchObject([{ status: 'succeeded', localPath: null }]);
    await bot.press(done, 'Undo');
    await bot.sees('org/came is back.');
    expect(model(id)).toMatchObject({ status: 'completed', chatId: INFERENCE_SERVER });
    expect(bot.store.pullJobs.listJobs({ limit: 1 })).toMatchObject([{ localPath: expect.any(String) }]);
    expect(
      bot.telegram.calls.filter(({ payload }) => String((payload as { chat_id?: unknown }).chat_id) === '0'),
    ).toEqual([]);
  });

  it('deletes files where the word for it stands behind the name, and only then', async () => {
    const { id } = came('org/came');
    const question = await asks(
      '/jobs remove came FILES',
      /^Remove org\/came [^]* Its files are deleted with it; that frees 2 MB\./,
    );
    expect(labels(question)).toEqual(['Remove it with its files · 2 MB', 'Leave it']);
    await bot.press(question, 'Leave it');
    expect(model(id)).toMatchObject({ status: 'completed' });
    const again = await asks(`/jobs remove #${id} files`, /that frees 2 MB\.[^]*$/);
    await bot.press(again, 'Remove it with its files · 2 MB');
    await bot.sees('org/came was removed.');
    expect(takenOf(id)).toBe('ours');
    await bot.press(again, 'Undo');
    await bot.sees('org/came is back.');
  });

  it('says that files stay which somebody else has', async () => {
    const { id } = came('org/came');
    const own = bot.store.models.createModel({ ...MADE, chatId: ANN, name: 'org/came' });
    const question = await asks(
      '/jobs remove org/came files',
      / Its files stay all the same: something else needs them\./,
    );
    await bot.press(question, 'Remove it');
    await bot.sees('org/came was removed.');
    expect([model(id), model(own.id)?.name]).toEqual([undefined, 'org/came']);
  });

  it('of what is not complete drops what has arrived, says so, and ends its jobs', async () => {
    const { id } = came('org/half', 'paused');
    const question = await asks(
      '/jobs remove org/half',
      /What has arrived of it is dropped, and jobs that wait for it fail\./,
    );
    await bot.press(question, 'Remove it');
    await bot.sees('org/half was removed.');
    expect(model(id)).toBe(undefined);
    expect(bot.store.pullJobs.listJobs({ limit: 1 })).toMatchObject([
      { status: 'failed', error: 'The model was removed from the library.' },
    ]);
    await bot.press(question, 'Undo');
    await bot.sees('org/half is back.');
    expect(bot.store.pullJobs.listJobs({ limit: 1 })).toMatchObject([{ status: 'queued', error: null }]);
  });

  it('offers those that may be meant, and refuses what is not there or somebody else’s', async () => {
    expect(await bot.ask('/jobs remove')).toMatch(/^Which model\? Its name stands behind it/);
    const [first, second] = [came('org/one'), came('org/two')];
    expect(await bot.ask('/jobs remove three')).toBe(
      'No inference server has asked for “three”. /jobs shows what it has.',
    );
    const which = await asks('/jobs remove org files', /^Which one\?$/);
    expect(labels(which).toSorted()).toEqual([`#${first.id} org/one`, `#${second.id} org/two`]);
    await bot.press(which, `#${second.id} org/two`);
    const question = await bot.sees(/^Remove org\/two [^]*that frees 2 MB/);
    await bot.press(question, 'Remove it with its files · 2 MB');
    await bot.sees('org/two was removed.');
    expect(model(first.id)).toMatchObject({ status: 'completed' });
    const own = bot.put('org/own', 'completed');
    expect(await bot.ask(`/jobs remove #${own}`)).toMatch(/^No inference server has asked for/);
    const { message_id: message } = bot.telegram.say(ANN, ANN, 'hello');
    bot.telegram.pressForged(ANN, ANN, message, `jobRemove:${own}:2`);
    await bot.sees('It had been removed already.');
    expect(model(own)).toMatchObject({ status: 'completed' });
  });

  it('is for owners, also by its buttons', async () => {
    const { id } = came('org/came');
    bot.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: null });
    bot.store.users.setRole(BOB, 'member');
    expect(await bot.ask('/jobs remove org/came files', { userId: BOB, chatId: BOB })).toMatch(/^Only the owner/);
    const { message_id: message } = bot.telegram.say(BOB, BOB, 'hello');
    const pressed = bot.telegram.pressForged(BOB, BOB, message, `jobRemove:${id}:2`);
    await expect
      .poll(() => bot.telegram.answers.find(({ callbackQueryId }) => callbackQueryId === pressed)?.text)
      .toBe('Only the owner of this bot sees what an inference server asks for.');
    expect(model(id)).toMatchObject({ status: 'completed' });
  });
});

it('what it shows is for owners, in their own chat', async () => {
  asked('org/waits');
  bot.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: null });
  bot.store.users.setRole(BOB, 'member');
  expect(await bot.ask('/jobs', { userId: BOB, chatId: BOB })).toBe(
    'Only the owner of this bot sees what an inference server asks for.',
  );
  bot.telegram.addGroup({ id: GROUP, type: 'supergroup', title: 'All', members: [ANN] });
  bot.store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'All' });
  bot.store.chats.setAccess(GROUP, 'approved');
  expect(await bot.ask('/jobs', { chatId: GROUP })).toContain('Write /jobs to me in our own chat');
});
