/* sources/huggingface: the Hub's API, and nothing else knows it; the token goes to its own origin only. */

import type { Clock } from '../../lib/clock.ts';
import type { PersonalQuestions, Questions, Source } from '../port.ts';
import { type Budget, createBudget, leavingSome } from './budget.ts';
import { commits, head } from './branches.ts';
import { createHttp, type Http, type HttpOptions } from './http.ts';
import { inspect } from './inspect.ts';
import { findingIn, locate } from './locate.ts';
import { readText } from './read-text.ts';
import { search } from './search.ts';
import { namedBySpace } from './space.ts';
import { createTerms } from './storage/terms.ts';
import { createTokenStanding, type TokenStanding } from './token-standing.ts';
import { whoAmI } from './who-am-i.ts';

export interface HubOptions {
  /** `https://huggingface.co`, a mirror or the sample hub. */
  readonly endpoint: string;
  /** Goes to the endpoint's own origin and nowhere else. Any form is taken, not only `hf_…`. */
  readonly token?: string | undefined;
  /** Called when the Hub has said whether it accepts the token, which is asked when an answer lets doubt it. Must not throw. */
  readonly heardOfToken?: ((isRefused: boolean) => void) | undefined;
  readonly userAgent: string;
  /** For one request with its whole answer; 30 s if not given. */
  readonly timeoutMs?: number | undefined;
  /** Told of each question that was asked. Must not throw. */
  readonly onRequest?: HttpOptions['onRequest'];
  readonly clock: Clock;
  /** Longer lists of files are refused; 200,000 if not given. */
  readonly filesMost?: number | undefined;
}

const TIMEOUT_MS = 30_000;
/** A list costs about 200 bytes a file in memory and a row a file in the database. */
const FILES_MOST = 200_000;

const questionsTo = (http: Http, filesMost: number, clock: Clock): Questions => ({
  inspect: (ref, signal, keeps) => inspect(http, ref, signal, { filesMost, keeps }),
  locate: (file, signal, ask) => locate(http, file, signal, ask),
  findingIn: (repo) => findingIn(http, repo),
  terms: createTerms({ http, clock }),
  readText: (file, signal) => readText(http, file, signal),
  head: (ref, signal) => head(http, ref, signal),
  commits: (ref, known, signal) => commits(http, ref, known, signal),
  search: (query, signal) => search(http, query, signal),
  namedBySpace: (id, signal) => namedBySpace(http, id, signal),
  repoUrl: http.repoUrl,
});

/** Of the machine's own token. */
const standingOf = (http: Http, clock: Clock, heard: HubOptions['heardOfToken']): TokenStanding =>
  createTokenStanding({ whoAmI: (signal) => whoAmI(http, signal), clock, heard });

/** Tokens of so many people are remembered, with what the Hub still allows each of their accounts. */
const PEOPLE_MOST = 100;

export interface Hub extends Source {
  /** What the Hub still allows the machine's own token, or the machine without one. */
  readonly budgetLeft: Budget['left'];
}

/** The Hub as hubgram sees it. No request is repeated here: whoever asks knows better when to ask again. */
export const createHub = ({ timeoutMs = TIMEOUT_MS, filesMost = FILES_MOST, ...given }: HubOptions): Hub => {
  const { heardOfToken, token: machines, ...options } = given;
  const budget = createBudget(options.clock);
  const plain = { ...options, timeoutMs, token: machines };
  const standing = machines?.trim() ? standingOf(createHttp(plain, budget), options.clock, heardOfToken) : undefined;
  const people = new Map<string, PersonalQuestions>();
  const meet = (token: string): PersonalQuestions => {
    const http = createHttp({ ...options, token, isPersonal: true, timeoutMs }, createBudget(options.clock));
    const questions = {
      ...questionsTo(http, filesMost, options.clock),
      whoAmI: (signal: AbortSignal) => whoAmI(http, signal),
    };
    if (people.size >= PEOPLE_MOST) people.clear();
    people.set(token, questions);
    return questions;
  };
  return {
    ...questionsTo(createHttp({ ...plain, standing }, budget), filesMost, options.clock),
    budgetLeft: budget.left,
    asPerson: (token) => people.get(token) ?? meet(token),
    inBackground: questionsTo(createHttp({ ...plain, standing }, leavingSome(budget)), filesMost, options.clock),
  };
};
