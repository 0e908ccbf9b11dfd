import { describe, expect, it } from 'vitest';
import { ITSELF } from '../../src/domain/activity/activity.ts';
import { MINUTE, openBench, utc } from './setup.ts';
import { recentActivity } from '../helpers/rows.ts';

const NIGHT = { time: '23:00', until: '07:00', name: 'night' } as const;

describe('what was missed while the program was down', () => {
  it('is opened late if its window is open still, until the end it always had', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add(NIGHT);
    bench.look();
    bench.restart('2026-05-06T03:10');
    expect(bench.runs()).toEqual(['2026-05-05T23:00 open']);
    expect(bench.store().schedules.openRunOf(1)).toMatchObject({
      startedAt: '2026-05-06T03:10:00.000Z',
      closesAt: '2026-05-06T07:00:00.000Z',
    });
    bench.restart('2026-05-06T07:00');
    expect(bench.runs()).toEqual(['2026-05-05T23:00 window_closed']);
    expect(recentActivity(bench.store(), 9)).toMatchObject([
      {
        userId: ITSELF,
        chatId: 1,
        action: 'schedule_closed',
        metadata: { schedule: 'night', reason: 'window_closed' },
      },
      { userId: ITSELF, chatId: 1, action: 'schedule_opened', metadata: { schedule: 'night' } },
    ]);
  });

  it('is let go if its window is over', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add(NIGHT);
    bench.look();
    bench.restart('2026-05-08T12:00');
    expect(bench.runs()).toEqual([]);
    expect(bench.counted).toEqual([{ kind: 'missed' }]);
    bench.look('2026-05-08T23:00');
    expect(bench.runs()).toEqual(['2026-05-08T23:00 open']);
    expect(bench.counted).toEqual([{ kind: 'missed' }, { kind: 'opened' }]);
  });

  it('is caught up once, for the last time it was to open, if it has no end', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add({ time: '23:00' });
    bench.want('gpt2');
    bench.look();
    bench.restart('2026-05-08T12:00');
    expect(bench.runs()).toEqual(['2026-05-07T23:00 open']);
    bench.restart('2026-05-08T12:01');
    expect(bench.runs()).toEqual(['2026-05-07T23:00 open']);
    expect(bench.counted).toEqual([{ kind: 'opened' }]);
  });

  it.each([0, 2])('counts what was left at the end: %d', (left) => {
    const bench = openBench('2026-05-05T12:00');
    bench.add(NIGHT);
    bench.look();
    for (let nth = 0; nth < left; nth += 1) bench.want(`sample/${nth}`);
    bench.look('2026-05-05T23:00');
    bench.look('2026-05-06T07:00');
    bench.look('2026-05-06T07:01');
    expect(bench.counted).toEqual([{ kind: 'opened' }, { kind: 'closed', leftOver: left }]);
  });

  it('is only what there was: a new schedule has no past but a window that is open', () => {
    const bench = openBench('2026-05-05T23:30');
    bench.add({ time: '23:00' }, 1);
    bench.add(NIGHT, 2);
    bench.restart('2026-05-05T23:31');
    expect(bench.runs(1)).toEqual([]);
    expect(bench.runs(2)).toEqual(['2026-05-05T23:00 open']);
  });

  it('is found also if the zone of the bot was changed meanwhile', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add({ time: '20:00', until: '21:00' });
    bench.look();
    bench.restart('2026-05-05T13:00', 'Asia/Kolkata');
    bench.look('2026-05-05T14:30');
    expect(bench.runs()).toEqual(['2026-05-05T14:30 open']);
    bench.look('2026-05-05T20:00');
    expect(bench.runs()).toEqual(['2026-05-05T14:30 window_closed']);
  });
});

