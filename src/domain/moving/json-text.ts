import { refuse } from '../errors.ts';

/** A file that somebody means is three deep. */
const DEPTH_MOST = 40;
const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
const SHOWN = 30;

/** What JSON consists of: a sign, a text in quotes, or a word; undefined behind the last one. */
interface Token {
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

const noJson = (line: number, why: string): never => refuse(`Line ${line} is no JSON: ${why}`);

/** The end of a text in quotes that begins there, behind its last quote. */
const endOfText = (text: string, from: number, line: number): number => {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charAt(at - 1 - slashes) === '\\') slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return noJson(line, 'a quote is opened there and not closed.');
};

const WORD = /[^\s"[\]{},:]+/y;

/** Tokens in order; nothing of a long text is copied but words and keys. */
function* tokensOf(text: string): Generator<Token> {
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const sign = text.charAt(at);
    if (sign === '\n') line += 1;
    if (/\s/.test(sign)) {
      at += 1;
    } else if (sign === '"') {
      const end = endOfText(text, at, line);
      // Keys are short; of a long text nobody asks what it says.
      yield { text: text.slice(at, Math.min(end, at + 64)), line };
      at = end;
    } else if ('[]{},:'.includes(sign)) {
      yield { text: sign, line };
      at += 1;
    } else {
      WORD.lastIndex = at;
      const [word = sign] = WORD.exec(text) ?? [];
      yield { text: word, line };
      at += word.length;
    }
  }
}

const isOpening = (token: string): boolean => token === '[' || token === '{';
const isClosing = (token: string): boolean => token === ']' || token === '}';
const isSign = (token: string): boolean => /^[[\]{},:]$/.test(token);

/** What people write by mistake, and what JSON parsers tell of without saying where. */
const check = ({ text, line }: Token, before: string): void => {
  if (isClosing(text) && before === ',') noJson(line, `there is a comma too many before “${text}”.`);
  if (!isSign(text) && !text.startsWith('"') && !LITERAL.test(text))
    noJson(line, `“${text.slice(0, SHOWN)}” is nothing that JSON has. Texts stand in double quotes.`);
};

/** How deep a token stands, and under which key of the outermost object. */
const createWalk = () => {
  let depth = 0;
  let before = '';
  let key = '';
  let line = 1;
  return {
    /** @returns whether something begins there that stands in a list of the outermost object, or such a list itself, and how deep it is now */
    step: (token: Token): { readonly begins: boolean; readonly opens: boolean; readonly depth: number } => {
      check(token, before);
      const { text } = token;
      const begins = depth === 2 && (before === '[' || before === ',') && !isClosing(text);
      if (isOpening(text)) depth += 1;
      else if (isClosing(text)) depth -= 1;
      else if (depth === 1 && text.startsWith('"')) key = text;
      if (depth > DEPTH_MOST) {
        refuse(`Line ${token.line} is more than ${DEPTH_MOST} levels deep: that is no models.json.`);
      }
      before = text;
      ({ line } = token);
      return { begins, opens: depth === 2 && text === '[', depth };
    },
    isUnder: (name: string): boolean => key === `"${name}"`,
    end: (): void => {
      if (depth > 0) noJson(line, 'the file ends before all that was opened is closed.');
    },
  };
};

/**
 * Where the elements of a list begin that an object has under a key, in lines counted from 1. Whatever the text is, nothing of it
 * is built: what is too deep or has too many is refused before it is parsed.
 * @throws AppError validation: it is no JSON, with the line
 */
export const linesIn = (text: string, key: string, most: number): number[] => {
  const walk = createWalk();
  let lines: number[] = [];
  let isIn = false;
  for (const token of tokensOf(text)) {
    const { begins, opens, depth } = walk.step(token);
    if (depth < 2) isIn = false;
    if (opens) {
      // Of a key that is there twice, JSON takes the last.
      isIn = walk.isUnder(key);
      if (isIn) lines = [];
    } else if (begins && isIn) {
      lines.push(token.line);
      if (lines.length > most) refuse(`The file has more than ${most} models. Make several of it.`);
    }
  }
  walk.end();
  return lines;
};

/** @throws AppError validation: it is no JSON, with the line where that is known */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const [, line] = /\bline (\d+)/.exec(String(error)) ?? [];
    return refuse(
      line === undefined
        ? 'The file is no JSON.'
        : `Line ${line} is no JSON: a sign is missing, or there is one too many.`,
    );
  }
};
