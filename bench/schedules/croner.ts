/** What people would use instead: one croner job with its timer for each schedule. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Cron } from 'croner';
import { type Answer, idleCpu, type Load, memory, zoneOf } from './plan.ts';

const { chats, seconds } = JSON.parse(process.env['LOAD'] ?? '') as Load;
const before = memory();
const startedAt = performance.now();
let opened = 0;
const jobs = Array.from(
  { length: chats },
  (_, index) => new Cron('0 23 * * *', { timezone: zoneOf(index) }, () => void (opened += 1)),
);
const startMs = performance.now() - startedAt;
const rssBytes = memory();
const idleCpuMs = await idleCpu(seconds, sleep);
for (const job of jobs) job.stop();
const answer: Answer = { startMs, rssBytes, addedBytes: rssBytes - before, idleCpuMs, rows: [] };
process.stdout.write(JSON.stringify(answer));
