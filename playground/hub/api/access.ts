import { badToken, disabled, type Gate, gated, loginNeeded, repoMissing } from './hub-errors.ts';
import type { IndexedRepo } from '../repos/repo-index.ts';

/** Tokens that the sample hub accepts. */
export const SAMPLE_TOKENS = {
  /** Sees private repositories; not in any list of a gated one. */
  member: 'hf_sample',
  /** Sees private repositories and may read gated ones. */
  gated: 'hf_sample_gated',
  /** A valid account that sees only what is public. */
  stranger: 'hf_sample_stranger',
} as const;

export type GateState = 'granted' | 'pending' | 'none';

export interface Access {
  /** Throws unless the token, if there is one, is known. */
  readonly checkToken: (token: string | undefined) => void;
  /** Throws what the Hub says about a repository that is missing, or hidden from this token. */
  readonly checkVisible: (repo: IndexedRepo | undefined, token: string | undefined) => IndexedRepo;
  /** Throws if the files of this repository are not for this token. */
  readonly checkFiles: (repo: IndexedRepo, token: string | undefined, isApi: boolean) => void;
  readonly canSee: (repo: IndexedRepo, token: string | undefined) => boolean;
  /** Changes what the authors of a gated repository have answered to this token's account. */
  readonly setGate: (id: string, token: string, state: GateState) => void;
}

/** True for the token of an account. */
export const isAccount = (token: string | undefined): token is string =>
  Object.values(SAMPLE_TOKENS).some((known) => known === token);

/**
 * @param pageOf the URL of a repository's page
 * @param hint what people read of a repository that is not there, besides what the Hub says
 */
export const createAccess = (pageOf: (repo: IndexedRepo) => string, hint: () => string = () => ''): Access => {
  const gates = new Map<string, GateState>();
  const keyOf = (id: string, token: string): string => `${id.toLowerCase()} ${token}`;

  const gateFor = (repo: IndexedRepo, token: string | undefined): Gate | undefined => {
    if (!isAccount(token)) return 'login';
    const state = gates.get(keyOf(repo.id, token)) ?? (token === SAMPLE_TOKENS.gated ? 'granted' : 'none');
    if (state === 'granted') return undefined;
    return state === 'pending' ? 'pending' : 'ask';
  };

  const isMember = (token: string | undefined): boolean =>
    token === SAMPLE_TOKENS.member || token === SAMPLE_TOKENS.gated;
  const canSee = (repo: IndexedRepo, token: string | undefined): boolean => !repo.private || isMember(token);

  return {
    canSee,
    checkToken: (token) => {
      if (token !== undefined && !isAccount(token)) throw badToken();
    },
    checkVisible: (repo, token) => {
      if (repo && canSee(repo, token)) return repo;
      if (token === undefined) throw loginNeeded(hint());
      throw isAccount(token) ? repoMissing(hint()) : badToken();
    },
    checkFiles: (repo, token, isApi) => {
      if (repo.disabled) throw disabled(isApi);
      const gate = repo.gated === false ? undefined : gateFor(repo, token);
      if (gate) throw gated({ type: repo.repo.type, id: repo.id, page: pageOf(repo) }, gate, isApi);
    },
    setGate: (id, token, state) => {
      gates.set(keyOf(id, token), state);
    },
  };
};