describe('a clock that is set', () => {
  it('forward opens the last one of all it jumped over', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add(NIGHT);
    bench.look();
    bench.look('2026-05-09T01:00');
    expect(bench.runs()).toEqual(['2026-05-08T23:00 open']);
  });

  it('back before a window closes it, and the same run goes on when its time comes again', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add(NIGHT);
    bench.look();
    bench.look('2026-05-05T23:00');
    bench.look('2026-05-05T20:00');
    expect(bench.runs()).toEqual(['2026-05-05T23:00 window_closed']);
    expect(bench.warnings).toHaveLength(1);
    bench.look('2026-05-05T23:00');
    expect(bench.runs()).toEqual(['2026-05-05T23:00 open']);
    bench.look('2026-05-06T07:00');
    expect(bench.runs()).toEqual(['2026-05-05T23:00 window_closed']);
  });

  it('back before an opening without an end lets it go on when its time comes again, unless it was done', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add({ time: '23:00' }, 1);
    bench.add({ time: '23:00' }, 2);
    bench.want('gpt2', 1);
    bench.look();
    bench.look('2026-05-05T23:00');
    bench.look('2026-05-05T23:05');
    bench.look('2026-05-05T22:00');
    expect(bench.runs(1)).toEqual(['2026-05-05T23:00 window_closed']);
    bench.want('gpt2', 2);
    bench.look('2026-05-05T23:00');
    expect(bench.runs(1)).toEqual(['2026-05-05T23:00 open']);
    expect(bench.runs(2)).toEqual(['2026-05-05T23:00 done']);
  });

  it('back in the middle of a run leaves nothing out of its sum, and tells it in time', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add({ time: '23:00' });
    const earlier = bench.want('org/earlier');
    bench.look();
    bench.look('2026-05-05T23:00');
    bench.download(earlier, 5);
    bench.look('2026-05-05T23:10');
    const [before, begun, after] = ['org/before', 'org/begun', 'org/after'].map((name) => bench.want(name)) as [
      number,
      number,
      number,
    ];
    // The machine was off at its time, so that the clock can be set back behind the run's beginning, not its opening.
    bench.look('2026-05-07T01:00');
    bench.download(before, 10);
    bench.begin(begun, 20);
    bench.look('2026-05-07T00:30');
    bench.download(begun, 20);
    bench.download(after, 30);
    bench.look('2026-05-07T00:30:01');
    expect(bench.runs()).toEqual(['2026-05-05T23:00 done', '2026-05-06T23:00 done']);
    bench.look('2026-05-07T00:30:10');
    const [, run] = bench.store().schedules.lastRuns(1, 2).toReversed();
    expect(run).toMatchObject({ completed: 3, failed: 0, bytes: 60 });
    expect(bench.sums()).toHaveLength(2);
  });

  it('back by hours before a closed run is told: it is told in seconds', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add(NIGHT);
    const id = bench.want('gpt2');
    bench.look();
    bench.look('2026-05-05T23:00');
    bench.download(id, 5);
    bench.look('2026-05-06T07:00');
    bench.look('2026-05-06T05:00');
    bench.look('2026-05-06T05:00:04');
    expect(bench.sums()).toHaveLength(1);
  });

  it('back by seconds every hour, as by a time server, loses no opening and takes none twice', () => {
    const bench = openBench('2026-05-05T00:00');
    bench.add({ type: 'custom', cron: '3,18,33,48 * * * *' });
    bench.want('gpt2');
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      const at = utc('2026-05-05T00:00') + minute * MINUTE;
      bench.set(at + 30_000);
      bench.look();
      // Set back just after each opening at 33, behind it, and seen so by the next look.
      if (minute % 60 === 33) bench.set(at - 4000);
      bench.look();
    }
    const openings = bench.runs().map((run) => run.slice(0, 16));
    expect(openings).toHaveLength(4 * 24);
    expect(new Set(openings).size).toBe(4 * 24);
  });

  it('and a process that was stopped over an opening, and goes on at no minute of the timetable, catch it up once', () => {
    const bench = openBench('2026-05-05T11:59');
    bench.add({ type: 'custom', cron: '0 12 * * *' });
    bench.want('gpt2');
    bench.look();
    bench.look('2026-05-05T12:07:41');
    bench.look('2026-05-05T12:07:42');
    expect(bench.runs()).toEqual(['2026-05-05T12:00 open']);
  });

  it('back by seconds changes nothing', () => {
    const bench = openBench('2026-05-05T23:00');
    bench.add(NIGHT);
    bench.look();
    bench.look('2026-05-05T22:59:30');
    expect(bench.runs()).toEqual(['2026-05-05T23:00 open']);
    bench.look('2026-05-05T23:00');
    expect(bench.runs()).toEqual(['2026-05-05T23:00 open']);
    expect(bench.warnings).toEqual([]);
  });

  it('back by years while the program was down opens at the next time, not years later', () => {
    const bench = openBench('2031-05-05T12:00');
    bench.add(NIGHT, 1);
    bench.add({ time: '23:00' }, 2);
    bench.want('gpt2', 2);
    bench.look();
    bench.look('2031-05-05T23:00');
    bench.restart('2026-05-05T12:00');
    expect(bench.store().schedules.openRunOf(1)).toBeUndefined();
    expect(bench.store().schedules.openRunOf(2)).toBeUndefined();
    bench.look('2026-05-05T23:00');
    for (const chat of [1, 2])
      expect(bench.store().schedules.openRunOf(chat)?.openedAt).toBe('2026-05-05T23:00:00.000Z');
  });
});

