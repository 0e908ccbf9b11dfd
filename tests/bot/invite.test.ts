import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { createTestClock, type TestClock } from '../helpers/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { invite, USUAL_OFFER } from '../../src/people/invitations.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GROUP = -1_001_000_000_001;
const CAROL = 1003;

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot();
});
afterEach(() => bench?.close());

/** What `/invite` answers: the link's parameter as it reaches the bot. */
const codeIn = (said: string): string =>
  /https:\/\/t\.me\/hubgram_bot\?start(?:group)?=(join_[\w-]{22})/.exec(said)?.[1] ?? '';
const invited = async (line = '/invite'): Promise<string> => codeIn(await bench.ask(line));
const role = (userId: number): string | undefined => bench.store.users.getUser(userId)?.role;

/** What an invitation is to offer. */
interface Understood {
  readonly role?: string;
  readonly uses: number;
  readonly hours: number;
  readonly isForGroup: boolean;
}

describe('/invite', () => {
  it('makes a link that lets in one person within a day, and tells who came', async () => {
    const said = await bench.ask('/invite');
    expect(said).toMatch(
      /^Invitation #1 · member\nhttps:\/\/t\.me\/hubgram_bot\?start=join_[\w-]{22}\nLets in 1 person .*, until tomorrow \d\d:\d\d\./,
    );
    expect(await bench.ask(`/start ${codeIn(said)}`, { userId: BOB })).toMatch(
      /^You are in\. Try \/add gpt2, or \/help\./,
    );
    await bench.sees('Bob · @bob · member · came in by a link');
    expect(await bench.ask('/queue', { userId: BOB })).toMatch(/Nothing is downloading/);
  });

  it.each([
    { line: '/invite viewer', isGroup: false, says: /^The owner of this bot let you in to look: you can search/ },
    { line: '/invite viewer group', isGroup: true, says: /^The owner of this bot let this group in to look/ },
  ])('$line brings in somebody who is told to look, not to add', async ({ line, isGroup, says }) => {
    if (isGroup) bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
    const code = await invited(line);
    const said = await bench.ask(`/start ${code}`, { userId: BOB, ...(isGroup ? { chatId: GROUP } : {}) });
    expect(said).toMatch(says);
    expect(said).not.toContain('/add gpt2');
  });

  it.each<[string, Understood]>([
    ['/invite member 5 48', { uses: 5, hours: 48, isForGroup: false }],
    ['/invite viewer 2 3', { role: 'viewer', uses: 2, hours: 3, isForGroup: false }],
    ['/invite role=viewer group', { role: 'viewer', uses: 1, hours: 24, isForGroup: true }],
    ['/invite 5', { uses: 5, hours: 24, isForGroup: false }],
    ['/invite uses=3 hours=2d', { uses: 3, hours: 48, isForGroup: false }],
    ['/invite role=member —hours 7d', { uses: 1, hours: 168, isForGroup: false }],
    ['/invite group 2 1h', { uses: 2, hours: 1, isForGroup: true }],
  ])('%s is understood', async (line, { role: given = 'member', uses, hours, isForGroup }: Understood) => {
    expect(await invited(line)).not.toBe('');
    const made = bench.store.invitations.getInvitation(1);
    expect(made).toMatchObject({ role: given, uses, isForGroup, madeBy: ANN });
    expect(Date.parse(made?.endsAt ?? '') - Date.parse(made?.madeAt ?? '')).toBeCloseTo(hours * 3_600_000, -3);
  });

  it('marks what holds: for how many, as what, and for how long', async () => {
    const marked = (message: SimMessage | undefined): string[] =>
      (message?.reply_markup?.inline_keyboard.flat() ?? [])
        .map(({ text }) => text)
        .filter((label) => label.startsWith('✓'));
    const [made] = await bench.say('/invite');
    expect(marked(made)).toEqual(['✓ 1 person', '✓ Member', '✓ for 1 day']);
    await bench.press(made, 'for 7 days');
    const now = bench.shown().find(({ message_id: id }) => id === made?.message_id);
    expect(marked(now)).toEqual(['✓ 1 person', '✓ Member', '✓ for 7 days']);
  });

  it.each([
    ['/invite owner', /Nobody becomes an owner by an invitation/],
    ['/invite role=owner', /Nobody becomes an owner by an invitation/],
    ['/invite 0', /1 to 100 people/],
    ['/invite 101', /1 to 100 people/],
    ['/invite 1 721', /1 to 720 hours/],
    ['/invite 1 0h', /1 to 720 hours/],
    ['/invite 1 2 3', /“3” says nothing to me here/],
    ['/invite everybody', /“everybody” says nothing to me here/],
    ['/invite constructor', /“constructor” says nothing to me here/],
  ])('%s is refused with a sentence, and makes none', async (line, sentence) => {
    expect(await bench.ask(line)).toMatch(sentence);
    expect(bench.store.invitations.getInvitation(1)).toBeUndefined();
  });

  it('is made in the owner’s own chat only', async () => {
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
    bench.store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'Lab' });
    bench.store.chats.setAccess(GROUP, 'approved');
    expect(await bench.ask('/invite', { chatId: GROUP })).toMatch(/in our own chat/);
    expect(await bench.ask('/invite', { userId: BOB, chatId: GROUP })).toMatch(/Only the owner/);
    const [message] = await bench.say('/queue', { chatId: GROUP });
    for (const data of ['invitations:list', 'invitations:new', 'invitation:1:show'])
      bench.telegram.pressForged(ANN, GROUP, message?.message_id ?? 0, data);
    await bench.telegram.waitFor(
      ({ answers }) => answers.filter(({ text = '' }) => text.includes('our own chat')).length === 3,
    );
    expect(bench.store.invitations.getInvitation(1)).toBeUndefined();
  });

  it('is changed by its buttons in the same message, which keeps the link', async () => {
    const code = await invited();
    const message = await bench.sees('Invitation #1');
    await bench.press(message, '5 people');
    const five = await bench.sees('Lets in 5 people');
    expect([five.message_id, codeIn(five.text ?? '')]).toEqual([message.message_id, code]);
    await bench.press(five, 'for 7 days');
    await bench.press(await bench.sees('Lets in 5 people'), 'Viewer');
    expect(codeIn((await bench.sees(/^Invitation #1 · viewer\n/)).text ?? '')).toBe(code);
    expect(Date.parse(bench.store.invitations.getInvitation(1)?.endsAt ?? '')).toBeGreaterThan(
      Date.now() + 6 * 86_400_000,
    );
    await bench.say(`/start ${code}`, { userId: BOB });
    await bench.press(await bench.sees('Lets in 5 people'), '✓ for 7 days');
    await bench.sees(/Lets in 4 people .*\n1 person came in by it\./);
  });

  it('keeps its link when all are asked for, since nothing else can show it again', async () => {
    const code = await invited();
    const message = await bench.sees('Invitation #1');
    await bench.press(message, 'All invitations');
    const list = await bench.sees('Invitations · 1 open');
    expect(codeIn((await bench.sees('Invitation #1 · member')).text ?? '')).toBe(code);
    await bench.press(list, '#1 ›');
    expect((await bench.sees('Its link was shown once, when it was made.')).message_id).toBe(list.message_id);
  });

  it('is in the list however many there are of who is no owner any more', async () => {
    const { store } = bench;
    store.users.upsertUser({ userId: CAROL, firstName: 'Carol', username: null });
    store.users.setRole(CAROL, 'member');
    for (let count = 0; count < 12; count += 1)
      invite(store, systemClock, { userId: CAROL, chatId: CAROL }, { ...USUAL_OFFER, hours: 1 });
    invite(store, systemClock, { userId: ANN, chatId: ANN }, USUAL_OFFER);
    expect(await bench.ask('/invite list')).toMatch(/^Invitations · 1 open\n#13 · member/);
  });

  it('is listed page by page however many are open, and one is taken back from where it stands', async () => {
    for (let count = 0; count < 10; count += 1)
      invite(bench.store, systemClock, { userId: ANN, chatId: ANN }, { ...USUAL_OFFER, hours: count + 1 });
    const [first] = await bench.say('/invite list');
    expect(first?.text).toMatch(/^Invitations · 10 open\n#1 · [^]*\n#8 · .*\nPage 1 of 2$/);
    await bench.press(first, 'Ends later ›');
    const second = await bench.sees(/^Invitations · 10 open\n#9 · .*\n#10 · .*\nPage 2 of 2$/);
    await bench.press(second, 'Take #9 back');
    const third = await bench.sees(/^Invitations · 9 open\n#10 · .*\nPage 2 of 2$/);
    await bench.press(third, 'Take #10 back');
    await bench.sees(/^Invitations · 8 open\n#1 · [^]*\n#8 · [^\n]*$/);
  });

  it('is made once where its button in the list is tapped twice, and once more by the list that comes then', async () => {
    const [before] = await bench.say('/invite list');
    const data = before?.reply_markup?.inline_keyboard.flat().find(({ text }) => text === 'New invitation');
    const tap = (): string => bench.telegram.pressForged(ANN, ANN, before?.message_id ?? 0, data?.callback_data ?? '');
    const [, again] = [tap(), tap()];
    await bench.telegram.waitFor(({ answers }) => answers.some(({ callbackQueryId: id }) => id === again));
    expect(bench.telegram.answers.find(({ callbackQueryId: id }) => id === again)?.text).toBe(
      'You have made #1 meanwhile. For one more, tap again.',
    );
    expect(bench.store.invitations.getInvitation(2)).toBeUndefined();
    await bench.press(await bench.sees('Invitations · 1 open'), 'New invitation');
    await bench.sees(/^Invitation #2 · member\nhttps:/);
    expect(bench.store.invitations.getInvitation(3)).toBeUndefined();
  });

  it('is not made by a list of an earlier version: its button shows how it stands', async () => {
    await invited();
    const [list] = await bench.say('/invite list');
    const tapped = bench.telegram.pressForged(ANN, ANN, list?.message_id ?? 0, 'invitations:new');
    await bench.telegram.waitFor(({ answers }) => answers.some(({ callbackQueryId: id }) => id === tapped));
    expect(bench.telegram.answers.find(({ callbackQueryId: id }) => id === tapped)?.text).toBe(
      'That list was old. This is how it stands now: tap again.',
    );
    expect(bench.store.invitations.getInvitation(2)).toBeUndefined();
  });

  it('is taken back by its button, in the list too, and lets nobody in then', async () => {
    const [first, second] = [await invited(), await invited('/invite 2')];
    await bench.press(await bench.sees('Invitation #1'), 'Take it back');
    await bench.press(await bench.sees('It was taken back'), 'All invitations');
    const list = await bench.sees(/^Invitations · 1 open\n#2 · member · 2 of 2 people left · until .* · by Ann$/);
    await bench.press(list, 'Take #2 back');
    await bench.sees('Invitations · none is open');
    for (const code of [first, second])
      expect(await bench.ask(`/start ${code}`, { userId: BOB })).toMatch(/was taken back/);
    expect(role(BOB)).not.toBe('member');
  });

  it('an owner who has lost the bot cannot change or make one by old buttons', async () => {
    await invited();
    const message = await bench.sees('Invitation #1');
    bench.store.users.setRole(ANN, 'member');
    expect(await bench.press(message, '25 people')).toMatch(/Only the owner/);
    expect(bench.store.invitations.getInvitation(1)?.uses).toBe(1);
  });
});

describe('a link', () => {
  it('that was used up is told so; who is in already does not use one up', async () => {
    const code = await invited();
    expect(await bench.ask(`/start ${code}`)).toMatch(/You are in already/);
    await bench.say(`/start ${code}`, { userId: BOB });
    bench.telegram.addUser({ id: CAROL, firstName: 'Carol', started: true });
    expect(await bench.ask(`/start ${code}`, { userId: CAROL })).toMatch(/has been used up/);
    expect(role(CAROL)).not.toBe('member');
    expect(bench.store.accessRequests.waiting()).toEqual([]);
  });

  it('of a group lets in the group it is opened in, and no person', async () => {
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [BOB], type: 'supergroup' });
    const code = await invited('/invite group');
    expect(await bench.ask(`/start ${code}`, { userId: BOB })).toMatch(/is for a group/);
    expect(await bench.ask(`/start@hubgram_bot ${code}`, { userId: BOB, chatId: GROUP })).toMatch(
      /This group may use hubgram now/,
    );
    expect(await bench.ask('/queue', { userId: BOB, chatId: GROUP })).toMatch(/Nothing is downloading/);
    await bench.sees('Lab · group · came in by a link');
    expect(role(BOB)).not.toBe('member');
  });

  it('of viewers lets a group in to look', async () => {
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [BOB], type: 'supergroup' });
    const code = await invited('/invite viewer group');
    await bench.say(`/start ${code}`, { userId: BOB, chatId: GROUP });
    expect(await bench.ask('/add gpt2', { userId: BOB, chatId: GROUP })).toMatch(/change nothing/);
  });

  it('of a person lets in no group', async () => {
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [BOB], type: 'supergroup' });
    const code = await invited();
    expect(await bench.ask(`/start ${code}`, { userId: BOB, chatId: GROUP })).toMatch(
      /for one person, not for a group/,
    );
    expect(bench.store.chats.getChat(GROUP)?.access).not.toBe('approved');
  });

  it('is no owner’s link by another name', async () => {
    const code = (await invited()).replace('join_', 'claim_');
    await bench.say(`/start ${code}`, { userId: BOB });
    expect(role(BOB)).toBe('pending');
  });

  it('that is guessed is told so five times in an hour, and then nothing, good ones too', async () => {
    const code = await invited();
    const guess = (): Promise<string> => bench.ask('/start join_AAAAAAAAAAAAAAAAAAAAAA', { userId: BOB });
    for (let time = 0; time < 4; time += 1) expect(await guess()).toMatch(/leads nowhere\. Ask/);
    expect(await guess()).toMatch(/Too many links/);
    expect([await guess(), await bench.ask(`/start ${code}`, { userId: BOB })]).toEqual(['', '']);
    expect(role(BOB)).not.toBe('member');
  });
});

describe('of many who come in', () => {
  let clock: TestClock;
  beforeEach(async () => {
    await bench.close();
    clock = createTestClock(Date.UTC(2026, 10, 29, 12));
    bench = await openBot({ clock });
  });

  it('their inviter hears once an hour, in one message', async () => {
    const code = await invited('/invite 25');
    const join = async (id: number): Promise<void> => {
      bench.telegram.addUser({ id, firstName: `Person ${id}`, started: true });
      await bench.say(`/start ${code}`, { userId: id });
    };
    await join(2001);
    const first = await bench.sees('Person 2001 · member · came in by a link');
    clock.pass(60_000);
    for (const id of [2002, 2003]) await join(id);
    const all = await bench.sees(/^3 people and groups · came in by links\nPerson 2001 · member\nPerson 2002/);
    expect(all.message_id).toBe(first.message_id);
    clock.pass(3_600_000);
    await join(2004);
    const next = await bench.sees('Person 2004 · member · came in by a link');
    expect(next.message_id).not.toBe(first.message_id);
  });
});
