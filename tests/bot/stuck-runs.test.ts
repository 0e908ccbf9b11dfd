import { expect, it } from 'vitest';
import { onlyHere } from '../../src/copies/hosts.ts';
import { BOB, openBot } from './setup.ts';

it('an owner who pauses what somebody downloads waits for no disk that answers nobody', async () => {
  const answers = Promise.withResolvers<never>();
  answers.promise.catch(() => undefined);
  const bench = await openBot({
    hosts: (here) =>
      onlyHere({
        ...here,
        // Told to end, it waits for what it has begun to write.
        start: (job, signal) => {
          const run = here.start(job, signal);
          return { ...run, done: run.done.catch(() => undefined).then(() => answers.promise) };
        },
      }),
  });
  try {
    bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    bench.store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
    bench.store.users.setRole(BOB, 'member');
    const id = bench.put('org/a', 'pending', BOB);
    bench.queue.wake();
    await expect.poll(() => bench.store.models.getModel(id)?.status).toBe('downloading');
    bench.store.users.setRole(BOB, 'denied');
    const [page] = await bench.say('/users bob');
    expect(await bench.press(page, 'Pause their downloads')).toBe('1 model paused.');
    expect(bench.store.models.getModel(id)?.status).toBe('paused');
    expect(await bench.ask('/users ann')).toContain('Ann');
  } finally {
    answers.reject(new Error('The disk is back.'));
    await bench.close();
  }
});