describe('a schedule without an end', () => {
  it('is done when nothing is left to do', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add({ time: '23:00' });
    const [first, second] = [bench.want('gpt2'), bench.want('bert')];
    bench.look();
    bench.look('2026-05-05T23:00');
    bench.download(first, 1000);
    bench.restart('2026-05-06T12:00');
    expect(bench.runs()).toEqual(['2026-05-05T23:00 open']);
    bench.download(second, 500);
    bench.look();
    expect(bench.runs()).toEqual(['2026-05-05T23:00 done']);
    bench.look('2026-05-06T12:01');
    expect(bench.store().schedules.getRun(1)).toMatchObject({ completed: 2, failed: 0, leftOver: 0, bytes: 1500 });
  });

  it('does not wait for what is paused, or passes its gate', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add({ time: '23:00' });
    bench.store().models.moveModel(bench.want('gpt2'), 'pending', 'paused');
    bench.store().models.updateModelDetails(bench.want('bert'), { runNow: true });
    bench.look();
    bench.look('2026-05-05T23:00');
    bench.look('2026-05-05T23:01');
    expect(bench.runs()).toEqual(['2026-05-05T23:00 done']);
  });

  it('begins anew at its next time if something is left', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add({ time: '23:00' });
    bench.want('gpt2');
    bench.look();
    bench.look('2026-05-05T23:00');
    bench.look('2026-05-06T23:00');
    expect(bench.runs()).toEqual(['2026-05-05T23:00 next', '2026-05-06T23:00 open']);
  });
});

describe('the sum of a run', () => {
  it('and that of the next one, which goes on with the same download, are what there was', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add({ time: '23:00' });
    const model = bench.want('gpt2');
    bench.look();
    bench.look('2026-05-05T23:00');
    bench.begin(model, 400);
    bench.look('2026-05-06T23:00');
    bench.download(model, 1000);
    bench.look('2026-05-06T23:00:01');
    bench.look('2026-05-06T23:00:10');
    const sumOf = (id: number) => bench.store().schedules.getRun(id);
    expect(sumOf(1)).toMatchObject({ completed: 0, leftOver: 0, bytes: 400, endReason: 'next' });
    expect(sumOf(2)).toMatchObject({ completed: 1, leftOver: 0, bytes: 600, endReason: 'done' });
    expect(bench.sums()).toEqual([1, 2]);
  });

  it('is told once, a moment after it closed, over restarts', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add(NIGHT);
    const [first, , failing] = [bench.want('gpt2'), bench.want('bert'), bench.want('t5')];
    bench.look();
    bench.look('2026-05-05T23:00');
    bench.download(first, 1000);
    bench.fail(failing);
    bench.restart('2026-05-06T07:00:00');
    expect(bench.sums()).toEqual([]);
    bench.restart('2026-05-06T07:00:03');
    bench.restart('2026-05-06T07:00:10');
    bench.look('2026-05-06T22:00');
    expect(bench.sums()).toEqual([1]);
    expect(bench.store().schedules.getRun(1)).toMatchObject({ completed: 1, failed: 1, leftOver: 1, bytes: 1000 });
  });

  it('counts what came during the run alone', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add(NIGHT);
    bench.download(bench.want('gpt2'), 1000);
    bench.look();
    bench.look('2026-05-05T23:00');
    bench.download(bench.want('bert'), 70);
    bench.look('2026-05-06T07:00');
    bench.download(bench.want('t5'), 500);
    bench.look('2026-05-06T07:01');
    expect(bench.store().schedules.getRun(1)).toMatchObject({ completed: 1, bytes: 70 });
  });

  it('counts as left what waited when it closed, not what was added a moment later', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add(NIGHT);
    const [first] = [bench.want('gpt2'), bench.want('bert')];
    bench.look();
    bench.look('2026-05-05T23:00');
    bench.download(first, 1000);
    bench.look('2026-05-06T07:00');
    bench.look('2026-05-06T07:00:01');
    bench.want('t5');
    bench.look('2026-05-06T07:01');
    expect(bench.store().schedules.getRun(1)).toMatchObject({ completed: 1, leftOver: 1 });
  });

  it('is not told if nothing was done', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.add(NIGHT);
    bench.want('gpt2');
    bench.look();
    bench.look('2026-05-05T23:00');
    bench.look('2026-05-06T07:00');
    bench.look('2026-05-06T07:01');
    expect(bench.sums()).toEqual([]);
    expect(bench.store().schedules.getRun(1)).toMatchObject({ completed: 0, leftOver: 1 });
  });
});

