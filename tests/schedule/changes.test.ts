import { describe, expect, it } from 'vitest';
import { editSchedule, enableSchedule, removeSchedule } from '../../src/library/schedules/schedules.ts';
import { codeOf, failure } from '../store/setup.ts';
import { inThreads } from '../store/threads.ts';
import { openBench } from './setup.ts';

const NIGHT = { time: '23:00', until: '07:00', name: 'night' } as const;

describe('in the middle of a run', () => {
  const openNight = () => {
    const bench = openBench('2026-05-05T12:00');
    const { id } = bench.add(NIGHT);
    bench.look();
    bench.look('2026-05-05T23:00');
    return { ...bench, id };
  };

  it('a schedule that is switched off closes, and goes on in the same run when it is switched on', () => {
    const { store, look, runs, id, told } = openNight();
    store().schedules.disableSchedule(id);
    look('2026-05-05T23:10');
    expect(runs()).toEqual(['2026-05-05T23:00 disabled']);
    store().schedules.enableSchedule(id);
    look('2026-05-05T23:20');
    expect(runs()).toEqual(['2026-05-05T23:00 open']);
    expect(told()).toBe(3);
    look('2026-05-06T07:00');
    expect(runs()).toEqual(['2026-05-05T23:00 window_closed']);
  });

  it('a schedule that is switched off and on after its window stays closed', () => {
    const { store, look, runs, id } = openNight();
    store().schedules.disableSchedule(id);
    look('2026-05-05T23:10');
    look('2026-05-06T08:00');
    store().schedules.enableSchedule(id);
    look('2026-05-06T08:10');
    expect(runs()).toEqual(['2026-05-05T23:00 disabled']);
  });

  it('an end that is moved moves the end of the run, and one that has passed ends it', () => {
    const { store, look, runs, id } = openNight();
    editSchedule(store(), id, { until: '05:00', maxConcurrentDownloads: 4, limitBytes: 1000 });
    look('2026-05-05T23:30');
    expect(store().schedules.openRunOf(1)).toMatchObject({
      closesAt: '2026-05-06T05:00:00.000Z',
      maxConcurrentDownloads: 4,
      limitBytes: 1000,
    });
    editSchedule(store(), id, { until: '23:40' });
    look('2026-05-05T23:50');
    expect(runs()).toEqual(['2026-05-05T23:00 window_closed']);
    editSchedule(store(), id, { until: '06:00' });
    look('2026-05-05T23:55');
    expect(runs()).toEqual(['2026-05-05T23:00 open']);
  });

  it('an end that is taken away lets it run until nothing is left', () => {
    const { store, look, runs, id, want, download } = openNight();
    const model = want('gpt2');
    editSchedule(store(), id, { until: null });
    look('2026-05-05T23:10');
    look('2026-05-06T12:00');
    expect(runs()).toEqual(['2026-05-05T23:00 open']);
    download(model, 1000);
    look();
    expect(runs()).toEqual(['2026-05-05T23:00 done']);
  });

  it('an end that is given to what was done lets it go on until then', () => {
    const bench = openBench('2026-05-05T12:00');
    const { id } = bench.add({ time: '23:00' });
    bench.look();
    bench.look('2026-05-05T23:00');
    bench.look('2026-05-05T23:01');
    expect(bench.runs()).toEqual(['2026-05-05T23:00 done']);
    editSchedule(bench.store(), id, { until: '07:00' });
    bench.look('2026-05-05T23:02');
    expect(bench.runs()).toEqual(['2026-05-05T23:00 open']);
  });

  it('a beginning that is moved to later closes until then', () => {
    const { store, look, runs, id } = openNight();
    editSchedule(store(), id, { time: '23:30' });
    look('2026-05-05T23:10');
    expect(runs()).toEqual(['2026-05-05T23:00 window_closed']);
    look('2026-05-05T23:30');
    expect(runs()).toEqual(['2026-05-05T23:00 window_closed', '2026-05-05T23:30 open']);
  });

  it('another one that is switched on takes its place', () => {
    const { store, add, look, runs } = openNight();
    const other = add({ time: '22:00', until: '23:30', name: 'evening' });
    store().schedules.enableSchedule(other.id);
    look('2026-05-05T23:10');
    expect(runs()).toEqual(['2026-05-05T23:00 disabled', '2026-05-05T22:00 open']);
  });

  it('another one that takes its place counts what it goes on with from there', () => {
    const { store, add, look, want, begin, download, sums } = openNight();
    const { id: other } = add({ time: '22:00', until: '23:30', name: 'evening' });
    const model = want('gpt2');
    begin(model, 400);
    store().schedules.enableSchedule(other);
    look('2026-05-05T23:10');
    expect(sums()).toEqual([1]);
    expect(store().schedules.getRun(1)).toMatchObject({ completed: 0, bytes: 400 });
    download(model, 1000);
    look('2026-05-05T23:30');
    look('2026-05-05T23:31');
    expect(sums()).toEqual([1, 2]);
    expect(store().schedules.getRun(2)).toMatchObject({ completed: 1, bytes: 600, scheduleId: other });
    expect(store().schedules.getRun(1)).toMatchObject({ completed: 0, bytes: 400 });
  });

  it('another zone of its chat opens and closes by that', () => {
    const { store, look, runs } = openNight();
    store().chats.upsertChat({ chatId: 1, kind: 'private', title: 'Ann' });
    store().schedules.setTimezone(1, 'America/New_York');
    look('2026-05-05T23:10');
    expect(runs()).toEqual(['2026-05-05T23:00 window_closed']);
    look('2026-05-06T03:00');
    expect(store().schedules.openRunOf(1)).toMatchObject({ closesAt: '2026-05-06T11:00:00.000Z' });
  });

  it('a schedule that is removed closes, and tells what it did', () => {
    const { store, look, runs, id, want, download, sums, scheduler, told } = openNight();
    download(want('gpt2'), 1000);
    const before = told();
    removeSchedule(store(), id);
    scheduler().poke();
    look('2026-05-05T23:10');
    look('2026-05-05T23:20');
    expect(runs()).toEqual(['2026-05-05T23:00 disabled']);
    expect(sums()).toEqual([1]);
    expect(store().schedules.getRun(1)).toMatchObject({ completed: 1, bytes: 1000, scheduleId: null });
    // The queue has to stop what the run let through.
    expect(told()).toBe(before + 1);
    expect(removeSchedule(store(), id)).toBe(false);
  });
});

