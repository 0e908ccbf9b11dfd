import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessPage } from '../../scripts/access.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LOOK_ONLY, type Rule } from '../../src/bot/feature.ts';
import { FEATURES } from '../../src/bot/features.ts';
import { overviewOf } from '../../src/bot/overview.ts';
import type { Who } from '../../src/people/may.ts';
import type { Role } from '../../src/store/people/users.ts';
import { type Changed, changesBetween, openBooks, type OpenBooks } from '../../bench/updates/books.ts';
import { lendTestStore } from '../helpers/database.ts';
import { deedsIn } from './deeds.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

/** Something that a feature declares, and how one gets at it. */
interface Declared {
  readonly name: string;
  readonly form: 'command' | 'part' | 'button' | 'opener';
  readonly rule: Rule;
  /** What is written, or what a button carries, about the model with this number. */
  readonly say?: (modelId: number) => string;
  readonly tap?: (modelId: number) => string;
}

const DECLARED: readonly Declared[] = FEATURES.flatMap(({ commands, actions, opener }): Declared[] => [
  ...Object.entries(commands).flatMap(([name, { aliases = [], parts = {}, ...rule }]) => [
    ...[name, ...aliases].map((word) => ({
      name: `/${word}`,
      form: 'command' as const,
      rule,
      say: (id: number) => (rule.who === 'asker' ? `/${word} #${id}` : `/${word}`),
    })),
    ...Object.values(parts).map(({ example, ...part }) => ({
      name: `/${name} ${example}`,
      form: 'part' as const,
      rule: part,
      say: () => `/${name} ${example}`,
    })),
  ]),
  ...Object.entries(actions).map(([name, { data, ...rule }]) => ({
    name: `the button ${name}`,
    form: 'button' as const,
    rule,
    tap: (id: number) => `${name}:${data?.example ?? id}`,
  })),
  ...(opener
    ? [
        {
          name: `the button ${opener.label}`,
          form: 'opener' as const,
          rule: opener,
          tap: () => `open:${opener.number}`,
        },
      ]
    : []),
]);

/** The first of each form for each of those whom things are for. */
const ONE_OF_EACH: ReadonlySet<Declared> = new Set(
  Object.values(Object.groupBy(DECLARED, ({ form, rule }) => `${form} ${rule.who}`)).flatMap((alike) =>
    (alike ?? []).slice(0, 1),
  ),
);

/** Somebody, where they write, and what is for them there. */
interface Somebody {
  readonly who: string;
  readonly isInGroup?: boolean;
  readonly role?: Role;
  /** The group's. */
  readonly groupRole?: 'viewer';
  readonly isAdmin?: boolean;
  /** Writes in the name of the group; buttons are tapped by people alone. */
  readonly isAnonymous?: boolean;
  readonly hasAsked?: boolean;
  readonly allowed: readonly Who[];
  /** Tries what is for everybody and for members too, all of it. */
  readonly triesAll?: boolean;
}

const ALL: readonly Who[] = ['viewer', 'member', 'manager', 'asker', 'owner'];

const SOMEBODIES: readonly Somebody[] = [
  { who: 'an owner alone', role: 'owner', allowed: ALL, triesAll: true },
  { who: 'a member alone', role: 'member', allowed: ['viewer', 'member', 'manager', 'asker'] },
  { who: 'a viewer alone', role: 'viewer', allowed: ['viewer'], triesAll: true },
  { who: 'a stranger alone', role: 'pending', allowed: [] },
  { who: 'somebody denied', role: 'denied', allowed: [] },
  { who: 'an admin of a group', isInGroup: true, isAdmin: true, allowed: ['viewer', 'member', 'manager', 'asker'] },
  { who: 'an anonymous admin', isInGroup: true, isAnonymous: true, allowed: ['viewer', 'member', 'manager', 'asker'] },
  { who: 'who asked for it in a group', isInGroup: true, hasAsked: true, allowed: ['viewer', 'member', 'asker'] },
  { who: 'anybody in a group', isInGroup: true, role: 'member', allowed: ['viewer', 'member'], triesAll: true },
  { who: 'a viewer in a group', isInGroup: true, role: 'viewer', allowed: ['viewer', 'member'] },
  { who: 'an owner in a group of viewers', isInGroup: true, groupRole: 'viewer', role: 'owner', allowed: ALL },
  { who: 'an admin of a group of viewers', isInGroup: true, groupRole: 'viewer', isAdmin: true, allowed: ['viewer'] },
  {
    who: 'an anonymous admin of viewers',
    isInGroup: true,
    groupRole: 'viewer',
    isAnonymous: true,
    allowed: ['viewer'],
  },
  { who: 'somebody denied in a group', isInGroup: true, role: 'denied', isAdmin: true, allowed: [] },
  { who: 'who asked in a group of viewers', isInGroup: true, groupRole: 'viewer', hasAsked: true, allowed: ['viewer'] },
];

