/**
 * Writes docs/access.md from what the features declare: `npm run docs`. A test fails while the page is older than they are.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FEATURES } from '../src/bot/features.ts';
import type { Feature } from '../src/bot/feature.ts';
import { type Asking, may, type Standings, type Who } from '../src/people/may.ts';

const PAGE = join(import.meta.dirname, '../docs/access.md');

const GROUP = -1;
const ME = 1;
const ANOTHER = 2;

/** Somebody in a place. */
interface Somebody {
  readonly title: string;
  readonly role: 'owner' | 'member' | 'viewer' | 'pending' | 'denied';
  readonly group?: 'member' | 'viewer';
  readonly isAdmin?: boolean;
}

const SOMEBODIES: readonly Somebody[] = [
  { title: 'owners', role: 'owner' },
  { title: 'members in their own chat', role: 'member' },
  { title: 'viewers in theirs', role: 'viewer' },
  { title: 'strangers', role: 'pending' },
  { title: 'who is denied', role: 'denied' },
  { title: 'admins of a group', role: 'pending', group: 'member', isAdmin: true },
  { title: 'its anonymous admins', role: 'pending', group: 'member', isAdmin: true },
  { title: 'its members', role: 'pending', group: 'member' },
  { title: 'everybody in a group of viewers', role: 'pending', group: 'viewer', isAdmin: true },
];

/** How it is called for whom something is. */
const WHOM: Readonly<Record<Who, string>> = {
  viewer: 'everybody',
  member: 'members',
  asker: 'askers',
  manager: 'managers',
  owner: 'owners',
};

const answerTo = async ({ role, group, isAdmin = false }: Somebody, who: Who): Promise<'yes' | 'own' | 'no'> => {
  const standings: Standings = {
    users: { getUser: () => ({ role }) },
    chats: { getChat: () => ({ access: 'approved', role: group ?? 'member' }) },
  };
  const isPrivate = group === undefined;
  const where = { userId: ME, chatId: isPrivate ? ME : GROUP, isPrivate, isAdmin: () => Promise.resolve(isAdmin) };
  const asking = (requestedBy: number): Asking => ({ ...where, requestedBy });
  if (await may(standings, asking(ANOTHER), who)) return 'yes';
  return (await may(standings, asking(ME), who)) ? 'own' : 'no';
};

interface Row {
  readonly what: string;
  readonly who: Who;
}

const code = (word: string): string => `\`${word.replaceAll('|', '\\|')}\``;

const commandRows = ({ commands }: Feature): Row[] =>
  Object.entries(commands).flatMap(([name, { aliases = [], parts = {}, who }]) => [
    { what: [name, ...aliases].map((word) => code(`/${word}`)).join(', '), who },
    ...Object.values(parts).map((part) => ({ what: code(`/${name} ${part.example}`), who: part.who })),
  ]);

const DOORS = {
  first: 'Written',
  messages: 'Written',
  menu: 'In its lists',
  dialogue: 'Asked',
  inline: 'Inline',
} as const;

const doorRows = ({ doors = {} }: Feature): Row[] =>
  (['first', 'messages', 'menu', 'dialogue', 'inline'] as const).flatMap((name) => {
    const door = doors[name];
    return door ? [{ what: `${DOORS[name]}: ${door.does}`, who: door.who }] : [];
  });

const ORDER: readonly Who[] = ['viewer', 'member', 'asker', 'manager', 'owner'];

/** Those for the same people in one row: they have no names that people read. */
const buttonRows = ({ actions, opener }: Feature): Row[] =>
  ORDER.flatMap((who) => {
    const names = Object.entries(actions).flatMap(([name, { parts = {}, ...action }]) => [
      ...(action.who === who ? [code(name)] : []),
      ...Object.entries(parts).flatMap(([part, rule]) => (rule.who === who ? [code(`${name}, to ${part}`)] : [])),
    ]);
    const opening = opener?.who === who ? [`“${opener.label}”`] : [];
    const all = [...opening, ...names];
    return all.length > 0 ? [{ what: `Buttons: ${all.join(', ')}`, who }] : [];
  });

const titleOf = ({ topic, commands, actions }: Feature): string =>
  topic?.lines[0] ?? code(`/${Object.keys(commands)[0] ?? Object.keys(actions)[0] ?? ''}`);

/** Two columns: more are broader than a phone. */
const table = (head: readonly [string, string], rows: readonly (readonly [string, string])[]): string[] =>
  [head, ['---', '---'] as const, ...rows].map((cells) => `| ${cells.join(' | ')} |`);

const section = (feature: Feature): string => {
  const rows = [...commandRows(feature), ...doorRows(feature), ...buttonRows(feature)];
  const body = rows.map(({ what, who }) => [what, WHOM[who]] as const);
  return [`## ${titleOf(feature)}`, '', ...table(['What', 'For'], body)].join('\n');
};

/** Who may do what is for these people. */
const whoMay = async (who: Who): Promise<string> => {
  const answers = await Promise.all(SOMEBODIES.map(async (one) => ({ one, answer: await answerTo(one, who) })));
  const titles = (wanted: 'yes' | 'own'): string =>
    answers.flatMap(({ one, answer }) => (answer === wanted ? [one.title] : [])).join(', ');
  const own = titles('own');
  return `${titles('yes')}${own === '' ? '' : `; ${own}: only what they asked for themselves`}`;
};

const kinds = async (): Promise<string> => {
  const rows = await Promise.all(ORDER.map(async (who) => [WHOM[who], await whoMay(who)] as const));
  return ['## For whom things are', '', ...table(['What is for', 'may be done by'], rows)].join('\n');
};

const INTRODUCTION = `# Who may do what

Written by \`npm run docs\` from what the features declare: the guard asks the same declarations, and the tests try each of them
as each of these people.

- **Owner**: whom the configuration names, or who opened the one-time link. Everywhere.
- **Member**: adds models and changes what is in the own chat.
- **Viewer**: sees everything in the own chat and changes nothing.
- **Stranger**: nobody has decided about them. Whatever they write asks the owners once to let them in; at a later /start they hear, once an hour, that there is no answer yet.
- **Denied**: is not heard, in no chat and in no group.
- A **group** is let in as a whole, as members or as viewers; that counts there for everybody but the owners and who was denied,
  whatever they are in their own chat. Until it is let in, everybody in it is a stranger. In a group of viewers its admins are
  viewers too.
- **Anonymous admin**: who writes in the name of the group itself. Channels, other bots, who writes in a channel's name and what
  a group's channel posts there are not heard.

A part of a command that is for fewer people has a row of its own. A button is asked
again each time it is tapped, whoever was shown it and whatever they might do then, and it reaches only what is in the chat it
stands in. A link that lets somebody in (\`/start claim_…\`, \`/start join_…\`) is for whoever opens it. What is refused is
counted (\`hubgram_refused_total\`, by reason) and logged, a line for each person in an hour at most.`;

/** @returns the page as it is to be */
export const accessPage = async (): Promise<string> =>
  `${[INTRODUCTION, await kinds(), ...FEATURES.map(section)].join('\n\n')}\n`;

if (import.meta.main) writeFileSync(PAGE, await accessPage());
