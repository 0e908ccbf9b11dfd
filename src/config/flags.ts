import { parseArgs } from 'node:util';
import { configurationError } from './sources.ts';
import { nearest } from '../lib/text/nearest.ts';
import { shorten } from '../lib/text/shorten.ts';
import { table } from '../lib/table.ts';

export interface CommandLine {
  readonly help: boolean;
  readonly version: boolean;
  readonly checkConfig: boolean;
  readonly playground: boolean;
  readonly claim: boolean;
  readonly configFile: string | undefined;
  /** What the doctor finds is printed for programs. */
  readonly json: boolean;
  /** What is to be done; without one, the bot runs. */
  readonly command: CommandName | undefined;
  /** What stands behind the command. */
  readonly words: readonly string[];
}

interface Command {
  /** What has to stand behind it, as the help calls it. */
  readonly takes: readonly string[];
  readonly example: string;
}

const COMMANDS = table<Command>({
  doctor: { takes: [], example: 'doctor' },
  restore: { takes: ['FILE'], example: 'restore data/backups/hubgram-v42-2026-11-21T04-17-00-000Z.db.gz' },
});

export type CommandName = 'doctor' | 'restore';

export const HELP = `Usage: npm start -- [command] [options]      (or: node src/main.ts [command] [options])

  doctor [--json]  look at all that hubgram stands on, with a remedy for what is wrong; also while it runs
  restore FILE     put a backup in the place of the database, which stays beside it; hubgram must not run

  --config FILE    read settings from this YAML file (otherwise ./hubgram.yaml, if it is there)
  --check-config   say what was understood of the configuration, and stop
  --playground     open the playground even if there is a BOT_TOKEN
  --claim          print a link that makes its first opener an owner, even if the bot has one; good for an hour
  --version        print the version, and stop
  --help           print this, and stop

Settings come from the environment, from .env in this folder, and from the YAML file; .env.example lists them all.
Exit codes: 0 stopped by a signal, 1 a fault, 2 a mistake in the configuration, 3 Telegram refused the token,
4 another hubgram uses the data folder or the cache. Of the doctor: 1 if something is wrong.
`;

const OPTIONS = {
  config: { type: 'string' },
  'check-config': { type: 'boolean' },
  playground: { type: 'boolean' },
  claim: { type: 'boolean' },
  json: { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What is wrong with a token that is none of ours. */
const unknown = (word: string): string => {
  const names = Object.keys(OPTIONS);
  const meant = nearest(word.replace(/^-+/, '').replace(/=.*/s, ''), names);
  return meant
    ? `There is no option ${shorten(word, 60)}. Did you mean --${meant}?`
    : `There is no option ${shorten(word, 60)}. There are ${names.map((name) => `--${name}`).join(', ')}.`;
};

/** What is wrong with words that are no flags. */
const mistakesIn = (words: readonly string[]): string[] => {
  const [name, ...behind] = words;
  if (name === undefined) return [];
  const command = COMMANDS[name];
  if (command === undefined) {
    const meant = nearest(name, Object.keys(COMMANDS));
    return [
      `There is no command ${shorten(name, 60)}. ${meant ? `Did you mean ${meant}?` : `There is ${Object.keys(COMMANDS).join(', ')}.`}`,
    ];
  }
  if (behind.length === command.takes.length) return [];
  return [`${name} takes ${command.takes.join(' ') || 'nothing behind it'}: ${command.example}`];
};

/**
 * Reads the command and the flags.
 * @param argv the words after the script's name
 * @throws AppError configuration: words that are neither
 */
export const parseCommandLine = (argv: readonly string[]): CommandLine => {
  // Not strict: its errors stop at the first word and advise escapes that make no sense here.
  const { values, tokens } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const mistakes = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [];
    if (token.kind === 'option-terminator') return [];
    if (!Object.hasOwn(OPTIONS, token.name)) return [unknown(token.rawName)];
    const takesValue = OPTIONS[token.name as keyof typeof OPTIONS].type === 'string';
    if (takesValue && !token.value) return [`${token.rawName} needs a file name: ${token.rawName} ./hubgram.yaml`];
    return !takesValue && token.value !== undefined ? [`${token.rawName} takes no value.`] : [];
  });
  mistakes.push(...mistakesIn(words));
  if (mistakes.length > 0) throw configurationError(mistakes);
  return {
    help: values.help === true,
    version: values.version === true,
    checkConfig: values['check-config'] === true,
    playground: values.playground === true,
    claim: values.claim === true,
    configFile: typeof values.config === 'string' ? values.config : undefined,
    json: values.json === true,
    command: words[0] as CommandName | undefined,
    words: words.slice(1),
  };
};
