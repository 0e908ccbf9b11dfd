import { AppError } from '../../domain/errors.ts';
import { table } from '../../lib/table.ts';
import { CLOSING_QUOTES } from '../../lib/text/quotes.ts';

export interface Arguments {
  readonly words: readonly string[];
  /** Keys in lower case; a key given twice is an error. */
  readonly options: Readonly<Record<string, string>>;
}

/** The longest command line that is read at all; Telegram's messages go up to 4096 characters. */
const LINE_LIMIT = 2000;

interface Token {
  readonly text: string;
  /** True if the token began with a quote: then it is never an option. */
  readonly quoted: boolean;
}

/** `’` inside a word is a letter, also in a quoted value: `‘it’s here’`. */
const isApostrophe = (character: string, next: string | undefined): boolean =>
  /['’‘]/.test(character) && next !== undefined && !/\s/u.test(next);

const tokenize = (line: string): Token[] => {
  const tokens: Token[] = [];
  let text = '';
  let started = false;
  let quoted = false;
  let closing = '';
  const end = (): void => {
    if (started) tokens.push({ text, quoted });
    text = '';
    started = false;
    quoted = false;
  };
  const characters = Array.from(line);
  for (const [index, character] of characters.entries()) {
    if (closing) {
      if (closing.includes(character) && !isApostrophe(character, characters[index + 1])) closing = '';
      else text += character;
    } else if (/\s/u.test(character)) {
      end();
    } else if (character in CLOSING_QUOTES && (!started || text.endsWith('='))) {
      // A quote inside a word is a letter (`it's`); one at its beginning, or behind `=`, opens a value.
      quoted = !started;
      started = true;
      closing = CLOSING_QUOTES[character] ?? character;
    } else {
      started = true;
      text += character;
    }
  }
  if (closing)
    throw new AppError('validation', `A quote is opened but not closed: add ${closing.charAt(0)} at the end.`);
  end();
  return tokens;
};

const NOTHING_ELSE = table<string>({});

/** `--key`, also as phones write it: `—key`, `–key`. */
const DASHED = /^(?:--|—|–)([a-z][a-z0-9_-]*)(?:=(.*))?$/isu;
const PAIR = /^([a-z][a-z0-9_-]*)=(.*)$/isu;

/**
 * Reads what stands behind a command: words, and options as `key=value` or `--key value` (phone keyboards turn `--`
 * into a dash: understood too). Values with spaces are quoted, straight or curly.
 * @param known the option keys this command has
 * @param meant other words for some of them: a key is read as the one that it stands for
 * @throws AppError validation: unknown or repeated key, missing value, open quote, too long
 */
export const parseArguments = (
  line: string,
  known: readonly string[],
  meant: Readonly<Record<string, string>> = NOTHING_ELSE,
): Arguments => {
  if (line.length > LINE_LIMIT) {
    throw new AppError(
      'validation',
      `That is too long to be a command (${line.length} characters; ${LINE_LIMIT} at most).`,
    );
  }
  const words: string[] = [];
  const options: Record<string, string> = {};
  const tokens = tokenize(line);

  const put = (rawKey: string, value: string | undefined): void => {
    const typed = rawKey.toLowerCase().replaceAll('-', '_');
    const key = meant[typed] ?? typed;
    if (!known.includes(key)) {
      const list =
        known.length > 0 ? `Options here: ${known.map((name) => `${name}=`).join(', ')}.` : 'This command has none.';
      throw new AppError('validation', `There is no option “${key}”. ${list}`);
    }
    if (value === undefined || value === '') throw new AppError('validation', `The option ${key}= needs a value.`);
    if (key in options) throw new AppError('validation', `The option ${key}= is given twice.`);
    options[key] = value;
  };

  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index] as Token;
    const dashed = token.quoted ? null : DASHED.exec(token.text);
    const pair = token.quoted ? null : PAIR.exec(token.text);
    if (dashed?.[1]) {
      const inline = dashed[2];
      const next = tokens[index + 1];
      const isValue = next !== undefined && (next.quoted || !DASHED.test(next.text));
      if (inline === undefined && isValue) index += 1;
      put(dashed[1], inline ?? (isValue ? next.text : undefined));
    } else if (pair?.[1]) {
      put(pair[1], pair[2]);
    } else {
      words.push(token.text);
    }
  }
  return { words, options };
};

/** Cuts a comma-separated option into its parts; empty ones are dropped. */
export const listOption = (value: string | undefined): string[] =>
  (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
