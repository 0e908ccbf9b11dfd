import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

let bench: BotBench;
let menu: SimMessage | undefined;
beforeEach(async () => {
  // A Saturday noon.
  bench = await openBot({ clock: { ...systemClock, now: () => Date.parse('2026-11-28T12:00:00.000Z') } });
});
afterEach(() => bench?.close());

const shown = (): SimMessage | undefined => bench.shown().find(({ message_id: id }) => id === menu?.message_id);
const labels = (): string[] =>
  shown()
    ?.reply_markup?.inline_keyboard.flat()
    .map(({ text }) => text) ?? [];

/** Taps one button after the other. @returns what the menu says then */
const tap = async (...buttons: readonly string[]): Promise<string> => {
  for (const button of buttons) await bench.press(shown(), button);
  return shown()?.text ?? '';
};

const open = async (line = '/schedule'): Promise<void> => {
  [menu] = await bench.say(line);
};

describe('the wizard', () => {
  beforeEach(() => open());

  it('shows only what has been chosen, and hours in two digits', async () => {
    expect(await tap('New schedule', 'Every day')).toBe('every day\nAt what hour does it begin?');
    expect(await tap('03')).toBe('every day\nAt what time does it begin? 03:…');
    expect(await tap('03:20')).toMatch(/^every day 03:20\nWhen does it end\?/);
    expect(await tap('08')).toBe('every day 03:20\nAt what time does it end? 08:…');
    expect(await tap('08:00')).toBe('every day 03:20 to 08:00\nHow fast may it download?');
    expect(await tap('5 MB/s')).toBe('every day 03:20 to 08:00\nat most 5 MB/s\nHow many models at once?');
    expect(await tap('2')).toMatch(/^every day 03:20 to 08:00\nat most 5 MB\/s · 2 at once\n/);
  });

  it('lets several days be chosen, and edits them as days again', async () => {
    expect(await tap('New schedule', 'On some days')).toBe('On which days? Tap each.');
    expect(labels()).not.toContain('Next ›');
    expect(await tap('Saturday', 'Sunday')).toBe('Saturdays and Sundays\nOn which days? Tap each.');
    expect(labels()).toContain('Sunday ✓');
    await tap('Next ›', '10', '10:00', 'No end', 'As fast as it goes', '1');
    expect(await tap('Save it')).toMatch(
      /^weekend · #1 · on\nSaturdays and Sundays 10:00\n1 at once\nNext: tomorrow 10:00, Sat 5 Dec 10:00, Sun 6 Dec 10:00/,
    );
    expect(bench.store.schedules.getActiveSchedule(ANN)).toMatchObject({ type: 'custom', cron: '0 10 * * 6,0' });
    expect(await tap('Days')).toMatch(/^weekend: Saturdays and Sundays 10:00/);
    expect(await tap('Saturday ✓')).toMatch(/^weekend: Sundays 10:00/);
    expect(bench.store.schedules.getActiveSchedule(ANN)).toMatchObject({ type: 'weekly', dayOfWeek: 6, cron: null });
    expect(await bench.press(shown(), 'Sunday ✓')).toMatch(/One day has to stay/);
    expect(await tap('Monday to Friday')).toMatch(/^weekend: Mondays to Fridays 10:00/);
    expect(await tap('‹ Back', 'Begin', '22', '22:15')).toMatch(/^weekend · #1 · on\nMondays to Fridays 22:15\n/);
  });

  it('makes one schedule of two taps at once', async () => {
    await tap('New schedule', 'Every day', '03', '03:20', 'No end', 'As fast as it goes', '1');
    const asking = shown();
    bench.telegram.press(ANN, ANN, asking?.message_id ?? 0, 'Save it');
    expect(await bench.press(asking, 'Save it')).toBe('nightly has these times and limits.');
    expect(bench.store.schedules.listSchedules(ANN)).toHaveLength(1);
    expect(shown()?.text).toMatch(/^nightly · #1 · on\nevery day 03:20\n/);
  });

  it('takes a second tap on the same choice for the same', async () => {
    await tap('New schedule', 'On some days', 'Weekend');
    expect(await tap('Weekend')).toBe('Saturdays and Sundays\nOn which days? Tap each.');
    expect(labels()).toContain('Next ›');
  });
});

describe('the one-line form', () => {
  it('shows several days as days, also those typed as cron, and edits their time', async () => {
    await open('/schedule add weekend 10:00');
    expect(shown()?.text).toMatch(/^weekend · #1 · on\nSaturdays and Sundays 10:00\n/);
    expect(await bench.ask('/schedule edit weekend time=9:00 until=12:00')).toMatch(
      /\nSaturdays and Sundays 09:00 to 12:00\n/,
    );
    expect(await bench.ask('/schedule edit weekend day=fri,sat')).toMatch(/\nFridays and Saturdays 09:00 to 12:00\n/);
    expect(await bench.ask('/schedule edit weekend daily')).toMatch(/\nevery day 09:00 to 12:00\n/);
    expect(await bench.ask('/schedule add custom 30 2 * * 1-5')).toMatch(
      /^weekdays · #2 · off\nMondays to Fridays 02:30\n/,
    );
    expect(await bench.ask('/schedule edit weekdays sun')).toMatch(/\nSundays 02:30\n/);
  });

  it('does not pretend to change the time of what only cron can say', async () => {
    await bench.say('/schedule add custom */5 * * * * name=often');
    expect(await bench.ask('/schedule edit often time=10:00')).toMatch(/^often follows a cron expression/);
  });

  it('refuses an end at the very time it begins on several days too', async () => {
    expect(await bench.ask('/schedule add weekend 10:00 until 10:00')).toMatch(/It would end when it begins/);
  });
});
