import { badToken, disabled, type Gate, gated, loginNeeded, repoMissing } from './hub-errors.ts';
import type { IndexedRepo } from '../repos/repo-index.ts';

/** Tokens that the sample hub accepts. */
export const SAMPLE_TOKENS = {
  /** Sees private repositories; not in any list of a gated one. */
  member: 'hf_sample',
  /** Sees private repositories and may read gated ones. */
  gated: 'hf_sample_gated',
  /** A valid account that sees only what is public; the playground's own. */
  stranger: 'hf_sample_stranger',
  /** Of the form that real ones have: sees what is hers, and may read gated ones. */
  ann: 'hf_SampleTokenOfAnnWhoReadsGatedOnes0',
  /** The same; sees what is his, and no gated one until its authors let him in. It may write as well. */
  bob: 'hf_SampleTokenOfBobWhoReadsPublicOne0',
} as const;

/** Whose token it is. */
interface Account {
  /** Repositories under this name are theirs. */
  readonly name: string;
  readonly fullName: string;
  readonly role: 'read' | 'write';
}

const SAMPLE_PERSON: Account = { name: 'sample-person', fullName: 'Sample Person', role: 'read' };
const ACCOUNTS: ReadonlyMap<string, Account> = new Map<string, Account>([
  [SAMPLE_TOKENS.member, SAMPLE_PERSON],
  [SAMPLE_TOKENS.gated, SAMPLE_PERSON],
  [SAMPLE_TOKENS.stranger, { name: 'stranger', fullName: 'A Stranger', role: 'read' }],
  [SAMPLE_TOKENS.ann, { name: 'sample-ann', fullName: 'Ann', role: 'read' }],
  [SAMPLE_TOKENS.bob, { name: 'sample-bob', fullName: 'Bob', role: 'write' }],
]);
/** Whom the authors of gated repositories have let in already. */
const LET_IN: readonly string[] = [SAMPLE_TOKENS.gated, SAMPLE_TOKENS.ann];
const NAMES = [...ACCOUNTS.values()].map(({ name }) => name);
/** Who sees every private repository that is not under the name of one of them. */
const SEE_ALL: readonly string[] = [SAMPLE_TOKENS.member, SAMPLE_TOKENS.gated];

export type GateState = 'granted' | 'pending' | 'none';

export interface Access {
  /** undefined: nobody's, or revoked. */
  readonly accountOf: (token: string | undefined) => Account | undefined;
  /** From now on it is nobody's. */
  readonly revoke: (token: string) => void;
  /** Throws unless the token, if there is one, is known. */
  readonly checkToken: (token: string | undefined) => void;
  /** Throws what the Hub says about a repository that is missing, or hidden from this token. */
  readonly checkVisible: (repo: IndexedRepo | undefined, token: string | undefined) => IndexedRepo;
  /** Throws if the files of this repository are not for this token. */
  readonly checkFiles: (repo: IndexedRepo, token: string | undefined, isApi: boolean) => void;
  readonly canSee: (repo: IndexedRepo, token: string | undefined) => boolean;
  /** The names of accounts, each with its token and whether that is accepted. */
  readonly accounts: () => ReadonlyMap<string, { readonly token: string; readonly isAccepted: boolean }>;
  /** A person revokes all tokens of an account. */
  readonly revokeAll: (account: string) => void;
  /** The names of accounts, and what the authors of a gated repository have answered to each. */
  readonly gatesOf: (repo: IndexedRepo) => ReadonlyMap<string, GateState>;
  /** A person accepts the terms in a browser, as this account: they are let in at once, or asks its authors, who let in whoever asks again. */
  readonly accept: (repo: IndexedRepo, account: string) => void;
  /** Changes what the authors of a gated repository have answered to this token's account. */
  readonly setGate: (id: string, token: string, state: GateState) => void;
}

/**
 * @param pageOf the URL of a repository's page
 * @param hint what people read of a repository that is not there, besides what the Hub says
 */
export const createAccess = (pageOf: (repo: IndexedRepo) => string, hint: () => string = () => ''): Access => {
  const gates = new Map<string, GateState>();
  const revoked = new Set<string>();
  const keyOf = (id: string, token: string): string => `${id.toLowerCase()} ${token}`;

  const accountOf = (token: string | undefined): Account | undefined =>
    token === undefined || revoked.has(token) ? undefined : ACCOUNTS.get(token);

  const stateOf = (repo: IndexedRepo, token: string): GateState =>
    gates.get(keyOf(repo.id, token)) ?? (LET_IN.includes(token) ? 'granted' : 'none');

  const gateFor = (repo: IndexedRepo, token: string | undefined): Gate | undefined => {
    if (token === undefined || !accountOf(token)) return 'login';
    const state = stateOf(repo, token);
    if (state === 'granted') return undefined;
    return state === 'pending' ? 'pending' : 'ask';
  };

  const canSee = (repo: IndexedRepo, token: string | undefined): boolean => {
    if (!repo.private) return true;
    const account = accountOf(token);
    const owner = NAMES.find((name) => repo.id.startsWith(`${name}/`));
    return owner === undefined ? account !== undefined && SEE_ALL.includes(token ?? '') : owner === account?.name;
  };

  return {
    accountOf,
    revoke: (token) => {
      revoked.add(token);
    },
    canSee,
    checkToken: (token) => {
      if (token !== undefined && !accountOf(token)) throw badToken();
    },
    checkVisible: (repo, token) => {
      if (repo && canSee(repo, token)) return repo;
      if (token === undefined) throw loginNeeded(hint());
      throw accountOf(token) ? repoMissing(hint()) : badToken();
    },
    checkFiles: (repo, token, isApi) => {
      if (repo.disabled) throw disabled(isApi);
      const gate = repo.gated === false ? undefined : gateFor(repo, token);
      if (gate) throw gated({ type: repo.repo.type, id: repo.id, page: pageOf(repo) }, gate, isApi);
    },
    accounts: () =>
      new Map([...ACCOUNTS].map(([token, { name }]) => [name, { token, isAccepted: !revoked.has(token) }])),
    revokeAll: (account) => {
      for (const [token, { name }] of ACCOUNTS) if (name === account) revoked.add(token);
    },
    gatesOf: (repo) => new Map([...ACCOUNTS].map(([token, { name }]) => [name, stateOf(repo, token)])),
    accept: (repo, account) => {
      for (const [token, { name }] of ACCOUNTS) {
        if (name !== account) continue;
        const isLetIn = repo.gated === 'auto' || stateOf(repo, token) !== 'none';
        gates.set(keyOf(repo.id, token), isLetIn ? 'granted' : 'pending');
      }
    },
    setGate: (id, token, state) => {
      gates.set(keyOf(id, token), state);
    },
  };
};
