import { AppError } from '../../domain/errors.ts';
import { endingOf, type PersonalToken } from '../../domain/people/personal-token.ts';
import { verdictOn } from '../may.ts';
import type { AddressSeals } from './address-seals.ts';
import { type ChecksDeps, createChecks } from './checks.ts';

/** A token as its owner sees it: never itself. */
export interface TokenView extends Pick<PersonalToken, 'ending' | 'account' | 'kind' | 'createdAt' | 'usedAt'> {
  /** `unreadable`: it was sealed with another key than this machine's, or is damaged. */
  readonly state: PersonalToken['state'] | 'unreadable';
}

/** What people have given of theirs to be used for what they add: tokens, and the keys in addresses. */
export interface PersonalTokens extends AddressSeals {
  /** Hides a token so that it may be written down. @throws AppError operational: there is no key to seal it with */
  readonly seal: (userId: number, token: string) => string;
  /**
   * Keeps what was sealed for this person. The Hub is asked whose it is, soon or when `check` is called, and then a notice
   * tells; until then the one they had stays in use.
   * @throws AppError validation: it is none, or cannot be opened
   */
  readonly keep: (userId: number, sealed: string) => void;
  /** The Hub is asked now about what is not checked yet: whoever gave it has been answered. */
  readonly check: () => void;
  /** The newest first: one that is not checked yet, and the one in use. */
  readonly listed: (userId: number) => readonly TokenView[];
  /** Forgets all of theirs. @returns false if there was none */
  readonly forget: (userId: number) => boolean;
  /** The token to ask the Hub with for this person; undefined: they have given none, it is of no use, or they were sent away. */
  readonly tokenOf: (userId: number) => string | undefined;
  /** The Hub did not accept it: it is asked whose it is, and if it says nobody’s, the token is revoked and its owner told. */
  readonly doubt: (userId: number) => void;
  /** Begins to ask the Hub about what is not checked yet. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

/** Any word: mirrors give out tokens of forms of their own. */
const FORM = /^[\x21-\x7e]{8,500}$/;

/** How often it is noted that a token is used. */
const NOTED_MS = 60_000;

/** Keeps people's tokens in the database, and the database free of them. */
export const createPersonalTokens = (deps: ChecksDeps): PersonalTokens => {
  const { store, vault, clock } = deps;
  const rows = store.personalTokens;
  const checks = createChecks(deps);
  const open = ({ userId, sealed }: PersonalToken): string | undefined => vault.open(userId, sealed);

  const noteUsed = ({ id, usedAt }: PersonalToken): void => {
    const since = clock.now() - Date.parse(usedAt ?? '');
    if (!(since >= 0 && since < NOTED_MS)) rows.noteTokenUsed(id);
  };

  return {
    seal: vault.seal,
    sealAddress: vault.sealAddress,
    openAddress: vault.openAddress,
    keep: (userId, sealed) => {
      const token = vault.open(userId, sealed);
      if (token === undefined) throw new AppError('validation', 'I could not keep that token. Please send it again.');
      if (!FORM.test(token)) {
        throw new AppError('validation', 'That is no token: one looks like hf_ with 34 letters and digits behind it.');
      }
      rows.putToken({ userId, sealed, ending: endingOf(token) });
    },
    check: checks.poke,
    listed: (userId) =>
      rows.tokensOf(userId).map((token) => {
        const { ending, account, kind, createdAt, usedAt } = token;
        const state = open(token) === undefined ? 'unreadable' : token.state;
        return { ending, account, kind, createdAt, usedAt, state };
      }),
    forget: (userId) => rows.dropTokensOf(userId) > 0,
    tokenOf: (userId) => {
      // Who was sent away has nothing fetched any more, in whatever chat it was added.
      if (verdictOn(store, { userId, chatId: userId, isPrivate: true }) !== 'allowed') return undefined;
      const known = rows.tokensOf(userId).filter(({ state }) => state !== 'revoked');
      // One that the Hub knows before one that it was not asked about.
      const token = known.find(({ state }) => state === 'valid') ?? known[0];
      const secret = token && open(token);
      if (token && secret !== undefined) noteUsed(token);
      return secret;
    },
    doubt: (userId) => {
      for (const { id } of rows.tokensOf(userId)) rows.doubtToken(id);
      checks.poke();
    },
    start: checks.start,
    close: checks.close,
  };
};
