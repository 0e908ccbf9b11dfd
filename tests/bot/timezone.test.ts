import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localTime } from '../../src/domain/schedule/timezone.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type BotBench, openBot } from './setup.ts';

/** Berlin shows 21:15. */
const NOW = Date.parse('2026-11-28T20:15:00.000Z');

let bench: BotBench;
beforeAll(async () => {
  // The log tells of a row that cannot be read.
  bench = await openBot({ clock: { ...systemClock, now: () => NOW }, log: silentLog });
});
afterAll(() => bench?.close());

const zoneSet = (said: string | undefined): string => /those of (\S+) \(/.exec(said ?? '')?.[1] ?? `none in: ${said}`;

describe('/timezone with the time that a clock shows', () => {
  it.each(['21:15', '21.15', '9:15 pm', '9:15PM'])('offers the places whose clocks show it: %s', async (typed) => {
    const [offer] = await bench.say(`/timezone ${typed}`);
    expect(offer?.text).toBe('Which of these is it? If none, write another place.');
    await bench.press(offer, 'Europe/Berlin');
    const said = await bench.sees('Set. Times here are those of Europe/Berlin');
    expect(localTime(NOW, zoneSet(said.text))).toMatchObject({ hour: 21, minute: 15 });
  });

  it('takes the one place at once', async () => {
    expect(zoneSet(await bench.ask('/timezone 02:00'))).toBe('Asia/Kathmandu');
  });

  it('says that no clock shows it now', async () => {
    expect(await bench.ask('/timezone 21:37')).toMatch(/No place shows 21:37 now/);
  });

  it('knows no place by a word that is like none, and one by a mistyped name', async () => {
    expect(await bench.ask('/timezone banana')).toMatch(/^I know no place called “banana”\. .* Europe\/Berlin/);
    expect(zoneSet(await bench.ask('/timezone Nerlin'))).toMatch(/^none in: Which of these/);
  });

  it('is understood in the dialogue too', async () => {
    const [menu] = await bench.say('/schedule');
    await bench.press(menu, 'Time zone');
    await bench.press(menu, 'Write a city');
    const [offer] = await bench.say('21:15');
    expect(offer?.reply_markup?.inline_keyboard.flat().map(({ text }) => text)).toContain('Europe/Berlin');
  });

  it('leaves a dialogue whose row cannot be read, and begins anew', async () => {
    const [menu] = await bench.say('/schedule');
    await bench.press(menu, 'Time zone');
    await bench.press(menu, 'Write a city');
    bench.store.conversations.write('1001:1001', '{"version":[0,1],"state":{"askZone":7}}');
    expect(await bench.ask('/timezone 02:00')).toContain('Asia/Kathmandu');
    expect(bench.store.conversations.read('1001:1001')).toBeUndefined();
  });
});
