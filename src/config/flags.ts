import { parseArgs } from 'node:util';
import { configurationError } from './sources.ts';
import { nearest } from '../lib/text/nearest.ts';
import { shorten } from '../lib/text/shorten.ts';

export interface CommandLine {
  readonly help: boolean;
  readonly version: boolean;
  readonly checkConfig: boolean;
  readonly playground: boolean;
  readonly claim: boolean;
  readonly configFile: string | undefined;
}

export const HELP = `Usage: npm start -- [options]      (or: node src/main.ts [options])

  --config FILE    read settings from this YAML file (otherwise ./hubgram.yaml, if it is there)
  --check-config   say what was understood of the configuration, and stop
  --playground     open the playground even if there is a BOT_TOKEN
  --claim          print a link that makes its first opener an owner, even if the bot has one; good for an hour
  --version        print the version, and stop
  --help           print this, and stop

Settings come from the environment, from .env in this folder, and from the YAML file; .env.example lists them all.
Exit codes: 0 stopped by a signal, 1 a fault, 2 a mistake in the configuration, 3 Telegram refused the token,
4 another hubgram uses the data folder or the cache.
`;

const OPTIONS = {
  config: { type: 'string' },
  'check-config': { type: 'boolean' },
  playground: { type: 'boolean' },
  claim: { type: 'boolean' },
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

/**
 * Reads the flags.
 * @param argv the words after the script's name
 * @throws AppError configuration: words that are no flags
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
  const mistakes = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [`${shorten(token.value, 60)} is no option.`];
    if (token.kind === 'option-terminator') return [];
    if (!Object.hasOwn(OPTIONS, token.name)) return [unknown(token.rawName)];
    const takesValue = OPTIONS[token.name as keyof typeof OPTIONS].type === 'string';
    if (takesValue && !token.value) return [`${token.rawName} needs a file name: ${token.rawName} ./hubgram.yaml`];
    return !takesValue && token.value !== undefined ? [`${token.rawName} takes no value.`] : [];
  });
  if (mistakes.length > 0) throw configurationError(mistakes);
  return {
    help: values.help === true,
    version: values.version === true,
    checkConfig: values['check-config'] === true,
    playground: values.playground === true,
    claim: values.claim === true,
    configFile: typeof values.config === 'string' ? values.config : undefined,
  };
};
