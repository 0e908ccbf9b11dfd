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
  /** What the doctor finds, or how it is, is printed for programs. */
  readonly json: boolean;
  /** A host joins its bot with it. */
  readonly joinCode: string | undefined;
  /** `start` stays in the foreground. */
  readonly foreground: boolean;
  /** So many of the log's last lines. */
  readonly tail: number | undefined;
  /** Goes on with the lines that the log gets. */
  readonly follow: boolean;
  /** No bot is meant, but a machine on which a bot elsewhere keeps models. */
  readonly isHost: boolean;
  /** What is to be done; without one, the bot or the host runs. */
  readonly command: CommandName | undefined;
  /** What stands behind the command. */
  readonly words: readonly string[];
}

interface Command {
  /** What has to stand behind it, as the help calls it. */
  readonly takes: readonly string[];
  readonly example: string;
  /** Options that no other command has, or only some. */
  readonly options?: readonly string[];
}

const COMMANDS = {
  start: { takes: [], example: 'start', options: ['foreground'] },
  stop: { takes: [], example: 'stop' },
  status: { takes: [], example: 'status', options: ['json'] },
  logs: { takes: [], example: 'logs --tail 50', options: ['tail', 'follow'] },
  doctor: { takes: [], example: 'doctor', options: ['json'] },
  restore: { takes: ['FILE'], example: 'restore data/backups/hubgram-v42-2026-11-21T04-17-00-000Z.db.gz' },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;

const BY_NAME = table<Command>(COMMANDS);

/** Before a command, or without one: it is for a host. */
const HOST = 'host';
const OF_HOST: readonly CommandName[] = ['start', 'stop', 'status', 'logs', 'doctor'];

export const HELP = `Usage: npm start -- [command] [options]      (or: node src/start.mjs [command] [options])

Without a command hubgram runs here, in the foreground, until it is told to end.

  start            run in the background; comes back when the bot is up, or says why it is not
  stop             end the hubgram that runs, and wait until it has ended
  status [--json]  whether it runs, since when, how it is, what it does
  logs             the last 20 lines of its log; --tail N: so many; --follow: go on with what comes, until Ctrl-C
  doctor [--json]  look at all that hubgram stands on, with a remedy for what is wrong; also while it runs
  host             be no bot, but a machine on which a bot elsewhere keeps models; HUBGRAM_REDIS_URL leads to that bot
  host start       the same in the background; host stop, host status, host logs, host doctor: as above, for a host
  --join CODE      host, host start: join that bot, once, with the code that /hosts add gives there
  restore FILE     put a backup in the place of the database, which stays beside it; hubgram must not run

  --foreground     start: stay in the foreground, as without a command (or HUBGRAM_FOREGROUND=true)

  --config FILE    read settings from this YAML file (otherwise ./hubgram.yaml, if it is there)
  --check-config   say what was understood of the configuration, and stop
  --playground     open the playground even if there is a BOT_TOKEN
  --claim          print a link that makes its first opener an owner, even if the bot has one; good for an hour
  --version        print the version, and stop
  --help           print this, and stop

Settings come from the environment, from .env in this folder, and from the YAML file; .env.example lists them all.
Exit codes: 0 stopped by a signal, 1 a fault, 2 a mistake in the configuration or in this line, 3 Telegram refused the token,
4 another hubgram uses the data folder or the cache. Of the doctor: 1 if something is wrong. Of status: 0 running and well,
1 running and not well, 3 not running.
`;

const OPTIONS = {
  config: { type: 'string' },
  'check-config': { type: 'boolean' },
  playground: { type: 'boolean' },
  claim: { type: 'boolean' },
  json: { type: 'boolean' },
  foreground: { type: 'boolean' },
  tail: { type: 'string', short: 'n' },
  join: { type: 'string' },
  follow: { type: 'boolean', short: 'f' },
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

interface Words {
  readonly isHost: boolean;
  readonly name: string | undefined;
  /** What stands behind it. */
  readonly behind: readonly string[];
}

const readWords = (words: readonly string[]): Words => {
  const isHost = words[0] === HOST;
  const [name, ...behind] = isHost ? words.slice(1) : words;
  return { isHost, name, behind };
};

/** What is wrong with words that are no flags. */
const mistakesIn = ({ isHost, name, behind }: Words): string[] => {
  if (name === undefined) return [];
  const known: readonly string[] = isHost ? OF_HOST : [...Object.keys(BY_NAME), HOST];
  const command = known.includes(name) ? BY_NAME[name] : undefined;
  if (command === undefined) {
    const meant = nearest(name, known);
    const what = isHost ? `host takes no ${shorten(name, 60)}` : `There is no command ${shorten(name, 60)}`;
    const there = isHost ? `It takes ${known.join(', ')}, or nothing` : `There is ${known.join(', ')}`;
    return [`${what}. ${meant ? `Did you mean ${isHost ? 'host ' : ''}${meant}?` : `${there}.`}`];
  }
  if (behind.length === command.takes.length) return [];
  const before = isHost ? `${HOST} ` : '';
  return [`${before}${name} takes ${command.takes.join(' ') || 'nothing behind it'}: ${before}${command.example}`];
};

/** More than anybody reads, and no more than fits a line of digits. */
const TAIL_MOST = 100_000;

/** As the bot makes it. */
const CODE = /^[0-9a-f]{32}$/;

/** What is wrong with the value of an option; undefined if nothing is. */
const mistakeIn = (name: string, rawName: string, value: string | undefined): string | undefined => {
  const takesValue = OPTIONS[name as keyof typeof OPTIONS].type === 'string';
  if (!takesValue) return value === undefined ? undefined : `${rawName} takes no value.`;
  if (name === 'join')
    return CODE.test(value ?? '')
      ? undefined
      : `${rawName} needs the code that /hosts add gives: 32 letters and digits.`;
  if (name !== 'tail') return value ? undefined : `${rawName} needs a file name: ${rawName} ./hubgram.yaml`;
  if (value !== undefined && /^\d{1,6}$/.test(value) && Number(value) <= TAIL_MOST) return undefined;
  return `${rawName} needs a number of lines from 0 to ${TAIL_MOST}: ${rawName} 50`;
};

/** What is wrong with an option that another command has, and not this one; undefined if nothing is. */
const outOfPlace = (name: string, rawName: string, { isHost, name: command }: Words): string | undefined => {
  // A run without a command is in the foreground already.
  const runs = command === undefined || command === 'start';
  if (name === 'join') return isHost && runs ? undefined : `${rawName} is for host: host ${rawName} CODE`;
  const owners = Object.keys(BY_NAME).filter((one) => BY_NAME[one]?.options?.includes(name));
  const [owner] = owners;
  const isMeant = command === undefined ? name === 'foreground' : owners.includes(command);
  if (owner === undefined || isMeant || (command !== undefined && BY_NAME[command] === undefined)) return undefined;
  return `${rawName} is for ${owners.join(' and ')}: ${owner} ${rawName}${name === 'tail' ? ' 50' : ''}`;
};

/**
 * Reads the command and the flags.
 * @param argv the words after the script's name
 * @throws AppError configuration: words that are neither
 */
export const parseCommandLine = (argv: readonly string[]): CommandLine => {
  // As other programs have it, and people who look for the commands try it.
  if (argv.length === 1 && argv[0] === 'help') return parseCommandLine(['--help']);
  // Not strict: its errors stop at the first word and advise escapes that make no sense here.
  const { values, tokens } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words = readWords(tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : [])));
  const mistakes = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [];
    if (token.kind === 'option-terminator') return [];
    if (!Object.hasOwn(OPTIONS, token.name)) return [unknown(token.rawName)];
    return mistakeIn(token.name, token.rawName, token.value) ?? outOfPlace(token.name, token.rawName, words) ?? [];
  });
  mistakes.push(...mistakesIn(words));
  if (mistakes.length > 0) throw configurationError(mistakes, 'command line');
  return {
    help: values.help === true,
    version: values.version === true,
    checkConfig: values['check-config'] === true,
    playground: values.playground === true,
    claim: values.claim === true,
    configFile: typeof values.config === 'string' ? values.config : undefined,
    json: values.json === true,
    joinCode: typeof values.join === 'string' ? values.join : undefined,
    foreground: values.foreground === true,
    tail: typeof values.tail === 'string' ? Number(values.tail) : undefined,
    follow: values.follow === true,
    isHost: words.isHost,
    command: words.name as CommandName | undefined,
    words: words.behind,
  };
};
