import type { TokenAccount } from '../../domain/people/personal-token.ts';
import { type Clock, startWait } from '../../lib/clock.ts';

/** What is known of the token that requests are made with. */
export interface TokenStanding {
  /** The Hub does not accept it any more: requests are made without it, and public repositories go on. */
  readonly isRefused: () => boolean;
  /** Whose it is, once that was asked. */
  readonly account: () => string | undefined;
  /**
   * The Hub is asked whose it is, once for all who want to know. Never rejects.
   * @param isDoubted an answer lets doubt whether it is accepted: of that the Hub is not asked again at once
   */
  readonly ask: (signal: AbortSignal, isDoubted: boolean) => Promise<void>;
}

export interface TokenStandingDeps {
  /** @returns undefined if the Hub does not accept it */
  readonly whoAmI: (signal: AbortSignal) => Promise<TokenAccount | undefined>;
  readonly clock: Clock;
  /** Called with each clear answer. Must not throw. */
  readonly heard?: ((isRefused: boolean) => void) | undefined;
}

/** A 401 that has another cause is not asked about with each request. */
const REST_MS = 60_000;
/** The Hub may have erred, or the token may have been let in again. */
const REFUSED_REST_MS = 10 * 60_000;

/** Believed to be accepted until an answer says otherwise. */
export const createTokenStanding = ({ whoAmI, clock, heard }: TokenStandingDeps): TokenStanding => {
  let isRefused = false;
  let account: string | undefined;
  let asking: Promise<void> | undefined;
  let restMs = (): number => 0;

  const askOnce = async (signal: AbortSignal, isDoubted: boolean): Promise<void> => {
    try {
      const told = await whoAmI(signal);
      isRefused = told === undefined;
      account = told?.name;
      if (isDoubted || isRefused) restMs = startWait(clock, isRefused ? REFUSED_REST_MS : REST_MS);
      heard?.(isRefused);
    } catch {
      // The Hub did not say: what was believed is believed on, and whoever doubts it next asks again.
    } finally {
      asking = undefined;
    }
  };

  return {
    isRefused: () => isRefused,
    account: () => account,
    ask: async (signal, isDoubted) => {
      if (restMs() > 0) return;
      asking ??= askOnce(signal, isDoubted);
      await asking;
    },
  };
};
