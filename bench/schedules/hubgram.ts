/** The scheduler with a real database, first with a clock that is moved, then with that of the machine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../../src/lib/log.ts';
import { createScheduler, type Scheduler } from '../../src/schedule/scheduler.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { type Answer, idleCpu, type Load, memory, zoneOf } from './plan.ts';

const IDLE_LOOKS = 2000;
const { chats, seconds } = JSON.parse(process.env['LOAD'] ?? '') as Load;

const folder = mkdtempSync(join(tmpdir(), 'hubgram-bench-'));
let ahead = 0;
const clock = { now: () => Date.now() + ahead };
const store: Store = openStore(join(folder, 'hubgram.db'), { clock });
let moved = 0;
/** Each opening and each closing is told in the log. */
const log = { ...silentLog, info: () => void (moved += 1) };
const schedulerOf = (): Scheduler => createScheduler({ store, clock, log, timezone: 'UTC', onChange: () => {} });

const fill = (): void =>
  store.atomically(() => {
    for (let index = 0; index < chats; index += 1) {
      const chatId = index + 1;
      store.chats.upsertChat({ chatId, kind: 'private', title: `Chat ${chatId}` });
      store.schedules.setTimezone(chatId, zoneOf(index));
      store.schedules.createSchedule({ chatId, name: 'night', type: 'daily', time: '23:00', until: '07:00' });
      store.models.createModel({ chatId, name: 'gpt2', scheduled: true });
    }
  });

/** The next moment at which the clock shows this, in UTC. */
const setClock = (time: string): void => {
  const day = 86_400_000;
  ahead += (Date.parse(`1970-01-01T${time}Z`) - (clock.now() % day) + day) % day;
};

const timed = <T>(work: () => T): { readonly ms: number; readonly result: T } => {
  const from = performance.now();
  const result = work();
  return { ms: performance.now() - from, result };
};

const spread = (times: readonly number[]): string => {
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  const rare = times.toSorted((left, right) => left - right)[Math.floor(times.length * 0.999)] ?? 0;
  return `${mean.toFixed(3)} ms mean, ${rare.toFixed(2)} ms at most in 999 of 1000, ${Math.max(...times).toFixed(2)} ms worst`;
};

/** Looks until nothing is due. */
const lookThrough = (scheduler: Scheduler): readonly number[] => {
  const times: number[] = [];
  for (;;) {
    const { ms, result: isMore } = timed(scheduler.tick);
    times.push(ms);
    if (!isMore) return times;
  }
};

const idle = (scheduler: Scheduler): string =>
  spread(Array.from({ length: IDLE_LOOKS }, () => timed(scheduler.tick).ms));

const crowd = (scheduler: Scheduler): string => {
  moved = 0;
  const times = lookThrough(scheduler);
  const total = times.reduce((sum, ms) => sum + ms, 0);
  const longest = Math.max(...times).toFixed(0);
  return `${moved} in ${total.toFixed(0)} ms: ${times.length} looks with a pause for others after each, the longest ${longest} ms`;
};

try {
  fill();
  setClock('12:00');
  const before = memory();
  const first = timed(() => lookThrough(schedulerOf()));
  // As after a restart: what was worked out is checked.
  const scheduler = schedulerOf();
  const again = timed(() => lookThrough(scheduler));
  const rssBytes = memory();
  const rows: [string, string][] = [
    ['start, all to be worked out', `${first.ms.toFixed(0)} ms`],
    ['start, all known', `${again.ms.toFixed(0)} ms`],
    ['a look that opens nothing', idle(scheduler)],
  ];
  setClock('23:00');
  rows.push(['many open at once', crowd(scheduler)]);
  setClock('06:00');
  lookThrough(scheduler);
  rows.push(['a look that opens nothing, most are open', idle(scheduler)]);
  setClock('07:00');
  rows.push(['many close at once', crowd(scheduler)]);
  for (const time of ['12:00', '12:01']) {
    setClock(time);
    lookThrough(scheduler);
  }
  scheduler.start();
  const idleCpuMs = await idleCpu(seconds, sleep);
  await scheduler.close();
  const startMs = Math.max(first.ms, again.ms);
  const answer: Answer = { startMs, rssBytes, addedBytes: rssBytes - before, idleCpuMs, rows };
  process.stdout.write(JSON.stringify(answer));
} finally {
  store.close();
  rmSync(folder, { recursive: true });
}
