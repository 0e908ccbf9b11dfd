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

/** What stands in a sentence as it is typed: a command, a number, an option, and several of them in a row. */
const TYPED = String.raw`(?:\/[a-z]+(?![\w/])|#\w+|[a-z_]+=(?:"[^"]*"|[^\s,;)]*[^\s,;).:]))`;
const IN_A_SENTENCE = new RegExp(`(?<![\\w/#=])${TYPED}(?: ${TYPED})*`, 'g');

const sentence = (text: string): string => {
  const typed = [...text.matchAll(IN_A_SENTENCE)];
  const ends = typed.map(({ index, 0: found }) => index + found.length);
  const between = [0, ...ends].map((from, place) => escape(text.slice(from, typed[place]?.index)));
  return between.map((words, place) => `${words}${typed[place] ? code(typed[place][0]) : ''}`).join('');
};

/** “/add gpt2 · what it does”, or a line that is nothing but what is typed. */
const EXAMPLE = /^(?<typed>\/[a-z]+ [^·”,;]*?)(?: · (?<does>.*))?$/;

const lineOf = (text: string): string => {
  const { typed, does } = EXAMPLE.exec(text)?.groups ?? {};
  const isTyped =
    typed !== undefined && (does !== undefined || !/[.:]$|\b(?:shows|opens|lists|tells|says|sends)\b/.test(typed));
  if (isTyped) return `- ${code(typed)}${does === undefined ? '' : `: ${sentence(does)}`}`;
  const parts = text.split(' · ');
  return parts.length === 2 && !/[.:]$/.test(parts[0] ?? '') ? `- ${parts.map(sentence).join(': ')}` : sentence(text);
};

/** Lines of a list stand together, all others are paragraphs. */
const body = (lines: readonly string[]): string => {
  const shown = lines.filter((line) => line !== '').map(lineOf);
  const isItem = (line = ''): boolean => line.startsWith('- ');
  return shown.map((line, place) => (isItem(line) && isItem(shown[place + 1]) ? `${line}\n` : `${line}\n\n`)).join('');
};

const commandLine = ([name, { aliases = [], menu, who }]: [string, Command]): string => {
  const names = [name, ...aliases].map((word) => code(`/${word}`)).join(', ');
  return `| ${names} | ${escape(menu?.description ?? '')} | ${WHOM[who]} |`;
};

const section = ({ topic, commands }: Feature): string => {
  const entries = Object.entries(commands);
  if (entries.length === 0 && topic === undefined) return '';
  const [title, ...lines] = topic?.lines ?? [code(`/${entries[0]?.[0] ?? ''}`)];
  const table =
    entries.length === 0
      ? []
      : ['| Command | In short | For |', '| --- | --- | --- |', ...entries.map(commandLine), ''];
  return [`## ${title}`, '', ...table, body(lines)].join('\n').trimEnd();
};

/** @returns the page as it is to be */
export const commandsPage = (): string =>
  `${[INTRODUCTION, ...FEATURES.map(section).filter((text) => text !== '')].join('\n\n')}\n`;

if (import.meta.main) writeFileSync(PAGE, commandsPage());
