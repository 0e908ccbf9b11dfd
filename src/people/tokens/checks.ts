import type { NoticeContent } from '../../domain/notice.ts';
import type { PersonalToken, TokenAccount } from '../../domain/people/personal-token.ts';
import { backoffMs } from '../../lib/backoff.ts';
import { type Clock, startWait } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker, type Ticker } from '../../lib/ticker.ts';
import type { Source } from '../../sources/port.ts';
import type { Store } from '../../store/store.ts';
import type { Vault } from './vault.ts';

export interface ChecksDeps {
  readonly store: Store;
  readonly source: Pick<Source, 'asPerson'>;
  readonly vault: Vault;
  /** Told when the Hub knows a new token: what waited for one is due. */
  readonly onAccepted: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Asks the Hub about tokens that it was not asked about yet, until it has said whose they are. */
export interface Checks {
  readonly start: () => void;
  readonly poke: () => void;
  readonly close: () => Promise<void>;
}

type Outcome = Extract<NoticeContent, { readonly kind: 'token_checked' }>['payload']['outcome'];

const TICK_MS = 10_000;
/** Between two questions about one token, while the Hub does not answer as it should. */
const PAUSES = { firstMs: 30_000, mostMs: 3_600_000 } as const;

interface Pause {
  readonly tries: number;
  readonly leftMs: () => number;
}

/** What the Hub's answer means for a token is written down, and told to whoever gave it, at once or not at all. */
const settle = ({ store }: Pick<ChecksDeps, 'store'>, token: PersonalToken, account: TokenAccount | undefined): void =>
  store.atomically(() => {
    const rows = store.personalTokens;
    const { userId, ending, state, account: known } = token;
    const isNew = state === 'unchecked';
    const tell = (outcome: Outcome): void =>
      store.outbox.addNotice({
        chatId: userId,
        kind: 'token_checked',
        payload: { outcome, ending, account: account?.name ?? known, tokenKind: account?.kind ?? null },
      });
    if (account) {
      // One that was only doubted is as it was.
      if (rows.acceptToken(token, account) && isNew) tell('accepted');
    } else if (isNew ? rows.dropToken(token) : rows.revokeToken(token)) tell(isNew ? 'refused' : 'revoked');
  });

/** Asks about one token after the other; what was asked before a restart and not answered is asked again after it. */
export const createChecks = (deps: ChecksDeps): Checks => {
  const { store, source, vault, clock, log } = deps;
  const ending = new AbortController();
  const pauses = new Map<string, Pause>();
  let ticker: Ticker | undefined;

  /** Nobody hears of the first failure what the next one would say too. */
  const putOff = (token: PersonalToken, error: unknown): void => {
    const tries = pauses.get(token.sealed)?.tries ?? 0;
    pauses.set(token.sealed, { tries: tries + 1, leftMs: startWait(clock, backoffMs(tries, PAUSES)) });
    log.warn({ err: error, user: token.userId }, 'The Hub could not be asked whose a token is');
    if (tries > 0 || token.state !== 'unchecked') return;
    const { userId: chatId, ending: letters } = token;
    const payload = { outcome: 'later', ending: letters, account: null, tokenKind: null } as const;
    store.outbox.addNotice({ chatId, kind: 'token_checked', payload });
  };

  const check = async (token: PersonalToken): Promise<void> => {
    const secret = vault.open(token.userId, token.sealed);
    // Whoever looks at it is told that it cannot be read.
    if (secret === undefined) return;
    try {
      const account = await source.asPerson(secret).whoAmI(ending.signal);
      settle(deps, token, account);
      if (account) deps.onAccepted();
      pauses.delete(token.sealed);
    } catch (error) {
      if (!ending.signal.aborted) putOff(token, error);
    }
  };

  const look = async (): Promise<void> => {
    const open = store.personalTokens.tokensToCheck();
    for (const sealed of pauses.keys()) if (!open.some((token) => token.sealed === sealed)) pauses.delete(sealed);
    for (const token of open) {
      if (ending.signal.aborted) return;
      if ((pauses.get(token.sealed)?.leftMs() ?? 0) <= 0) await check(token);
    }
  };

  return {
    start: () => {
      ticker = startTicker(
        TICK_MS,
        look,
        (error) => log.error({ err: error }, 'Personal tokens could not be checked'),
        clock,
      );
      ticker.poke();
    },
    poke: () => ticker?.poke(),
    close: async () => {
      ending.abort(new Error('shutdown'));
      await ticker?.close();
    },
  };
};
