import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { metricsPage } from '../../scripts/metrics.ts';
import { ERROR_CODES } from '../../src/domain/errors.ts';
import { createCounter } from '../../src/lib/counting/counter.ts';
import { createHistogram } from '../../src/lib/counting/histogram.ts';
import { createCounts } from '../../src/ops/metrics/counts.ts';
import { watchEventLoop } from '../../src/ops/metrics/event-loop.ts';
import { METRICS } from '../../src/ops/metrics/table.ts';
import { openBusyBot, type Scraped, SIZE, valueIn } from './scrape.ts';

describe('what a running bot tells', () => {
  let bot: Scraped;
  let text: string;

  beforeAll(async () => {
    bot = await openBusyBot();
    text = await bot.scrape();
  });
  afterAll(() => bot.world.close());

  const value = (series: string): number | undefined => valueIn(text, series);

  it('is every metric of the table, with its help and its type, in that order', () => {
    const told = [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \1 (\w+)$/gm)].map(([, ...about]) => about);
    expect(told).toEqual(Object.entries(METRICS).map(([name, { help, type }]) => [name, help, type]));
  });

  const samplesOf = (name: string): string[] =>
    text.split('\n').filter((line) => new RegExp(`^${name}(_count)?[ {]`).test(line));

  it('has a value for each of them where something has happened', () => {
    const without = Object.keys(METRICS).filter((name) => samplesOf(name).length === 0);
    expect(without).toEqual([]);
  });

  it('has the labels of the table, and no others', () => {
    const wrong = Object.entries(METRICS).filter(([name, kind]) => {
      const labels = new Set(
        samplesOf(name).flatMap((line) => [...line.matchAll(/(\w+)="/g)].map(([, label]) => label)),
      );
      const known: readonly string[] = 'labels' in kind ? Object.keys(kind.labels) : [];
      return samplesOf(name).length > 0 && known.join(' ') !== [...labels].join(' ');
    });
    expect(wrong).toEqual([]);
  });

  it('says what came, what ended and what is there', () => {
    expect(value('hubgram_received_bytes_total')).toBe(SIZE);
    expect(value('hubgram_stored_bytes')).toBe(SIZE);
    expect(value('hubgram_models{status="completed"}')).toBe(1);
    expect(value('hubgram_downloads_ended_total{outcome="completed"}')).toBe(1);
    expect(value('hubgram_downloads_ended_total{outcome="failed"}')).toBe(0);
    expect(value('hubgram_people{role="owner"}')).toBe(1);
    expect(value('hubgram_health_check_ok{check="queue"}')).toBe(1);
    expect(value('hubgram_telegram_too_many_requests_total')).toBe(1);
    expect(value('hubgram_telegram_calls_total{method="sendMessage",outcome="too_many_requests"}')).toBe(1);
    expect(value('hubgram_telegram_calls_total{method="getMe",outcome="ok"}')).toBe(1);
    expect(value('hubgram_hub_requests_total{kind="api",outcome="ok"}')).toBeGreaterThan(0);
    expect(value('hubgram_hub_requests_total{kind="api",outcome="refused"}')).toBeGreaterThan(0);
    expect(value('hubgram_database_size_bytes{file="database"}')).toBeGreaterThan(0);
    expect(value('process_start_time_seconds')).toBeLessThan(Date.now() / 1000);
  });

  it('names no repository, no person and no chat', () => {
    expect(text).not.toMatch(/sample|1001|ann\b/i);
  });

  it('says when a schedule opens', async () => {
    expect(value('hubgram_schedules_open')).toBe(0);
    bot.clock.pass(2 * 3_600_000);
    await expect
      .poll(async () => valueIn(await bot.scrape(), 'hubgram_schedule_openings_total'), { interval: 50 })
      .toBe(1);
  });
});

it('the page of metrics is as `npm run docs` writes it', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
  expect(page, 'docs/metrics.md is old: npm run docs').toBe(metricsPage());
});

describe('counts', () => {
  it('are zero at first where it is known what there is', () => {
    const { hubgram_download_errors_total: errors } = createCounts().read();
    expect(errors.map(({ labels }) => labels?.['kind'])).toEqual([...ERROR_CODES, 'fault']);
    expect(errors.every(({ value }) => value === 0)).toBe(true);
  });

  it('know a retry, a failure and a wait of runs apart, and each error of them', () => {
    const counts = createCounts();
    counts.runEnded({ kind: 'backoff', error: 'unreachable' });
    counts.runEnded({ kind: 'failed', error: 'unreachable' });
    counts.runEnded({ kind: 'no_space', error: 'no_space' });
    counts.runEnded({ kind: 'stopped', error: undefined });
    counts.runEnded({ kind: 'completed', error: undefined });
    const read = counts.read();
    expect(read.hubgram_download_retries_total).toEqual([{ labels: {}, value: 1 }]);
    expect(read.hubgram_downloads_ended_total.map(({ value }) => value)).toEqual([1, 1]);
    expect(read.hubgram_download_errors_total.filter(({ value }) => value > 0)).toEqual([
      { labels: { kind: 'unreachable' }, value: 2 },
      { labels: { kind: 'no_space' }, value: 1 },
    ]);
  });

  it('take the wait for updates for no slow call', () => {
    const counts = createCounts();
    counts.telegramCall({ method: 'getUpdates', outcome: 'ok', durationMs: 30_000 });
    counts.telegramCall({ method: 'sendMessage', outcome: 'ok', durationMs: 100 });
    const { count, sum } = counts.read().hubgram_telegram_call_duration_seconds;
    expect([count, sum]).toEqual([1, 0.1]);
  });

  it('know schedules that left something', () => {
    const counts = createCounts();
    counts.schedule({ kind: 'closed', leftOver: 0 });
    counts.schedule({ kind: 'closed', leftOver: 3 });
    counts.schedule({ kind: 'missed' });
    const read = counts.read();
    expect(read.hubgram_schedule_closings_total.map(({ value }) => value)).toEqual([1, 1]);
    expect(read.hubgram_schedule_openings_missed_total).toEqual([{ labels: {}, value: 1 }]);
  });

  it('do not grow for ever, whatever the labels say', () => {
    const counter = createCounter(['method']);
    for (let nth = 0; nth < 2000; nth += 1) counter.add({ method: String(nth) });
    counter.add({ method: '5' });
    expect(counter.counts()).toHaveLength(1000);
    expect(counter.counts()[5]).toEqual({ labels: { method: '5' }, value: 2 });
  });
});

it('a histogram counts at each bound what is at most so large', () => {
  const histogram = createHistogram([1, 2]);
  for (const each of [0.5, 1, 1.5, 2, 9]) histogram.observe(each);
  expect(histogram.read()).toEqual({
    buckets: [
      { atMost: 1, count: 2 },
      { atMost: 2, count: 4 },
    ],
    sum: 14,
    count: 5,
  });
});

it('a stall of the event loop is seen', async () => {
  const watch = watchEventLoop();
  onTestFinished(watch.close);
  const longest = (): number =>
    watch.delays().count - (watch.delays().buckets.find(({ atMost }) => atMost === 0.25)?.count ?? 0);
  await expect.poll(() => watch.delays().count, { interval: 20 }).toBeGreaterThan(0);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  await expect.poll(longest, { interval: 20 }).toBeGreaterThan(0);
});
