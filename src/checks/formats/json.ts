import { broken, unread } from '../bytes/fault.ts';

/** Python writes, and reads, what JSON does not know. Strings are passed over, so that none of it is found in them. */
const PYTHON_NUMBER = /-?\b(?:NaN|Infinity)\b/;

/** Beyond what any loader writes; what is made of more of them takes all memory long before the text does. */
const DEPTH_MOST = 500;
const VALUES_MOST = 10_000_000;

const [QUOTE, ESCAPE, COMMA] = [34, 92, 44];
const OPENING: ReadonlySet<number> = new Set([91, 123]);
const CLOSING: ReadonlySet<number> = new Set([93, 125]);

/** @returns where the string ends that begins at this place */
const endOfString = (content: Buffer, start: number): number => {
  let at = start + 1;
  while (at < content.length && content[at] !== QUOTE) at += content[at] === ESCAPE ? 2 : 1;
  return at;
};

/** @returns the place behind the string of which this is the first letter */
const endOfText = (text: string, start: number): number => {
  let at = start;
  for (let code = text.charCodeAt(at); at < text.length && code !== QUOTE; code = text.charCodeAt(at))
    at += code === ESCAPE ? 2 : 1;
  return at + 1;
};

/** Counts what would be made of it before any of it is. @throws Unread */
const checkAmount = (content: Buffer): void => {
  let [depth, values] = [0, 0];
  for (let at = 0; at < content.length; at += 1) {
    const byte = content[at] ?? 0;
    if (byte === QUOTE) at = endOfString(content, at);
    else if (byte === COMMA) values += 1;
    else if (OPENING.has(byte)) {
      depth += 1;
      values += 1;
    } else if (CLOSING.has(byte)) depth -= 1;
    if (depth > DEPTH_MOST) unread(`holds lists within lists, more than ${DEPTH_MOST} deep`);
    if (values > VALUES_MOST) unread(`holds more than ${VALUES_MOST} values`);
  }
};

/**
 * With a zero for each of Python's numbers. Letter by letter: an expression that passes over strings gives up at one of sixteen million,
 * since V8 keeps for each letter where it could turn back.
 */
const withoutPythonNumbers = (text: string): string => {
  const seek = new RegExp(`"|${PYTHON_NUMBER.source}`, 'g');
  const pieces: string[] = [];
  let kept = 0;
  for (let found = seek.exec(text); found; found = seek.exec(text)) {
    if (found[0] === '"') seek.lastIndex = endOfText(text, seek.lastIndex);
    else {
      pieces.push(text.slice(kept, found.index), '0');
      kept = seek.lastIndex;
    }
  }
  return pieces.join('') + text.slice(kept);
};

/** @throws SyntaxError; RangeError: nested too deeply, or too long */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!PYTHON_NUMBER.test(text)) throw error;
    return JSON.parse(withoutPythonNumbers(text));
  }
};

/**
 * Reads JSON as Python's loaders do.
 * @param what the sentence up to its verb, for the fault
 * @throws Fault; Unread: it holds more than is made of any
 */
export const parseJson = (content: Buffer, what = ''): unknown => {
  checkAmount(content);
  const fault = (reason: string): never => broken(`${what} ${reason}`.trim());
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return fault('is no UTF-8 text');
  }
  try {
    return parse(text);
  } catch {
    return fault('is no JSON');
  }
};
