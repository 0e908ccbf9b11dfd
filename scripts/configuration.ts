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

In YAML the names are in small letters and without \`HUBGRAM_\`, such as \`bandwidth_limit: 20MB\`. [Programs that models are linked to](storage.md#one-copy-for-every-program) (\`apps:\`) and a
schedule for every new chat (\`default_schedule:\`, in \`config/default.yaml\`) stand in YAML only.`;

const OF_CHATS = `## Of a chat

\`/settings\` is a menu of them; in one line, \`/settings start=now default_quantize=Q4_K_M\`. What is usual comes back with \`start=usual\`. In a group its admins
and owners change them. What stands behind \`/add\` comes before them.`;

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** What a setting is, and below it what it takes: a column of its own would make the page broader than most screens. */
const described = (description: string, expected: string): string => `${cell(description)}<br>*${cell(expected)}*`;

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');

/** Its name in YAML, as the page says at its top. @throws Error where that is not so, or would be another name */
const yamlName = ({ name, keys }: Pick<Setting, 'name' | 'keys'>): string => {
  const said = name.toLowerCase().replace(/^hubgram_/, '');
  if (!keys.includes(said)) throw new Error(`${name} is not called ${said} in YAML: the page would be wrong.`);
  return said;
};

/** Whether the chat can change it, by which name if that is another one, and from when it counts. */
const inTheChat = (setting: Setting): string => {
  const key = setting.keys.find(isSettingKey);
  if (key === undefined) return '';
  const live: LiveSetting = SYSTEM_SETTINGS[key];
  return [key === yamlName(setting) ? 'yes' : code(key), ...(live.needsRestart ? ['after a start'] : [])].join(', ');
};

const ofProgram = (): string =>
  table(
    ['Environment', 'What it is, and what it takes', 'If nobody says', '`/config`'],
    FIELDS.map((field) => {
      const setting: Setting = SETTINGS[field];
      const { name, legacyName, description, expected, fallback, example } = setting;
      yamlName(setting);
      return [
        [name, ...(legacyName === undefined ? [] : [legacyName])].map(code).join(', '),
        `${described(description, expected)}, for example ${code(example)}`,
        fallback === undefined ? '' : code(fallback),
        inTheChat(setting),
      ];
    }),
  );

const ofChats = (): string =>
  table(
    ['`/settings`', 'What it is, and what it takes', 'Usual'],
    Object.entries<LiveSetting>(CHAT_SETTINGS).map(([key, { description, expected, fallback }]) => [
      code(key),
      described(description, expected),
      code(fallback),
    ]),
  );

/** @returns the page as it is to be */
export const configurationPage = (): string =>
  `${[INTRODUCTION, '## Of the program', ofProgram(), OF_CHATS, ofChats()].join('\n\n')}\n`;

if (import.meta.main) writeFileSync(PAGE, configurationPage());