/**
 * What somebody tries. What is for members, or for all who are let in, hangs on nothing but who they are: one function says so, before every
 * handler. Three people, whom that lets through and holds back, try all of it, and the others one of each form. Whoever is not let in is turned
 * away before anybody looks at what they want.
 */
const triedBy = ({ allowed, isAnonymous = false, triesAll = false }: Somebody): readonly Declared[] =>
  DECLARED.filter(
    (one) =>
      (one.say !== undefined || !isAnonymous) &&
      (triesAll ||
        ONE_OF_EACH.has(one) ||
        (allowed.length > 0 && one.rule.who !== 'viewer' && one.rule.who !== 'member')),
  );

/** What the door says to whom it does not let in; to whom it refused, nothing any more. */
const AT_THE_DOOR = /^This is a private bot|^This button is not yours/;

const ANONYMOUS = { id: 1_087_968_824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' };

let bench: BotBench;
let books: OpenBooks;
/** A bot of its own for each somebody: all that it holds is read twice. */
const open = async (): Promise<void> => {
  bench = await openBot({
    open: (path, clock) => {
      const store = lendTestStore(path, clock);
      books = openBooks(path);
      return store;
    },
  });
  onTestFinished(async () => {
    books.close();
    await bench.close();
  });
};

let next = 5000;

const anonymously = (chatId: number, text: string) => {
  const group = { id: chatId, type: 'supergroup', title: 'Lab' };
  const entities = [{ type: 'bot_command', offset: 0, length: text.split(' ')[0]?.length }];
  return { message_id: 9000, date: 1_800_000_000, chat: group, from: ANONYMOUS, sender_chat: group, text, entities };
};

/** What can be done only to what was removed. */
const OF_REMOVED: readonly string[] = ['/undo', 'the button undo', 'the button freeNow'];

const isUntouched = (id: number): boolean =>
  bench.store.models.getModel(id) !== undefined &&
  !bench.store.models.isCancelled(id) &&
  bench.store.imports.getImport(id)?.state === 'asking';

interface Outcome {
  readonly name: string;
  readonly isAllowed: boolean;
  /** What has changed all the same. */
  readonly deeds: readonly string[];
}

interface Try {
  readonly send: () => void;
  /** @param changes in the database, since before it was sent */
  readonly outcome: (changes: readonly Changed[]) => Outcome;
}

/** Somebody tries something, in a chat of their own. @returns what came of it, once it was handled */
const tryAs = (somebody: Somebody, { name, rule, say, tap }: Declared): Try => {
  const { isInGroup = false, role, isAdmin = false, isAnonymous = false, hasAsked = false, groupRole } = somebody;
  const { telegram, store } = bench;
  next += 1;
  const userId = next;
  const chatId = isInGroup ? -1_001_000_000_000 - next : userId;
  telegram.addUser({ id: userId, firstName: `Person ${userId}`, started: true });
  store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
  if (role) store.users.setRole(userId, role);
  if (isInGroup) {
    telegram.addGroup({ id: chatId, title: 'Lab', members: [ANN, userId], type: 'supergroup' });
    if (isAdmin) telegram.addMember(chatId, userId, 'administrator');
    store.chats.upsertChat({ chatId, kind: 'supergroup', title: 'Lab' });
    store.chats.setAccess(chatId, 'approved');
    if (groupRole) store.chats.setRole(chatId, groupRole);
  }
  const requestedBy = hasAsked ? userId : ANN;
  const { id } = store.models.createModel({ chatId, name: 'gpt2', requestedBy, sizeBytes: 5 });
  store.models.moveModel(id, 'pending', 'paused');
  const isOfRemoved = OF_REMOVED.includes(name);
  if (isOfRemoved) store.removedModels.removeAndKeep(id, { taking: 'ours', freedBytes: 0 });
  // A file of theirs, with the same number.
  const made = store.imports.createImport({
    chatId,
    userId: requestedBy,
    threadId: null,
    messageId: null,
    digest: null,
  });
  store.imports.moveImport(made.id, 'reading', 'asking');
  store.imports.setImportDrawn(made.id, '', true);
  const message = tap && telegram.say(userId, chatId, 'hello');
  let pressed: string | undefined;
  const send = (): void => {
    if (tap) pressed = telegram.pressForged(userId, chatId, message?.message_id ?? 0, tap(id));
    else if (say && isAnonymous) telegram.deliver('message', anonymously(chatId, say(id)));
    else if (say) telegram.say(userId, chatId, say(id));
  };
  const outcome = (changes: readonly Changed[]): Outcome => {
    const told = telegram.answers.find(({ callbackQueryId }) => callbackQueryId === pressed)?.text ?? '';
    const said = [told, ...bench.shown(chatId).map(({ text = '' }) => text)].filter((sentence) => sentence !== '');
    const isTurnedAway = tap ? AT_THE_DOOR.test(told) : said.some((sentence) => AT_THE_DOOR.test(sentence));
    const isUnheard = role === 'denied' && said.length === 0;
    // Of several models, those that are others' are left alone without a word.
    const isStill = isOfRemoved ? store.removedModels.getRemoved(id)?.state === 'kept' : isUntouched(id);
    const isLeftAlone = rule.who === 'asker' && isStill && !said.some((sentence) => sentence.includes('?'));
    const isRefused = said.some((sentence) => sentence === rule.refusal || sentence === LOOK_ONLY);
    const isAllowed = !isTurnedAway && !isUnheard && !isLeftAlone && !isRefused;
    return { name, isAllowed, deeds: isAllowed ? [] : deedsIn(chatId, changes) };
  };
  return { send, outcome };
};

describe('what the features declare', () => {
  it.each(SOMEBODIES)('is for whom it says: $who', async (somebody) => {
    await open();
    const declared = triedBy(somebody);
    const tries = declared.map((one) => tryAs(somebody, one));
    await bench.say('/help');
    const before = books.read();
    for (const { send } of tries) send();
    await bench.say('/help');
    const changes = changesBetween(before, books.read());
    expect(tries.map(({ outcome }) => outcome(changes))).toEqual(
      declared.map(({ name, rule }) => ({ name, isAllowed: somebody.allowed.includes(rule.who), deeds: [] })),
    );
    const ofNoChat = somebody.allowed.includes('member') ? [] : deedsIn(undefined, changes);
    expect(ofNoChat).toEqual([]);
  });

  it('stands in docs/access.md as `npm run docs` writes it, with every command, part, button and door', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/access.md'), 'utf8');
    expect(page, 'docs/access.md is old: npm run docs').toBe(await accessPage());
    // A phone shows no more beside each other.
    const broad = page.split('\n').filter((line) => /^\|(?:(?:\\\||[^|])*\|){3}/.test(line));
    expect(broad).toEqual([]);
    const words = FEATURES.flatMap(({ commands, actions, doors = {} }) => [
      ...Object.entries(commands).flatMap(([name, { aliases = [], parts = {} }]) => [
        ...[name, ...aliases].map((word) => `\`/${word}\``),
        ...Object.values(parts).map(({ example }) => `\`/${name} ${example}\``),
      ]),
      ...Object.keys(actions).map((name) => `\`${name}\``),
      ...Object.values(doors).map(({ does }) => does),
    ]);
    expect(words.filter((word) => !page.includes(word))).toEqual([]);
  });

  it('has one meaning for each command, word and button', () => {
    const words = FEATURES.flatMap(({ commands }) =>
      Object.entries(commands).flatMap(([name, { aliases = [] }]) => [name, ...aliases]),
    );
    const buttons = FEATURES.flatMap(({ actions }) => Object.keys(actions));
    const numbers = FEATURES.flatMap(({ opener }) => opener?.number ?? []);
    const positions = FEATURES.flatMap(({ commands }) =>
      Object.values(commands).flatMap(({ menu }) => menu?.position ?? []),
    );
    const all = [words, buttons, numbers, positions].map((ones: readonly (string | number)[]) => ones);
    expect(all).toEqual(all.map((ones) => [...new Set(ones)]));
  });

  it('says to others why not, wherever it is for fewer than all', () => {
    const silent = DECLARED.filter(
      ({ rule }) => rule.who !== 'viewer' && rule.who !== 'member' && rule.refusal === undefined,
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('is what Telegram’s menus show the first dozen of, the owners’ with what only they may', async () => {
    await open();
    const { commands, ownerCommands } = overviewOf(FEATURES);
    const shown = (userId: number, chatId: number) => bench.telegram.commands(userId, chatId);
    const everybodys = commands.slice(0, 12);
    expect(shown(ANN, ANN)).toEqual([...everybodys, ...ownerCommands]);
    bench.telegram.addUser({ id: 4999, firstName: 'Dora', started: true });
    expect(shown(4999, 4999)).toEqual(everybodys);
    expect(ownerCommands.map(({ command }) => command)).toEqual(['hold', 'unhold', 'config', 'logs']);
  });
});
