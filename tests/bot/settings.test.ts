import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { addSchedule } from '../../src/library/schedules/schedules.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const gguf = (id: string, ...labels: string[]) =>
  defineRepo({
    id,
    files: labels.map((label) => ({ path: `name-${label}.gguf`, size: 5000, seed: label })),
  });
const repos = [
  gguf('org/small', 'Q4_K_M', 'Q8_0'),
  gguf('org/large', 'Q6_K', 'BF16'),
  defineRepo({
    id: 'org/plain',
    files: [
      { path: 'config.json', content: '{"model_type":"gpt2"}' },
      { path: 'model.safetensors', size: 5000 },
    ],
  }),
];
/** Whose admin Bob is, and where Cleo is anybody. */
const GROUP = -1_002_000_000_001;
const CLEO = 1003;

let bench: BotBench;
beforeAll(async () => {
  bench = await openBot({ hub: { repos }, concurrency: 0 });
  const { telegram, store } = bench;
  telegram.addUser({ id: CLEO, firstName: 'Cleo', started: true });
  telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB, CLEO], type: 'supergroup' });
  telegram.addMember(GROUP, BOB, 'administrator');
  store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'Lab' });
  store.chats.setAccess(GROUP, 'approved');
});
afterAll(() => bench?.close());

let person = 3000;
/** Somebody with a chat of their own, in which nothing has been set. */
const newcomer = (): number => {
  const userId = (person += 1);
  bench.telegram.addUser({ id: userId, firstName: 'Dora', started: true });
  bench.store.users.upsertUser({ userId, firstName: 'Dora', username: null });
  bench.store.users.setRole(userId, 'member');
  bench.store.chats.upsertChat({ chatId: userId, kind: 'private', title: 'Dora' });
  return userId;
};

const now = (message: SimMessage | undefined, chatId: number): SimMessage | undefined =>
  bench.shown(chatId).find(({ message_id: id }) => id === message?.message_id);
const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

