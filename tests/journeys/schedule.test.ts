import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { type AppWorld, COUNTING, ONE_CONNECTION, openAppWorld, type RunningApp } from '../helpers/app.ts';
import { ANN, BOB } from '../helpers/stand-ins.ts';

const repos = ['one', 'two', 'three'].map((name) =>
  defineRepo({ id: `sample/${name}`, files: [{ path: 'model.safetensors', size: 8_000_000, seed: name }] }),
);

let world: AppWorld;
afterEach(async () => {
  await world?.close();
});

const open = async (): Promise<RunningApp> => {
  world = await openAppWorld({ hub: { repos } });
  return world.start();
};

/** Half of a model comes, and the rest when it may. */
const hold = (name: string): (() => void) =>
  world.hub.setFault({ kind: 'held', bytes: 4_000_000, path: `sample/${name}/model` });

const say = (text: string): void => {
  world.say(text);
};

const fits = (text: string | RegExp, message: SimMessage): boolean =>
  typeof text === 'string' ? message.text?.includes(text) === true : text.test(message.text ?? '');

/** Says something and waits for what is said to it. */
const ask = (line: string, answer: string | RegExp): Promise<SimMessage> => {
  const { message_id: asked } = world.telegram.say(ANN, ANN, line);
  return world.telegram.waitFor(() =>
    world.shown(ANN).find((message) => message.message_id > asked && fits(answer, message)),
  );
};

/** Presses a button of the menu and waits until the menu shows what it leads to. */
const tap = async (label: string, leadsTo: string | RegExp): Promise<SimMessage> => {
  const hasButton = ({ reply_markup: markup }: SimMessage): boolean =>
    markup?.inline_keyboard.flat().some(({ text }) => text === label) === true;
  const menu = await world.telegram.waitFor(() => world.shown(ANN).findLast(hasButton));
  world.telegram.press(ANN, ANN, menu.message_id, label);
  return world.telegram.waitFor(() =>
    world.shown(ANN).find((message) => message.message_id === menu.message_id && fits(leadsTo, message)),
  );
};

const GROUP = -100_600;

/** HH:MM, UTC, so many minutes from now. */
const clockIn = (minutes: number): string => new Date(world.clock.now() + minutes * 60_000).toISOString().slice(11, 16);

