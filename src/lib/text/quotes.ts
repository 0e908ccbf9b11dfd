import { table } from '../table.ts';

/** What may close each opening quote: keyboards of several languages pair them differently. */
export const CLOSING_QUOTES = table<string>({
  '"': '"',
  "'": "'",
  '“': '”',
  '„': '“”',
  '”': '”',
  '‘': '’',
  '’': '’',
  '‚': '‘’',
  '«': '»',
  '»': '«',
});

/** A text without the quotes that stand around all of it, if any do. */
export const unquote = (text: string): string => {
  const closing = text.length > 2 ? CLOSING_QUOTES[text.charAt(0)] : undefined;
  return closing?.includes(text.slice(-1)) === true ? text.slice(1, -1).trim() : text;
};
