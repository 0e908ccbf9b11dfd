import { codeOf } from '../../lib/error-code.ts';

/** What was looked at, and what is to be said of it. */
export interface Finding {
  /** A word or two. */
  readonly about: string;
  /** `left_out`: it could not be looked at, or there is nothing to look at. */
  readonly state: 'fine' | 'warning' | 'wrong' | 'left_out';
  readonly says: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** Nothing is to be done. */
export const fine = (about: string, says: string): Finding => ({ about, state: 'fine', says });

/** It works, and something would be better. */
export const warning = (about: string, says: string, remedy: string): Finding => ({
  about,
  state: 'warning',
  says,
  remedy,
});

/** It does not work. */
export const wrong = (about: string, says: string, remedy: string): Finding => ({
  about,
  state: 'wrong',
  says,
  remedy,
});

/** Why it was not looked at. */
export const leftOut = (about: string, says: string): Finding => ({ about, state: 'left_out', says });

const pathIn = (error: unknown): string =>
  error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : 'It';

/** What a look came to. Where the disk refuses even that, it is what is wrong, and all else is looked at all the same. */
export const looked = (about: string, look: () => Finding): Finding => {
  try {
    return look();
  } catch (error) {
    const code = codeOf(error);
    if (code === '') throw error;
    return wrong(
      about,
      `${pathIn(error)} cannot be looked at (${code}).`,
      'Run this as the user that hubgram runs as; if it is that one, look at its owner, its permissions, and the disk.',
    );
  }
};
