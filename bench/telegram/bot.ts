/** A process of its own: the program as app/parts.ts builds it, with downloads whose bytes are made up (plan.ts). */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createBot } from '../../src/bot/bot.ts';
import { repoFolderName } from '../../src/domain/repo/repo.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openStore } from '../../src/store/store.ts';
import type { RunningCopy, CopyJob } from '../../src/copies/executor.ts';
import { madeUpCopies, receiving } from './made-up-copies.ts';
import { madeUpParts } from './made-up-parts.ts';
import { endOf, type Load, SIZE } from './plan.ts';

const load = JSON.parse(process.env['LOAD'] ?? '') as Load;
const clock = systemClock;

/** Arrives evenly, and ends when the plan says. */
const pretend = (job: CopyJob, signal: AbortSignal): RunningCopy => {
  const repoFolder = repoFolderName(job);
  const startedAt = clock.now();
  const endsAt = endOf(load, repoFolder);
  const { promise, resolve, reject } = Promise.withResolvers<{ snapshotPath: string; bytesReceived: number }>();
  const timer = setTimeout(
    () => resolve({ snapshotPath: `/${repoFolder}`, bytesReceived: SIZE }),
    Math.max(0, endsAt - startedAt),
  );
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    reject(signal.reason as Error);
  });
  return {
    done: promise,
    setLimit: () => undefined,
    state: () => {
      const now = clock.now();
      const share = Math.min(1, (now - startedAt) / Math.max(1, endsAt - startedAt));
      return receiving(SIZE, Math.floor(SIZE * share), now);
    },
  };
};

mkdirSync(load.folder, { recursive: true });
const log = { ...silentLog, error: (...parts: unknown[]) => console.error(...parts) };
const store = openStore(join(load.folder, 'bench.db'), { clock, log });
for (const { chatId, userId } of load.chats) {
  store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
  store.users.setRole(userId, 'member');
  store.chats.upsertChat({ chatId, kind: chatId > 0 ? 'private' : 'supergroup', title: `Chat ${chatId}` });
  store.chats.setAccess(chatId, 'approved');
}
const { folder, hubUrl: endpoint, token, apiRoot } = load;
const copies = madeUpCopies(pretend);
const parts = madeUpParts({ store, copies, folder, endpoint, given: {}, maxRetries: 5, random: Math.random, log });
const bot = createBot({ token, apiRoot }, { ...parts, schedules: { poke: () => undefined } });
const { queue, adding, importing, finding, verifying, checking } = parts;
for (const part of [queue, adding, importing, finding, verifying, checking]) part.start();
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await bot.run(stop.signal, () => console.log('ready'));
process.exit();