describe('many chats', () => {
  it('open, close and are summed up, each once, though a look takes only some of them', () => {
    const bench = openBench('2026-05-05T12:00');
    const chats = Array.from({ length: 600 }, (_, index) => index + 1);
    for (const chat of chats) bench.add(NIGHT, chat);
    const left = new Set(chats);
    for (const at of ['2026-05-05T12:00', '2026-05-05T23:00', '2026-05-06T07:00', '2026-05-06T07:01']) bench.look(at);
    for (const chat of chats) if (bench.runs(chat).join() === '2026-05-05T23:00 window_closed') left.delete(chat);
    expect([...left]).toEqual([]);
    expect(bench.store().schedules.runsToSum('9999-12-31T00:00:00.000Z')).toEqual([]);
    // Once for each batch at most, not once for each chat.
    expect(bench.told()).toBeLessThan(12);
  });

  it('open by themselves, some at a time, until it is closed', async () => {
    const bench = openBench('2026-05-05T12:00');
    const chats = Array.from({ length: 800 }, (_, index) => index + 1);
    bench.store().atomically(() => {
      for (const chat of chats) bench.add(NIGHT, chat);
    });
    bench.look();
    const open = (): number => chats.filter((chat) => bench.store().schedules.openRunOf(chat)).length;
    bench.set(utc('2026-05-05T23:00'));
    bench.scheduler().start();
    const first = open();
    expect(first).toBeGreaterThan(0);
    await bench.scheduler().close();
    expect(open()).toBeLessThan(800);
    bench.restart('2026-05-05T12:00');
    expect(open()).toBe(0);
    bench.set(utc('2026-05-05T23:00'));
    bench.scheduler().start();
    await expect.poll(open).toBe(800);
    await bench.scheduler().close();
  });

  it('are not kept from opening by one whose schedule makes no sense', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.store().schedules.createSchedule({
      chatId: 1,
      name: 'from elsewhere',
      type: 'custom',
      time: '00:00',
      cron: '61 * * * *',
    });
    bench.add(NIGHT, 2);
    bench.look();
    expect(bench.warnings).toEqual(['A schedule never opens']);
    bench.look('2026-05-05T23:00');
    expect(bench.runs(2)).toEqual(['2026-05-05T23:00 open']);
  });

  it('go by the clock of the bot where the time zone of their chat is not known here, as people are told', () => {
    const bench = openBench('2026-05-05T12:00');
    bench.store().chats.upsertChat({ chatId: 3, kind: 'private', title: 'Ann' });
    bench.store().schedules.setTimezone(3, 'Europe/Atlantis');
    for (const chat of [3, 4]) bench.add(NIGHT, chat);
    bench.look();
    expect(bench.warnings).toEqual([]);
    bench.look('2026-05-05T23:00');
    for (const chat of [3, 4]) expect(bench.runs(chat)).toEqual(['2026-05-05T23:00 open']);
    bench.store().schedules.setTimezone(3, 'Europe/Berlin');
    bench.look('2026-05-05T23:01');
    expect(bench.runs(3).at(-1)).toEqual('2026-05-05T21:00 open');
  });
});
