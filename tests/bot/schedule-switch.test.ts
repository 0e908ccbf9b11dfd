import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BotBench, openBot } from './setup.ts';

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot();
  bench.queue.hold();
});
afterEach(() => bench?.close());

const waitsForSchedule = (name: string): number => {
  const id = bench.put(name);
  bench.store.models.updateModelDetails(id, { scheduled: true, statusReason: 'schedule' });
  return id;
};
const isOn = (name: string): boolean | undefined =>
  bench.store.schedules.listSchedules(1001).find((schedule) => schedule.name === name)?.enabled;

describe('a schedule that is made while another one is on', () => {
  it('says that it is off and why, and one tap switches over', async () => {
    await bench.say('/schedule add daily 23:00 name=nightly');
    const [made] = await bench.say('/schedule add daily 12:00 name=noon');
    expect(made?.text).toMatch(/^noon · #2 · off\n[^]*It is off, because nightly is on: one at a time\.$/);
    expect(await bench.press(made, 'Switch over to this one')).toBe('noon is on, and nightly is off: one at a time.');
    expect([isOn('nightly'), isOn('noon')]).toEqual([false, true]);
    expect((await bench.sees(/^noon · #2 · on/)).text).not.toContain('because');
  });

  it('says so also where it is made by the menu', async () => {
    await bench.say('/schedule add daily 23:00 name=nightly');
    const [menu] = await bench.say('/schedule');
    let said: string | undefined;
    for (const button of ['New schedule', 'Every day', '06', '06:00', 'No end', 'As fast as it goes', '1', 'Save it']) {
      said = await bench.press(menu, button);
    }
    expect(said).toBe('Saved. It is off, because nightly is on: one at a time.');
    await bench.sees(/ · off\n[^]*because nightly is on/);
  });
});

describe('switching off the only schedule that is on', () => {
  it.each([
    ['/schedule disable nightly', 'Switch off'],
    ['/schedule remove nightly', 'Yes, remove'],
  ])('says how many waited for it, and starts them by a tap: %s', async (command, button) => {
    await bench.say('/schedule add daily 23:00 name=nightly');
    const ids = [waitsForSchedule('org/one'), waitsForSchedule('org/two')];
    const other = bench.put('org/three', 'paused');
    const [answer] = await bench.say(command);
    if (button === 'Yes, remove') await bench.press(answer, button);
    const said = await bench.sees('2 models waited for it, and wait now until somebody starts them.');
    expect(isOn('nightly') ?? false).toBe(false);
    expect(await bench.press(said, 'Start them now')).toBe('2 models started.');
    expect(ids.map((id) => bench.store.models.getModel(id)?.runNow)).toEqual([true, true]);
    expect(bench.store.models.getModel(other)?.status).toBe('paused');
    await bench.telegram.waitFor(() => !bench.shown().some(({ text }) => text?.includes('waited for it')));
  });

  it('asks about nothing by an older question once it is removed', async () => {
    await bench.say('/schedule add daily 23:00 name=nightly');
    const [older] = await bench.say('/schedule remove nightly');
    const [newer] = await bench.say('/schedule remove nightly');
    expect(await bench.press(newer, 'Yes, remove')).toBe('nightly is removed.');
    await bench.press(older, 'Yes, remove');
    await bench.sees('That schedule is gone.');
    expect(bench.shown().some(({ text }) => text?.includes('Remove the schedule'))).toBe(false);
  });

  it('does nothing by an old button once another one is on', async () => {
    await bench.say('/schedule add daily 23:00 name=nightly');
    const id = waitsForSchedule('org/one');
    const [answer] = await bench.say('/schedule disable nightly');
    await bench.say('/schedule enable nightly');
    expect(await bench.press(answer, 'Start it now')).toMatch(/changed meanwhile/);
    expect(bench.store.models.getModel(id)?.runNow).toBe(false);
  });

  it('says no more than that if nothing waited for it', async () => {
    await bench.say('/schedule add daily 23:00 name=nightly');
    expect(await bench.ask('/schedule disable nightly')).toBe('nightly is off.');
  });
});