describe('the menu', () => {
  it('makes a schedule without typing, also over a restart, and changes it in place', async () => {
    const bot = await open();
    say('/schedule');
    await world.sees(ANN, 'No schedule yet.');
    await tap('New schedule', 'How often?');
    await tap('On some days', 'On which days?');
    await tap('Friday', 'Fridays');
    await tap('Next ›', 'At what hour does it begin?');
    await tap('14', 'At what time does it begin? 14:…');
    await tap('14:30', 'When does it end?');
    await bot.stop();
    await world.start();
    await tap('18', 'At what time does it end? 18:…');
    await tap('18:00', 'How fast may it download?');
    await tap('5 MB/s', 'How many models at once?');
    await tap('2', 'Fridays 14:30 to 18:00\nat most 5 MB/s · 2 at once\nTimes here are those of UTC');
    await tap(
      'Save it',
      /^friday · #1 · on\nFridays 14:30 to 18:00\nat most 5 MB\/s · 2 at once\nNext: .*14:30, .*14:30, .*14:30/,
    );
    await tap('End', 'When does it end?');
    await tap('No end', /^friday · #1 · on\nFridays 14:30\nat most/);
    await tap('Switch off', /^friday · #1 · off\n/);
    await tap('Switch on', /^friday · #1 · on\n/);
    await tap('Name', /./);
    await world.sees(ANN, 'What shall friday be called?');
    await ask('week end', 'Saved. /schedule shows it.');
    await ask('/schedule', /^week end · #1 · on\n/);
    await tap('week end · on', /^week end · #1 · on\nFridays/);
    await tap('Remove week end', 'Remove the schedule week end?');
    await tap('Yes, remove', 'No schedule yet.');
  });

  it('says so if another person changed it meanwhile', async () => {
    await open();
    say('/schedule add daily 23:00 name=night');
    await world.sees(ANN, 'night · #1 · on');
    say('/schedule add daily 12:00 name=noon');
    await world.sees(ANN, 'noon · #2 · off');
    say('/schedule');
    const menu = await world.sees(ANN, /night · #1[^]*noon · #2/);
    say('/schedule set-active noon');
    await world.sees(ANN, 'noon is on, and night is off: one at a time.');
    world.telegram.press(ANN, ANN, menu.message_id, 'night · on');
    await world.telegram.waitFor(({ answers }) => answers.some(({ text }) => text?.includes('have changed meanwhile')));
    await world.sees(ANN, /^noon · #2 · on[^]*night · #1 · off/);
  });

  it('sets the time zone by a city, by the clock, and says what it cannot read', async () => {
    await open();
    say('/timezone Xyzzy');
    await world.sees(ANN, 'I know no place called “Xyzzy”.');
    say('/timezone Atlantis');
    const guesses = await world.sees(ANN, 'Which of these is it?');
    world.telegram.press(ANN, ANN, guesses.message_id, 'America/New York');
    await world.sees(ANN, 'Set. Times here are those of America/New_York');
    say('/timezone Kolkata');
    await world.sees(ANN, 'Set. Times here are those of Asia/Kolkata (UTC+5:30)');
    say('/schedule add daily 23:00');
    await world.sees(ANN, /nightly · #1 · on\nevery day 23:00/);
    await ask('/schedule', 'Times here are those of Asia/Kolkata');
    await tap('Time zone', /^Times here/);
    await tap('Write a city', /./);
    await world.sees(ANN, 'Which city are you in, or near?');
    say('nowhere at all');
    await world.sees(ANN, 'I know no place called “nowhere at all”.');
    await ask('Berlin', 'Set. Times here are those of Europe/Berlin');
    const [hour] = clockIn(0).split(':');
    await tap('Choose by my clock', 'What hour does your clock show?');
    await tap(hour ?? '', 'Which of these is it?');
  });
});

describe('what is added while a schedule is on', () => {
  it('waits for it, says when it starts, and passes by “Start now”', async () => {
    await open();
    say(`/schedule add daily ${clockIn(90)} until ${clockIn(120)}`);
    await world.sees(ANN, 'Next: ');
    say('/add sample/one');
    const card = await world.sees(ANN, new RegExp(`sample/one · pending\nStarts (today|tomorrow) ${clockIn(90)} \\(`));
    say('/add sample/two now');
    await world.sees(ANN, /sample\/two · completed\n[^]*1 file verified/);
    expect(world.shown(ANN).find(({ message_id: id }) => id === card.message_id)?.text).toContain('pending');
    world.telegram.press(ANN, ANN, card.message_id, 'Start now');
    await world.sees(ANN, /sample\/one · completed\n[^]*1 file verified/);
    say('/add sample/three');
    await world.sees(ANN, 'sample/three · pending');
    say('/schedule disable #1');
    await world.sees(ANN, '1 model waited for it, and waits now until somebody starts it.');
    await world.sees(ANN, 'sample/three · pending\nWaits until somebody starts it');
    say('/download all');
    await world.sees(ANN, /sample\/three · completed\n[^]*1 file verified/);
  });

  it('runs inside the window, stops when it closes, goes on when it opens, and is summed up', async () => {
    world = await openAppWorld({ hub: { repos }, ...COUNTING });
    const bot = await world.start(ONE_CONNECTION);
    const letGo = hold('one');
    say(`/schedule add daily ${clockIn(-5)} until ${clockIn(90)} name=now max=1`);
    await world.sees(ANN, 'Open since today');
    say('/add sample/one');
    await world.sees(ANN, 'sample/one · downloading');
    say('/add sample/two');
    await world.sees(ANN, 'sample/two · pending');
    await world.sees(ANN, /sample\/one · downloading\n[█░]+ [1-9]\d? %/);
    expect(world.shown(ANN).some(({ text }) => text?.includes('sample/two · downloading'))).toBe(false);
    say('/schedule disable now');
    await world.sees(ANN, /sample\/one · pending\nWaits until somebody starts it[^]*\d+ % is here/);
    await world.sees(ANN, /^Schedule now · switched off\n0 done · 2 left for next time\n/);
    await bot.stop();
    await world.start(ONE_CONNECTION);
    letGo();
    say('/schedule enable now');
    await world.sees(ANN, /sample\/one · completed\n[^]*1 file verified/);
    await world.sees(ANN, /sample\/two · completed\n[^]*1 file verified/);
    expect(world.hub.bytesSent()).toBeLessThan(16_000_000 + 1_000_000);
    say('/schedules');
    await world.sees(ANN, 'Open since today');
  });

  it('is stopped by the minute at which the window ends', async () => {
    await open();
    hold('one');
    const end = clockIn(30);
    const [hours = 0, minutes = 0] = end.split(':').map(Number);
    const endsAt = new Date(world.clock.now() + 30 * 60_000).setUTCHours(hours, minutes, 0, 0);
    say(`/schedule add daily ${clockIn(-5)} until ${end} name=short`);
    say('/add sample/one');
    await world.sees(ANN, /sample\/one · downloading\n[█░]+ \d+ %/);
    world.clock.pass(endsAt - world.clock.now() - 4000);
    const stopped = await world.sees(ANN, /^sample\/one · pending\nIts time is over for now\./);
    const at = stopped.history.at(-1)?.at ?? 0;
    expect(new Date(at).toISOString().slice(11, 16)).toBe(end);
    expect(at % 60_000).toBeLessThan(10_000);
    expect(stopped.text).toMatch(/It goes on tomorrow \d\d:\d\d \(short\)\.\n\d+ % is here/);
    await world.sees(ANN, /^Schedule short · time is over\n0 done · 1 left for next time\n/);
  });
});

describe('the commands of the seeds', () => {
  it('have an equivalent each', async () => {
    await open();
    say('/schedule list');
    await world.sees(ANN, 'No schedule yet.');
    say('/schedule create --type daily --time "23:00" --name "nightly"');
    await world.sees(ANN, 'nightly · #1 · on\nevery day 23:00');
    say('/schedule create --type weekly --time "14:00" --day fri --name "friday"');
    await world.sees(ANN, 'friday · #2 · off\nFridays 14:00');
    say('/schedule create --type weekly --time "14:00" --day 5 --name "five"');
    await world.sees(ANN, 'by its name, such as fri');
    say('/schedule disable 1');
    await world.sees(ANN, 'nightly is off.');
    say('/schedule enable 1');
    await world.sees(ANN, 'nightly is on.');
    say('/schedule set-active 2');
    await world.sees(ANN, 'friday is on, and nightly is off: one at a time.');
    say('/schedule explode');
    await world.sees(ANN, 'I do not know “/schedule explode”.');
    say('/schedules all');
    await world.sees(ANN, /Ann · nightly · off\n[^]*Ann · friday · next Fri/);
  });
});

describe('in a group', () => {
  it('only admins and the owner change schedules; everybody sees them', async () => {
    await open();
    world.telegram.say(ANN, ANN, '/start');
    world.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
    world.telegram.say(ANN, GROUP, '/start@hubgram_bot');
    await world.sees(GROUP, 'This group may use hubgram now');
    world.telegram.say(BOB, GROUP, '/schedule@hubgram_bot add daily 23:00');
    await world.sees(GROUP, 'In a group, an admin or the bot’s owner changes the schedules.');
    world.telegram.say(BOB, GROUP, '/schedule@hubgram_bot');
    const menu = await world.sees(GROUP, 'No schedule yet.');
    world.telegram.press(BOB, GROUP, menu.message_id, 'New schedule');
    await world.telegram.waitFor(({ answers }) => answers.some(({ text }) => text?.startsWith('In a group, an admin')));
    world.telegram.say(ANN, GROUP, '/schedule@hubgram_bot add custom 30 2 * * 1-5');
    await world.sees(GROUP, 'weekdays · #1 · on\nMondays to Fridays 02:30');
    world.telegram.say(ANN, GROUP, '/schedules@hubgram_bot all');
    await world.sees(GROUP, 'Here I show this chat’s schedules only.');
  });
});
