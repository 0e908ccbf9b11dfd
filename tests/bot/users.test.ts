import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GROUP = -1_001_000_000_001;
const OTTO = 1004;

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterEach(() => bench?.close());

const role = (userId: number): string | undefined => bench.store.users.getUser(userId)?.role;
const labels = (message: SimMessage | undefined): string[] =>
  (message?.reply_markup?.inline_keyboard ?? []).flat().map(({ text }) => text);

const meet = (id: number, name: string, as: 'owner' | 'member' | 'viewer' | 'denied' | 'pending'): void => {
  if (id !== BOB) bench.telegram.addUser({ id, firstName: name, started: true });
  bench.store.users.upsertUser({ userId: id, firstName: name, username: id === BOB ? 'bob' : null });
  bench.store.chats.upsertChat({ chatId: id, kind: 'private', title: name });
  bench.store.users.setRole(id, as);
};

/** The page of Bob, let in as a member. */
const bobsPage = async (): Promise<SimMessage | undefined> => {
  meet(BOB, 'Bob', 'member');
  const [page] = await bench.say('/users bob');
  return page;
};

describe('/users', () => {
  it('lists who is in and who waits, the latter first, with buttons that show others', async () => {
    meet(1005, 'Vera', 'viewer');
    meet(1006, 'Dan', 'denied');
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN], type: 'supergroup' });
    await bench.say('/start', { chatId: GROUP });
    await bench.say('/start', { userId: BOB });
    await bench.sees(/Bob.*asks to use/);
    const [list] = await bench.say('/users');
    expect(list?.text).toBe(
      'People · In or waiting 4\nBob · @bob · waits for your answer\nAnn · @ann · owner\nLab · group · member\nVera · Telegram id 1005 · viewer',
    );
    const filters = ['✓ In or waiting 4', 'Groups 1', 'Owners 1', 'Viewers 1', 'Waiting 1', 'Kept out 1'];
    expect(labels(list)).toEqual(['Bob', 'Ann', 'Lab', 'Vera', ...filters]);
    await bench.press(list, 'Kept out 1');
    await bench.sees('People · Kept out 1\nDan · Telegram id 1006 · kept out');
  });

  it('has pages, and the last one is shown where a further one was wanted', async () => {
    for (let id = 2001; id <= 2020; id += 1) meet(id, `Person ${id}`, 'member');
    const [list] = await bench.say('/users members');
    expect(list?.text).toMatch(/^People · Members 20 · page 1 of 3\nPerson 2001/);
    await bench.press(list, 'More ›');
    await bench.press(await bench.sees('page 2 of 3\nPerson 2009'), 'More ›');
    const last = await bench.sees('page 3 of 3\nPerson 2017');
    for (let id = 2005; id <= 2020; id += 1) bench.store.users.setRole(id, 'viewer');
    bench.telegram.pressForged(ANN, ANN, last.message_id, 'people:member:2');
    await bench.sees(/^People · Members 4\nPerson 2001/);
  });

  it('finds one by name, handle or id, and says whom it does not know', async () => {
    meet(BOB, 'Bob', 'member');
    for (const words of ['bob', '@bob', String(BOB)])
      expect(await bench.ask(`/users ${words}`)).toMatch(/^Bob · member\n/);
    meet(1007, 'Bobby', 'viewer');
    expect(await bench.ask('/users bob')).toMatch(/^People · like “bob”\nBob .*\nBobby /);
    expect(await bench.ask('/users waiting')).toBe('People · Waiting 0\nNobody waits.');
    expect(await bench.ask('/users nobody')).toBe('Nobody I know is called “nobody”. /users lists everybody.');
  });

  it('is for owners, alone', async () => {
    meet(BOB, 'Bob', 'member');
    expect(await bench.ask('/users', { userId: BOB })).toMatch(/Only the owner/);
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
    await bench.say('/start', { chatId: GROUP });
    expect(await bench.ask('/users', { chatId: GROUP })).toMatch(/in our own chat only/);
    const [message] = await bench.say('/queue', { chatId: GROUP });
    for (const data of ['people:in:0', `person:${BOB}`, `setRole:${BOB}:member-viewer`, `pauseTheirs:${BOB}`])
      bench.telegram.pressForged(ANN, GROUP, message?.message_id ?? 0, data);
    await bench.telegram.waitFor(
      ({ answers }) => answers.filter(({ text = '' }) => text.includes('own chat only')).length === 4,
    );
    expect(role(BOB)).toBe('member');
  });

  it('cuts names that are too long for a list', async () => {
    for (let id = 2001; id <= 2008; id += 1) meet(id, '👩‍🔬'.repeat(60), 'member');
    const [list] = await bench.say('/users members');
    expect(list?.text?.length).toBeLessThan(4096);
    expect(labels(list).filter((label) => Array.from(label).length <= 40)).toHaveLength(labels(list).length);
  });
});