describe('/settings', () => {
  it('shows what holds, and changes it by two taps, without typing', async () => {
    const userId = newcomer();
    const place = { userId };
    const [menu] = await bench.say('/settings', place);
    expect(menu?.text).toBe(
      'Settings of this chat\nCategory · by the model’s task\nQuantization · what a loader needs\nStart · at once, or when a schedule opens\nNewer revisions · every day\nUpdates · told first\nOther programs · when somebody asks\nCheck · when somebody asks\nText length in checks · 4,096 tokens\nSound · on\nOnce a day · off, each end is told when it comes\nQuiet hours · none\nCards · all of it\nOld messages · deleted after 24 hours\nTime zone · UTC',
    );
    expect(labels(menu)).toEqual([
      'Category',
      'Quantization',
      'Start',
      'Newer revisions',
      'Updates',
      'Other programs',
      'Check',
      'Text length in checks',
      'Sound',
      'Once a day',
      'Quiet hours',
      'Cards',
      'Old messages',
      'Deleted after',
      'Time zone',
    ]);
    await bench.press(menu, 'Start', place);
    expect(now(menu, userId)?.text).toMatch(/^Start\nNow: at once, or when a schedule opens\n/);
    expect(labels(now(menu, userId))).toEqual([
      '✓ at once, or when a schedule opens',
      'at once',
      'when somebody says so',
      '‹ Back',
    ]);
    expect(await bench.press(now(menu, userId), 'at once', place)).toBe('Saved.');
    expect(labels(now(menu, userId))).toEqual([
      'at once, or when a schedule opens',
      '✓ at once',
      'when somebody says so',
      'As usual',
      '‹ Back',
    ]);
    await bench.press(now(menu, userId), '‹ Back', place);
    expect(now(menu, userId)?.text).toContain('Start · at once');
    await bench.press(now(menu, userId), 'Start', place);
    await bench.press(now(menu, userId), 'As usual', place);
    expect(now(menu, userId)?.text).toContain('Now: at once, or when a schedule opens');
    expect(bench.store.chatSettings.listChatSettings(userId).size).toBe(0);
  });

  it('offers the categories of the chat, its own ones too, however they are called', async () => {
    const userId = newcomer();
    const place = { userId };
    const name = 'ж'.repeat(32);
    bench.store.categories.putCategory(userId, name, { icon: '🧩' });
    const [menu] = await bench.say('/settings', place);
    await bench.press(menu, 'Category', place);
    expect(labels(now(menu, userId)).slice(0, 3)).toEqual(['✓ by the model’s task', 'text 📝', 'image 🎨']);
    await bench.press(now(menu, userId), `${name} 🧩`, place);
    expect(bench.store.preferences.getPreferences(userId).defaultCategory).toBe(name);
    expect(labels(now(menu, userId))).toContain(`✓ ${name} 🧩`);
  });

  it('has room for as many categories as a chat may have', async () => {
    const userId = newcomer();
    const place = { userId };
    const nameOf = (at: number): string => `${at}${'ж'.repeat(30)}`;
    for (let at = 10; at < 50; at += 1) bench.store.categories.putCategory(userId, nameOf(at), { icon: '🧩' });
    const [menu] = await bench.say('/settings', place);
    await bench.press(menu, 'Category', place);
    expect(labels(now(menu, userId))).toHaveLength(1 + 8 + 40 + 1);
    await bench.press(now(menu, userId), `${nameOf(49)} 🧩`, place);
    expect(now(menu, userId)?.text).toContain(`Now: ${nameOf(49)}`);
  });

  it('says that a choice is gone which was there when its button was drawn', async () => {
    const userId = newcomer();
    const place = { userId };
    bench.store.categories.putCategory(userId, 'LoRA', {});
    const [menu] = await bench.say('/settings', place);
    await bench.press(menu, 'Category', place);
    const drawn = now(menu, userId);
    bench.store.categories.removeCategory(userId, 'LoRA', 'custom');
    expect(await bench.press(drawn, 'LoRA', place)).toMatch(/^There is no such choice any more/);
    expect(labels(now(menu, userId))).not.toContain('LoRA');
  });

  it('takes quiet hours by a tap, and any others by a line', async () => {
    const userId = newcomer();
    const place = { userId };
    const [menu] = await bench.say('/settings', place);
    await bench.press(menu, 'Quiet hours', place);
    expect(labels(now(menu, userId))).toEqual(['✓ none', '22:00-07:00', '23:00-08:00', '00:00-09:00', '‹ Back']);
    expect(await bench.press(now(menu, userId), '23:00-08:00', place)).toBe('Saved.');
    expect(now(menu, userId)?.text).toContain('Now: 23:00-08:00');
    expect(await bench.ask('/settings quiet_hours=21:30-06:15', place)).toContain('Quiet hours · 21:30-06:15');
    expect(await bench.ask('/settings quiet_hours=always', place)).toMatch(/^quiet_hours takes two times with a dash/);
  });

  it('says first what a line has changed, and takes any word for on and off', async () => {
    const userId = newcomer();
    const ask = (line: string): Promise<string> => bench.ask(line, { userId });
    const first = async (line: string) => (await ask(line)).split('\n').slice(0, 2);
    expect(await first('/settings start=now notifications=no')).toEqual([
      'Changed: Start · at once, Sound · off',
      'Settings of this chat',
    ]);
    expect(await first('/settings notifications=TRUE')).toEqual(['Changed: Sound · on', 'Settings of this chat']);
    expect(await first('/settings default_quantize=no')).toContain('Changed: Quantization · full precision');
    expect(await first('/settings')).toContain('Settings of this chat');
    expect(await ask('/settings notifications=maybe')).toMatch(/^notifications takes on or off/);
  });

  it('says on each page how it is set by a line, where what the menu calls it counts too', async () => {
    const userId = newcomer();
    const [menu] = await bench.say('/settings', { userId });
    await bench.press(menu, 'Sound', { userId });
    expect(now(menu, userId)?.text).toContain('By a line: /settings notifications=off');
    const first = async (line: string) => (await bench.ask(line, { userId })).split('\n')[0];
    expect(await first('/settings sound=off Cards=on')).toBe('Changed: Sound · off, Cards · two lines');
    expect(await first('/settings once-a-day=19:30')).toBe('Changed: Once a day · 19:30');
    expect(await first('/settings sound=on notifications=off')).toBe('The option notifications= is given twice.');
    expect(await first('/settings colour=red')).toMatch(
      /^There is no option “colour”\. Options here: default_category=/,
    );
  });

  it('says how other times are written, beside those that have a button', async () => {
    const userId = newcomer();
    const [menu] = await bench.say('/settings', { userId });
    await bench.press(menu, 'Quiet hours', { userId });
    expect(now(menu, userId)?.text).toContain('/settings quiet_hours=21:30-06:15');
    await bench.press(now(menu, userId), '‹ Back', { userId });
    await bench.press(now(menu, userId), 'Once a day', { userId });
    expect(now(menu, userId)?.text).toContain('/settings digest=19:30');
  });

  it('leads to the time zone', async () => {
    const userId = newcomer();
    const [menu] = await bench.say('/settings', { userId });
    await bench.press(menu, 'Time zone', { userId });
    const zone = await bench.sees('Times here are those of UTC', userId);
    expect(labels(zone)).toEqual(['Write a city', 'Choose by my clock', '‹ Back']);
    await bench.press(zone, '‹ Back', { userId });
    expect(bench.shown(userId).map(({ message_id: id, text: said }) => [id, said?.split('\n')[0]])).toEqual([
      [menu?.message_id, 'Settings of this chat'],
    ]);
  });

  it('takes the time zone by the hour of a clock, and leads back', async () => {
    const userId = newcomer();
    const [menu] = await bench.say('/settings', { userId });
    await bench.press(menu, 'Time zone', { userId });
    await bench.press(now(menu, userId), 'Choose by my clock', { userId });
    expect(labels(now(menu, userId))).toHaveLength(25);
    await bench.press(now(menu, userId), '12', { userId });
    const zones = now(menu, userId);
    expect(labels(zones).at(-1)).toBe('‹ Back');
    const [place = ''] = labels(zones);
    await bench.press(zones, place, { userId });
    expect(now(menu, userId)?.text).toMatch(/^Set\. Times here are those of /);
    await bench.press(now(menu, userId), '‹ Settings', { userId });
    expect(now(menu, userId)?.text).toContain(`Time zone · ${place}`);
  });

  it('takes several in one line, all or none', async () => {
    const userId = newcomer();
    const ask = (line: string): Promise<string> => bench.ask(line, { userId });
    expect(await ask('/settings start=wait default_quantize=q8_0 default_category=Image')).toContain(
      'Category · image\nQuantization · Q8_0\nStart · when somebody says so',
    );
    expect(await ask('/settings start=now default_quantize=tiny')).toMatch(/^default_quantize takes auto, q4/);
    expect(await ask('/settings')).toContain('Start · when somebody says so');
    expect(await ask('/settings start=usual default_category=usual')).toContain('Category · by the model’s task');
    expect(await ask('/settings now')).toMatch(/^I do not understand “now”/);
  });

  it('is everybody’s to read in a group, and its admins’ to change', async () => {
    const at = (userId: number) => ({ userId, chatId: GROUP });
    const [menu] = await bench.say('/settings', at(CLEO));
    expect(menu?.text).toMatch(/^Settings of this group\n[^]*\nAdmins of this group may change them\.$/);
    await bench.press(menu, 'Start', at(CLEO));
    const refusal = 'Only an admin of this group or the bot’s owner may change its settings.';
    expect(await bench.press(now(menu, GROUP), 'at once', at(CLEO))).toBe(refusal);
    expect(await bench.ask('/settings start=now', at(CLEO))).toBe(refusal);
    expect(bench.store.chatSettings.listChatSettings(GROUP).size).toBe(0);
    expect(await bench.press(now(menu, GROUP), 'at once', at(BOB))).toBe('Saved.');
    expect(await bench.ask('/settings', at(CLEO))).toContain('Start · at once');
  });
});

