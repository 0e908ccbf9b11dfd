import { parseBytes } from '../../lib/text/bytes.ts';
import { nearest } from '../../lib/text/nearest.ts';
import { shorten } from '../../lib/text/shorten.ts';
import { table } from '../../lib/table.ts';
import { AppError } from '../errors.ts';

/** How a value is written, and what it means. */
export interface Form<T> {
  /** What a value looks like, for the sentence that refuses another one. */
  readonly expected: string;
  readonly accepts: (text: string) => boolean;
  /** Of a text that is accepted. */
  readonly read: (text: string) => T;
  /** All that there are, if they are few enough for a button each. */
  readonly choices?: readonly string[];
}

export interface Setting<T = unknown> extends Form<T> {
  readonly description: string;
  /** What holds if nobody says anything, in the form people write it. */
  readonly fallback: string;
  /** Whom a change is up to: owners of the bot, or who manages the chat. */
  readonly who: 'owner' | 'manager';
  /** A change takes effect at the next start. */
  readonly needsRestart?: true;
}

/** Of these two, or of what lies between. */
export const wholeNumber = (low: number, high: number): Form<number> => ({
  expected: `a whole number from ${low} to ${high}`,
  accepts: (text) => /^\d{1,9}$/.test(text) && Number(text) >= low && Number(text) <= high,
  read: Number,
});

/** From one; undefined for `none`. */
export const numberOrNone: Form<number | undefined> = {
  expected: 'a whole number from 1, or none',
  accepts: (text) => text === 'none' || /^[1-9]\d{0,8}$/.test(text),
  read: (text) => (text === 'none' ? undefined : Number(text)),
};

/** In bytes. */
export const size = (expected: string): Form<number> => ({
  expected,
  accepts: (text) => parseBytes(text) !== undefined,
  read: (text) => parseBytes(text) ?? 0,
});

/** Above zero, since a limit of nothing would hold every download without a word; undefined for `none`. */
export const limit = (expected: string): Form<number | undefined> => ({
  expected,
  accepts: (text) => text === 'none' || (parseBytes(text) ?? 0) > 0,
  read: (text) => (text === 'none' ? undefined : parseBytes(text)),
});

/** One of these words. */
export const oneOf = <T extends string>(...choices: readonly T[]): Form<T> => ({
  expected: choices.join(', ').replace(/, ([^,]*)$/, ' or $1'),
  accepts: (text) => (choices as readonly string[]).includes(text),
  read: (text) => text as T,
  choices,
});

/** @param words what stands for yes, and for no */
export const flag = ([yes, no]: readonly [string, string]): Form<boolean> => ({
  ...oneOf(yes, no),
  read: (text) => text === yes,
});

const SWITCHES = table<boolean>({ on: true, true: true, yes: true, off: false, false: false, no: false });

/** A word for yes or no in the one spelling that a setting takes; any other text, and one of any other setting, as it is. */
export const spelledSwitch = ({ choices = [] }: Pick<Setting, 'choices' | 'fallback'>, text: string): string => {
  const isSwitch = choices.length === 2 && choices.every((choice) => choice in SWITCHES);
  if (!isSwitch || !(text in SWITCHES)) return text;
  return choices.find((choice) => SWITCHES[choice] === SWITCHES[text]) ?? text;
};

export type Table = Readonly<Record<string, Setting>>;
export type ValuesOf<T extends Table> = { readonly [Key in keyof T]: ReturnType<T[Key]['read']> };

/** @throws AppError validation: no such key in the table, or a value it does not take */
export const checkSetting = (settings: Table, key: string, value: string): void => {
  const setting = Object.hasOwn(settings, key) ? settings[key] : undefined;
  if (!setting) {
    const meant = nearest(key, Object.keys(settings));
    const hint = meant === undefined ? `There are ${Object.keys(settings).join(', ')}.` : `Did you mean ${meant}?`;
    throw new AppError('validation', `There is no setting “${shorten(key, 64)}”. ${hint}`);
  }
  if (!setting.accepts(value)) {
    throw new AppError('validation', `${key} takes ${setting.expected}, not “${shorten(value, 64)}”.`);
  }
};