describe('two who switch on two schedules of a chat at the same time', () => {
  it('through two connections: in each chat one wins, and the other one is told', async () => {
    const bench = openBench('2026-05-05T12:00');
    const chats = Array.from({ length: 60 }, (_, index) => {
      const [on, ...others] = ['night', 'noon', 'friday'].map((name) => bench.add({ name }, index + 1).id);
      return { on, others };
    });
    const answers = (await inThreads(
      2,
      `const store = openStore(workerData.path, { clock: { now: () => Date.now() } });
       const won = workerData.chats.map(({ on, others }) => store.schedules.enableSchedule(others[workerData.index], on));
       store.close();
       return won;`,
      { path: bench.path, chats },
    )) as boolean[][];
    for (const [index, { others }] of chats.entries()) {
      const winner = answers[0]?.[index] ? 0 : 1;
      expect(answers.map((won) => won[index])).toEqual([winner === 0, winner === 1]);
      expect(bench.store().schedules.getActiveSchedule(index + 1)?.id).toBe(others[winner]);
    }
  });

  it('hears which one is on by now, and that a schedule is gone', () => {
    const bench = openBench('2026-05-05T12:00');
    const [night, noon, friday] = ['night', 'noon', 'friday'].map((name) => bench.add({ name }).id) as [
      number,
      number,
      number,
    ];
    enableSchedule(bench.store(), noon, night);
    const error = failure(() => enableSchedule(bench.store(), friday, night));
    expect(error.code).toBe('integrity');
    expect(error.message).toBe(
      'The schedules have changed meanwhile: “noon” is on. Look again, and switch on what you want.',
    );
    bench.store().schedules.disableSchedule(noon);
    expect(failure(() => enableSchedule(bench.store(), friday, noon)).message).toContain('none is on');
    enableSchedule(bench.store(), friday, undefined);
    removeSchedule(bench.store(), friday);
    expect(codeOf(() => enableSchedule(bench.store(), friday, undefined))).toBe('not_found');
  });
});
