import { randomBytes } from 'node:crypto';
import type { WallClock } from '../../../src/lib/clock.ts';
import type { SampleCommit } from '../repos/sample-repo.ts';

/** What the Hub says to who may read a repository at a revision. */
export interface ReadToken {
  readonly accessToken: string;
  /** Seconds of Unix time. */
  readonly exp: number;
}

export interface CasTokens {
  /** Good for the files of this commit, and for no others. */
  readonly give: (commit: SampleCommit) => ReadToken;
  /** @returns undefined if nobody was given this, or its time is over */
  readonly commitOf: (token: string | undefined) => SampleCommit | undefined;
}

/** @param lifetimeSeconds how long a token is good */
export const createCasTokens = (clock: WallClock, lifetimeSeconds: number): CasTokens => {
  const given = new Map<string, { readonly commit: SampleCommit; readonly exp: number }>();
  return {
    give: (commit) => {
      const accessToken = `xet_${randomBytes(24).toString('base64url')}`;
      const exp = Math.floor(clock.now() / 1000) + lifetimeSeconds;
      given.set(accessToken, { commit, exp });
      return { accessToken, exp };
    },
    commitOf: (token) => {
      const found = given.get(token ?? '');
      return found && clock.now() < found.exp * 1000 ? found.commit : undefined;
    },
  };
};
