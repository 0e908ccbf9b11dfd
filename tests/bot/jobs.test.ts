import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { INFERENCE_SERVER } from '../../src/domain/pulls/pull-job.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GROUP = -1_002_000_000_003;

let bot: BotBench;
beforeEach(async () => {
  bot = await openBot({ concurrency: 0 });
});
afterEach(() => bot.close());

const asked = (model: string, quantize: string | null = null): { readonly id: string; readonly number: number } =>
  bot.store.pullJobs.createJob({ id: randomUUID(), model, quantize, init: null });

/** A job whose model is there. */
const came = (name: string): void => {
  const { models, addRequests, copies } = bot.store;
  const { number } = asked(name);
  const of = { chatId: INFERENCE_SERVER, userId: INFERENCE_SERVER, threadId: null };
  const { request } = addRequests.createAddRequest({ ...of, messageId: number, ref: name, options: {}, quiet: true });
  const files = [{ path: 'model.safetensors', size: 2_000_000, etag: 'a'.repeat(64) }];
  const made = { chatId: INFERENCE_SERVER, name, sizeBytes: 2_000_000, commitSha: 'c'.repeat(40), files };
  const model = models.createModel(made);
  addRequests.moveAddRequest(request.id, 'looking_up', 'added', { modelId: model.id });
  models.moveModel(model.id, 'pending', 'downloading');
  models.moveModel(model.id, 'downloading', 'completed', { downloadPath: '/hub/models--org--came/snapshots/c' });
  copies.setComplete(models.getModel(model.id)?.copyId ?? 0, '/hub/models--org--came/snapshots/c');
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