describe('the page of a person', () => {
  it('tells handle, role, since when and by whom, and what they have', async () => {
    await bench.say('/start', { userId: BOB });
    await bench.press(await bench.sees(/Bob.*asks to use/), 'Approve');
    bench.put('org/done', 'completed', BOB);
    bench.put('org/waits', 'pending', BOB);
    const [page] = await bench.say('/users bob');
    expect(page?.text).toMatch(
      /^Bob · member\n@bob · Telegram id 1002\nMember since today \d\d:\d\d, by Ann\.\nLast seen today \d\d:\d\d\.\n2 models in their library, 5 B on the disk; 1 of them on the way or waiting\.$/,
    );
    expect(labels(page)).toEqual(['Make a viewer', 'Make an owner…', 'Remove…', 'Keep out…', 'Quotas', '‹ People']);
  });

  it('lets in who waits, as what the owner taps', async () => {
    await bench.say('/start', { userId: BOB });
    await bench.sees(/Bob.*asks to use/);
    const [page] = await bench.say('/users bob');
    expect(page?.text).toMatch(/^Bob · waits for your answer/);
    expect(await bench.press(page, 'Let in as a viewer')).toBe('Done.');
    await bench.sees(
      /^Bob · viewer\n[^]*\nIn groups that are let in they can still do what everybody there can: the group’s role counts\.$/,
    );
    await bench.sees('let you in to look', BOB);
    expect(await bench.ask('/library', { userId: BOB })).toMatch(/^This library is empty/);
    expect(await bench.ask('/add gpt2', { userId: BOB })).toMatch(/change nothing/);
  });

  it('is reached from a request by letting them look only', async () => {
    await bench.say('/start', { userId: BOB });
    const request = await bench.sees(/Bob.*asks to use/);
    expect(await bench.press(request, 'Let them look only')).toBe('Done.');
    expect((await bench.sees(/^Bob · viewer\n/)).message_id).toBe(request.message_id);
    expect(bench.store.accessRequests.waiting()).toEqual([]);
  });

  it('makes an owner only after asking, with the owner’s menu', async () => {
    const page = await bobsPage();
    await bench.press(page, 'Make an owner…');
    const question = await bench.sees('Make Bob an owner?');
    expect(role(BOB)).toBe('member');
    await bench.press(question, '‹ Back');
    await bench.press(await bench.sees(/^Bob · member/), 'Make an owner…');
    await bench.press(await bench.sees('Make Bob an owner?'), 'Yes, make an owner');
    await bench.sees(/^Bob · owner/);
    await bench.sees('You own this bot now', BOB);
    const menu = (): string[] => bench.telegram.commands(BOB, BOB).map(({ command }) => command);
    expect(menu()).toContain('hold');
    await bench.press(await bench.sees(/^Bob · owner/), 'Make a member…');
    await bench.press(await bench.sees('Make Bob a member?'), 'Yes, make a member');
    await bench.sees('can add and change models here now', BOB);
    expect(menu()).not.toContain('hold');
  });

  it('removes after asking: told once, their dialogue ends, they may ask anew', async () => {
    const page = await bobsPage();
    await bench.say('/add', { userId: BOB });
    const dialogue = (): string | undefined => bench.store.conversations.read(`${BOB}:${BOB}`);
    expect(dialogue()).toBeDefined();
    await bench.press(page, 'Remove…');
    await bench.press(await bench.sees('Remove Bob?'), 'Yes, remove');
    await bench.sees(/^Bob · not let in\n/);
    await bench.sees('The owner of this bot has removed you; /start asks them to let you in again.', BOB);
    expect(dialogue()).toBeUndefined();
    expect(await bench.ask('/queue', { userId: BOB })).toMatch(/I asked its owner/);
    await bench.sees(/Bob.*asks to use/);
  });

  it('takes the buttons of the question about whom it lets in, which stands elsewhere', async () => {
    await bench.say('/start', { userId: BOB });
    const { message_id: id } = await bench.sees(/Bob.*asks to use/);
    const [page] = await bench.say('/users bob');
    await bench.press(page, 'Let in as a member');
    const question = await bench.sees('Bob may use hubgram now.');
    expect([question.message_id, labels(question)]).toEqual([id, []]);
    await bench.sees(/^Bob · member\n/);
  });

  it('keeps out after asking: told once, and not heard any more, by a link neither', async () => {
    const page = await bobsPage();
    await bench.press(page, 'Keep out…');
    await bench.press(await bench.sees('Keep Bob out?'), 'Yes, keep out');
    await bench.sees('keeps you out from now on', BOB);
    expect(await bench.say('/queue', { userId: BOB })).toEqual([]);
    const code = /join_[\w-]+/.exec(await bench.ask('/invite'))?.[0] ?? '';
    expect(await bench.ask(`/start ${code}`, { userId: BOB })).toMatch(/kept you out/);
    const [kept] = await bench.say('/users denied');
    await bench.press(kept, 'Bob');
    await bench.press(await bench.sees(/^Bob · kept out/), 'Let them ask anew');
    await bench.sees(/^Bob · not let in/);
    expect(await bench.ask('/start', { userId: BOB })).toMatch(/I asked its owner/);
  });

  it('lets the downloads of who lost access go on, says so, and pauses them by a button', async () => {
    const page = await bobsPage();
    const ids = ['org/a', 'org/b'].map((name) => bench.put(name, 'pending', BOB));
    const mine = bench.put('org/a', 'pending', ANN);
    await bench.press(page, 'Remove…');
    await bench.press(await bench.sees('Remove Bob?'), 'Yes, remove');
    const out = await bench.sees('2 of them on the way or waiting. What they have added goes on until you pause it.');
    expect(ids.map((id) => bench.store.models.getModel(id)?.status)).toEqual(['pending', 'pending']);
    expect(await bench.press(out, 'Pause their downloads')).toBe('2 models paused.');
    expect([...ids, mine].map((id) => bench.store.models.getModel(id)?.status)).toEqual([
      'paused',
      'paused',
      'pending',
    ]);
    expect(labels(await bench.sees(/^Bob · not let in/))).not.toContain('Pause their downloads');
    const again = bench.put('org/c', 'pending', BOB);
    bench.store.users.setRole(BOB, 'member');
    bench.telegram.pressForged(ANN, ANN, out.message_id, `pauseTheirs:${BOB}`);
    await bench.sees(/^Bob · member/);
    expect(bench.store.models.getModel(again)?.status).toBe('pending');
  });

  it('shows what another owner has done meanwhile, and does nothing', async () => {
    const page = await bobsPage();
    await bench.press(page, 'Remove…');
    const question = await bench.sees('Remove Bob?');
    bench.store.users.setRole(BOB, 'viewer');
    expect(await bench.press(question, 'Yes, remove')).toMatch(/changed meanwhile/);
    await bench.sees(/^Bob · viewer/);
    expect(role(BOB)).toBe('viewer');
  });

  it('of the only owner, and of those the configuration names, takes nothing and says why', async () => {
    const [own] = await bench.say('/users ann');
    expect(own?.text).toMatch(/The only owner: make somebody else one/);
    expect(labels(own)).toEqual(['Quotas', '‹ People']);
    bench.telegram.pressForged(ANN, ANN, own?.message_id ?? 0, `setRole:${ANN}:owner-pending`);
    await bench.telegram.waitFor(({ answers }) => answers.some(({ text = '' }) => text.includes('without an owner')));
    meet(OTTO, 'Otto', 'pending');
    bench.store.users.setRole(OTTO, 'owner', 'configuration');
    expect(await bench.ask('/users otto')).toMatch(/HUBGRAM_OWNERS/);
    bench.telegram.pressForged(ANN, ANN, own?.message_id ?? 0, `setRole:${OTTO}:owner-member`);
    await bench.telegram.waitFor(({ answers }) =>
      answers.some(({ text = '' }) => text.includes('the configuration makes')),
    );
    expect([role(ANN), role(OTTO)]).toEqual(['owner', 'owner']);
  });

  it('shows no more of others to an owner who has given that away', async () => {
    meet(OTTO, 'Otto', 'owner');
    await bench.press((await bench.say('/users ann'))[0], 'Make a member…');
    await bench.press(await bench.sees('Make Ann a member?'), 'Yes, make a member');
    await bench.sees('You own this bot no more.');
    expect(await bench.ask('/users')).toMatch(/Only the owner/);
  });

  it('is reached from the notice that they came in', async () => {
    const code = /join_[\w-]+/.exec(await bench.ask('/invite viewer'))?.[0] ?? '';
    await bench.say(`/start ${code}`, { userId: BOB });
    await bench.press(await bench.sees('Bob · @bob · viewer · came in by a link'), 'More ›');
    await bench.sees(/^Bob · viewer\n.*\nViewer since today \d\d:\d\d, by invitation #1 of Ann\./);
  });
});

describe('the page of a group', () => {
  const labs = async (): Promise<SimMessage | undefined> => {
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
    await bench.say('/start', { chatId: GROUP });
    return (await bench.say('/users lab'))[0];
  };

  it('shows who let it in, and makes viewers of all in it; a group owns nothing', async () => {
    const page = await labs();
    expect(page?.text).toMatch(
      /^Lab · member\nGroup · Telegram id -1001000000001\nMember since today \d\d:\d\d, by Ann\.\nLast written in today/,
    );
    expect(labels(page)).toEqual(['Make a viewer', 'Remove…', 'Keep out…', 'Quotas', '‹ People']);
    await bench.press(page, 'Make a viewer');
    await bench.sees('Everybody in this group can look at all that is here', GROUP);
    expect(await bench.ask('/add gpt2', { userId: BOB, chatId: GROUP })).toMatch(/change nothing/);
  });

  it('removes it after asking, and it may ask anew', async () => {
    await bench.press(await labs(), 'Remove…');
    await bench.press(await bench.sees('Remove Lab? The group is told so once.'), 'Yes, remove');
    await bench.sees('The owner of this bot has removed this group', GROUP);
    expect(await bench.ask('/queue', { userId: BOB, chatId: GROUP })).toMatch(/I asked its owner/);
  });

  it('says that the bot was thrown out, and that it is back', async () => {
    await labs();
    bench.telegram.removeBot(ANN, GROUP);
    await bench.say('/queue');
    expect(await bench.ask('/users lab')).toMatch(/The bot is not in this group any more\./);
    bench.telegram.addBot(ANN, GROUP);
    await bench.say('/queue');
    expect(await bench.ask('/users lab')).toMatch(/^Lab · member\n(?![^]*not in this group)/);
  });

  it('leads to the list once the group has become another chat', async () => {
    bench.telegram.addGroup({ id: -4001, title: 'Old', members: [ANN, BOB], type: 'group' });
    await bench.say('/start', { chatId: -4001 });
    const [page] = await bench.say('/users old');
    bench.store.chats.migrateChat(-4001, GROUP);
    expect(await bench.press(page, 'Make a viewer')).toBe('I know nobody by that number any more.');
    await bench.sees('Old · group · member');
    expect(await bench.ask('/users old')).toMatch(
      /^Old · member\n.*-1001000000001\nMember since today \d\d:\d\d, by Ann/,
    );
  });
});
