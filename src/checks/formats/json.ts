import { broken, unread } from '../bytes/fault.ts';

/** Python writes, and reads, what JSON does not know. Strings are looked at first, so that none of it is found in them. */
const PYTHON_NUMBERS = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/gs;

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

/** @throws SyntaxError; RangeError: nested too deeply, or too long */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/\b(?:NaN|Infinity)\b/.test(text)) throw error;
    return JSON.parse(text.replace(PYTHON_NUMBERS, (found) => (found.startsWith('"') ? found : '0')));
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
