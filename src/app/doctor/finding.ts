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
