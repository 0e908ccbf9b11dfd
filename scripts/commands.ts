/**
 * Writes docs/commands.md from what the features declare and what /help says of them: `npm run docs`. A test fails while the page
 * is older than they are.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FEATURES } from '../src/bot/features.ts';
import type { Command, Feature } from '../src/bot/feature.ts';
import type { Who } from '../src/people/may.ts';

const PAGE = join(import.meta.dirname, '../docs/commands.md');

const INTRODUCTION = `# Commands

Written by \`npm run docs\` from what the features declare; \`/help <topic>\` says the same in the chat. Names are \`gpt2\`, \`org/name\`, \`org/name@revision\`,
\`org/name:Q4_K_M\`, \`datasets/org/name\`, an \`hf://…\` reference or a link; \`#12\` is the number that lists show, part of a name is enough, and an
answer to a card needs no name. [Who may do what](access.md) is a page of its own.`;

const WHOM: Readonly<Record<Who, string>> = {
  viewer: 'everybody who is let in',
  member: 'members',
  asker: 'whoever asked for the model, and owners',
  manager: 'owners, and admins of the group',
  owner: 'owners',
};

const escape = (text: string): string => text.replace(/[\\`*_[\]<>|#]/g, '\\$&');

const code = (text: string): string => `\`${text}\``;

/** With one of these the sentence goes on that a command stands in. */
export const PROSE =
  'alone|and|as|asks|behind|brings|by|changes|do|does|fetches|finds|for|goes|has|helps|in|is|keeps|leaves|lets|lists|look|looks|makes|move|moves|on|opens|or|says|sends|sets|shows|stands|starts|stops|take|takes|tells|that|the|to|tries|with|works|would';

/** A word behind a command, and an option: what is typed has no comma or stop at its end. */
const WORD = String.raw`(?:[a-z_]+="[^"]*"|[^\s“”()·;]*[^\s“”()·;,.:])`;
const OPTION = String.raw`[a-z_]+=(?:"[^"]*"|[^\s;)]*[^\s,;).:])?`;
/** What stands in a sentence as it is typed: a command with what follows it, a number, options, names of settings and files. */
const TYPED = [
  String.raw`\/[a-z]+(?![\w/])(?: (?!(?:${PROSE})\b(?!=))${WORD})*(?: on nas\b)?`,
  String.raw`(?:#\w+|${OPTION})(?: ${OPTION})*`,
  String.raw`npm (?:run|start --) [a-z-]+(?: gguf| FILE)?`,
  String.raw`[A-Za-z]\w*_\w+`,
  String.raw`\w+\.json`,
].join('|');
const IN_A_SENTENCE = new RegExp(`(?<![\\w/#=.])(?:${TYPED})`, 'g');

const sentence = (text: string): string => {
  const typed = [...text.matchAll(IN_A_SENTENCE)];
  const ends = typed.map(({ index, 0: found }) => index + found.length);
  const between = [0, ...ends].map((from, place) => escape(text.slice(from, typed[place]?.index)));
  const said = between.map((words, place) => `${words}${typed[place] ? code(typed[place][0]) : ''}`).join('');
  return said.replaceAll(' · ', ', ');
};

/** “/add gpt2 · what it does”, or a line that is nothing but what is typed. */
const EXAMPLE = /^(?<typed>\/[a-z]+ [^·”,;]*?)(?: · (?<does>[^/].*))?$/;
const IS_SENTENCE = new RegExp(String.raw`[.:]$|^\/[a-z]+ (?:.* )?(?:${PROSE})\b(?!=)`);

const item = (text: string): string => {
  const [typed = '', ...does] = text.split(' · ');
  return `- ${[typed, does.join(', ')]
    .filter((part) => part !== '')
    .map(sentence)
    .join(': ')}`;
};

/** @param isListed whether it stands under a line that ends with a colon */
const linesOf = (text: string, isListed: boolean): readonly string[] => {
  const { typed, does } = EXAMPLE.exec(text)?.groups ?? {};
  if (typed !== undefined && (does !== undefined || !IS_SENTENCE.test(typed)))
    return [`- ${code(typed)}${does === undefined ? '' : `: ${sentence(does)}`}`];
  const parts = text.split(/; (?=[^;]* · )/);
  const isPair = (part: string): boolean => / · (?!\/)/.test(part) && !/[.:] ?·/.test(part);
  if (isListed || parts.every(isPair)) return parts.every(isPair) ? parts.map(item) : [item(text)];
  return [sentence(text)];
};

/** Lines of a list stand together, all others are paragraphs. */
const body = (lines: readonly string[]): string => {
  const shown = lines.flatMap((line, place) => {
    const above = lines.slice(0, place);
    const isListed = above.lastIndexOf('') < above.findLastIndex((other) => other.endsWith(':'));
    return line === '' ? [] : linesOf(line, isListed);
  });
  const isItem = (line = ''): boolean => line.startsWith('- ');
  return shown.map((line, place) => (isItem(line) && isItem(shown[place + 1]) ? `${line}\n` : `${line}\n\n`)).join('');
};

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);

const commandLine = ([name, { aliases = [], usage, who }]: [string, Command]): string => {
  const typed = code(`/${name} ${usage.form}`.trimEnd());
  const also = aliases.length === 0 ? '' : ` (also ${aliases.map((alias) => code(`/${alias}`)).join(', ')})`;
  return `| ${cell(typed)}${also} | ${cell(sentence(usage.does))} | ${WHOM[who]} |`;
};

const section = ({ topic, commands }: Feature): string => {
  const entries = Object.entries(commands);
  if (entries.length === 0 && topic === undefined) return '';
  const [title, ...lines] = topic?.lines ?? [code(`/${entries[0]?.[0] ?? ''}`)];
  const table =
    entries.length === 0
      ? []
      : ['| Command | What it does | For |', '| --- | --- | --- |', ...entries.map(commandLine), ''];
  return [`## ${title}`, '', ...table, body(lines)].join('\n').trimEnd();
};

/** @returns the page as it is to be */
export const commandsPage = (): string =>
  `${[INTRODUCTION, ...FEATURES.map(section).filter((text) => text !== '')].join('\n\n')}\n`;

if (import.meta.main) writeFileSync(PAGE, commandsPage());
