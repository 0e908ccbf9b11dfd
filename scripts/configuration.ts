/**
 * Writes docs/configuration.md from the tables of settings: `npm run docs`. A test fails while the page is older than they are.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIELDS, type Setting, SETTINGS } from '../src/config/settings.ts';
import { CHAT_SETTINGS } from '../src/domain/settings/chat.ts';
import type { Setting as LiveSetting } from '../src/domain/settings/form.ts';
import { isSettingKey, SYSTEM_SETTINGS } from '../src/domain/settings/system.ts';

const PAGE = join(import.meta.dirname, '../docs/configuration.md');

const INTRODUCTION = `# Configuration

Written by \`npm run docs\` from the tables that the program reads. Everything is optional. The environment wins over \`.env\`, \`.env\` over what an
owner has said with \`/config\`, that over \`hubgram.yaml\`, or the file that \`--config\` or \`HUBGRAM_CONFIG\` names; \`config/\` has one to begin with, one for
development and one for production. \`npm start -- --check-config\` shows what was understood and where it came from; a wrong value stops the start with a
list of all of them. A secret may also lie in the file that its name with \`_FILE\` names.

In YAML the names are those of the third column. [Programs that models are linked to](storage.md#one-copy-for-every-program) (\`apps:\`) and a
schedule for every new chat (\`default_schedule:\`, in \`config/default.yaml\`) stand in YAML only.`;

const OF_CHATS = `## Of a chat

\`/settings\` is a menu of them; in one line, \`/settings start=now default_quantize=Q4_K_M\`. What is usual comes back with \`start=usual\`. In a group its admins
and owners change them. What stands behind \`/add\` comes before them.`;

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

const cell = (text: string): string => text.replaceAll('|', '\\|');

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');

/** Whether the chat can change it, and from when that counts. */
const inTheChat = (keys: readonly string[]): string => {
  const key = keys.find(isSettingKey);
  if (key === undefined) return '';
  const setting: LiveSetting = SYSTEM_SETTINGS[key];
  return setting.needsRestart ? `${code(key)}, after a start` : code(key);
};

const ofProgram = (): string =>
  table(
    ['Environment', 'What it is', 'YAML', 'Form', 'If nobody says', 'Example', '`/config`'],
    FIELDS.map((field) => {
      const { name, legacyName, description, keys, expected, fallback, example }: Setting = SETTINGS[field];
      return [
        [name, ...(legacyName === undefined ? [] : [legacyName])].map(code).join(', '),
        cell(description),
        code(keys[0] ?? ''),
        cell(expected),
        fallback === undefined ? '' : code(fallback),
        code(example),
        inTheChat(keys),
      ];
    }),
  );

const ofChats = (): string =>
  table(
    ['`/settings`', 'What it is', 'Form', 'Usual'],
    Object.entries<LiveSetting>(CHAT_SETTINGS).map(([key, { description, expected, fallback }]) => [
      code(key),
      cell(description),
      cell(expected),
      code(fallback),
    ]),
  );

/** @returns the page as it is to be */
export const configurationPage = (): string =>
  `${[INTRODUCTION, '## Of the program', ofProgram(), OF_CHATS, ofChats()].join('\n\n')}\n`;

if (import.meta.main) writeFileSync(PAGE, configurationPage());