/** Adds something, and waits for its card. @returns the card's text */
const add = async (line: string, chatId: number, userId = chatId): Promise<string> => {
  const { message_id: asked } = bench.telegram.say(userId, chatId, `/add ${line}`);
  const card = (): SimMessage | undefined =>
    bench
      .shown(chatId)
      .find(({ message_id: id, text = '' }) => id > asked && / · (?:pending|which one\?|already|failed)/.test(text));
  return (await bench.telegram.waitFor(card)).text ?? '';
};

describe('what is set for a chat, on /add', () => {
  it('decides when a model starts, unless the command does', async () => {
    const userId = newcomer();
    addSchedule(bench.store, userId, { type: 'daily', time: '23:00', name: 'night' });
    const model = () => bench.store.models.findModels(userId, 'org/plain')[0];
    bench.store.chatSettings.setChatSetting(userId, 'start', 'now');
    await add('org/plain', userId);
    expect(model()).toMatchObject({ runNow: true, scheduled: false, onDemand: false });
    bench.store.models.removeModel(model()?.id ?? 0);
    await add('org/plain later', userId);
    expect(model()).toMatchObject({ runNow: false, onDemand: true });
    bench.store.models.removeModel(model()?.id ?? 0);
    bench.store.chatSettings.setChatSetting(userId, 'start', 'wait');
    await add('org/plain', userId);
    expect(model()).toMatchObject({ runNow: false, scheduled: false, onDemand: true });
    bench.store.models.removeModel(model()?.id ?? 0);
    await add('org/plain now', userId);
    expect(model()).toMatchObject({ runNow: true, onDemand: false });
  });

  it('decides which quantization is taken, unless the command or the name does', async () => {
    const userId = newcomer();
    bench.store.chatSettings.setChatSetting(userId, 'default_quantize', 'Q8_0');
    expect(await add('org/small', userId)).toMatch(/^org\/small:Q8_0 · pending/);
    expect(await add('org/small:Q4_K_M', userId)).toMatch(/^org\/small:Q4_K_M · pending/);
    expect(await add('org/large quantize=auto', userId)).toMatch(/^org\/large:BF16 · pending/);
    const absent = await add('org/large:Q9_Z', userId);
    expect(absent).toMatch(/^org\/large:Q9_Z · which one\?\nThere is no Q9_Z in it\. This repository holds several/);
    const patterns = await add('org/small include=*Q4*', userId);
    expect(patterns).toMatch(/^org\/small \(\*Q4\*\) · pending/);
    expect(patterns).not.toContain('by default');
  });

  it('is told on the card where a repository has nothing of that kind, and what is usual is taken', async () => {
    const userId = newcomer();
    bench.store.chatSettings.setChatSetting(userId, 'default_quantize', 'Q8_0');
    const lacks = 'This chat takes Q8_0 by default; this repository has none.';
    const plain = await add('org/plain', userId);
    expect(plain).toMatch(/^org\/plain · pending/);
    expect(plain).toContain(lacks);
    const picker = await add('org/large', userId);
    expect(picker).toContain(`org/large · which one?\n${lacks}\n`);
    expect(await add('org/plain quantize=Q8_0', userId)).toContain('has no files called Q8_0');
  });

  it('decides the category, a person’s own where a group says nothing', async () => {
    const userId = newcomer();
    bench.store.users.setRole(userId, 'member');
    bench.telegram.addMember(GROUP, userId, 'member');
    bench.store.preferences.setPreferences(userId, { defaultCategory: 'audio' });
    await add('org/plain', userId);
    expect(bench.store.models.findModels(userId, 'org/plain')[0]?.category).toBe('audio');
    await add('org/plain', GROUP, userId);
    expect(bench.store.models.findModels(GROUP, 'org/plain')[0]?.category).toBe('audio');
    bench.store.chatSettings.setChatSetting(GROUP, 'default_category', 'video');
    await add('org/small:Q8_0', GROUP, userId);
    expect(bench.store.models.findModels(GROUP, 'org/small')[0]?.category).toBe('video');
  });
});
