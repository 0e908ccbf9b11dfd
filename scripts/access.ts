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

/** Somebody in a place, as the columns name them. */
interface Column {
  readonly title: string;
  readonly role: 'owner' | 'member' | 'viewer' | 'pending' | 'denied';
  readonly group?: 'member' | 'viewer';
  readonly isAdmin?: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'Owner', role: 'owner' },
  { title: 'Member', role: 'member' },
  { title: 'Viewer', role: 'viewer' },
  { title: 'Stranger', role: 'pending' },
  { title: 'Denied', role: 'denied' },
  { title: 'Group admin', role: 'pending', group: 'member', isAdmin: true },
  { title: 'Anonymous admin', role: 'pending', group: 'member', isAdmin: true },
  { title: 'Group member', role: 'pending', group: 'member' },
  { title: 'In a group of viewers', role: 'pending', group: 'viewer', isAdmin: true },
];

const cell = async ({ role, group, isAdmin = false }: Column, who: Who): Promise<string> => {
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

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const section = async (feature: Feature): Promise<string> => {
  const rows = [...commandRows(feature), ...doorRows(feature), ...buttonRows(feature)];
  const body = await Promise.all(
    rows.map(async ({ what, who }) => line([what, ...(await Promise.all(COLUMNS.map((column) => cell(column, who))))])),
  );
  const head = [line(['', ...COLUMNS.map(({ title }) => title)]), line(['---', ...COLUMNS.map(() => '---')])];
  return [`## ${titleOf(feature)}`, '', ...head, ...body].join('\n');
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

“own”: only what they asked for themselves. A part of a command that is for fewer people has a row of its own. A button is asked
again each time it is tapped, whoever was shown it and whatever they might do then, and it reaches only what is in the chat it
stands in. A link that lets somebody in (\`/start claim_…\`, \`/start join_…\`) is for whoever opens it. What is refused is
counted (\`hubgram_refused_total\`, by reason) and logged, a line for each person in an hour at most.`;

/** @returns the page as it is to be */
export const accessPage = async (): Promise<string> => {
  const sections = await Promise.all(FEATURES.map(section));
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
};

if (import.meta.main) writeFileSync(PAGE, await accessPage());
