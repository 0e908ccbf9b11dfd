import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { get, type Got } from '../../lib/net/get.ts';
import type { Header } from '../../lib/net/rate-headers.ts';
import { shorten } from '../../lib/text/shorten.ts';
import type { Ask, HeadAnswer } from '../port.ts';
import { type Budget, type Kind, kindOf } from './budget.ts';
import { type Circumstances, type Subject, tooMany } from './errors.ts';
import type { TokenStanding } from './token-standing.ts';
import { unreachable } from '../../domain/failures/network-failure.ts';

export interface HttpOptions {
  readonly endpoint: string;
  readonly token?: string | undefined;
  /** What is known of it; believed to be accepted without. */
  readonly standing?: TokenStanding | undefined;
  /** It is the token of a person. */
  readonly isPersonal?: boolean | undefined;
  readonly userAgent: string;
  /** For one request with its whole answer; not for those that somebody else makes (`Ask`). */
  readonly timeoutMs: number;
  /** Told of each question. Must not throw. */
  readonly onRequest?: ((request: HubRequest) => void) | undefined;
  readonly clock: Clock;
}

/** A question to the Hub, for who counts them. */
export interface HubRequest {
  readonly kind: Kind;
  /** `held_back`: it was not made, since what the Hub allows is used up. */
  readonly outcome: 'ok' | 'refused' | 'too_many_requests' | 'server_error' | 'no_answer' | 'held_back';
}

/** What has become of a question, by the status of its answer. */
export const outcomeOf = (status: number): HubRequest['outcome'] => {
  if (status < 400) return 'ok';
  if (status === 429) return 'too_many_requests';
  return status >= 500 ? 'server_error' : 'refused';
};

/** What a request belongs to. */
export interface Call {
  readonly subject: Subject;
  readonly signal: AbortSignal;
  /** How to make it, where only the head matters: whoever fetches from the Hub has connections to it. */
  readonly ask?: Ask | undefined;
}

/** Requests to one Hub. The token goes to the endpoint's own origin, and nothing else is ever contacted from here. */
export interface Http {
  /** Where the Hub is, without a slash at the end. */
  readonly endpoint: string;
  readonly host: string;
  /** Who asks, as every request says it. */
  readonly userAgent: string;
  readonly circumstances: (subject: Subject) => Circumstances;
  readonly repoUrl: (subject: Pick<Subject, 'type' | 'id'>) => string;
  /** Headers that prove who we are; empty for any other place than the Hub itself. */
  readonly credentials: (url: URL) => Readonly<Record<string, string>>;
  /**
   * One request to the Hub, no redirect followed.
   * @throws AppError: no answer, the URL is not the Hub's, or rate_limited without asking: what the Hub allows is used up
   */
  readonly request: (url: URL, call: Call, headers: Readonly<Record<string, string>>) => Promise<Got>;
  /** The same, for what only the head of the answer says. */
  readonly askForHead: (url: URL, call: Call, headers: Readonly<Record<string, string>>) => Promise<HeadAnswer>;
  /** Before a request to the Hub that somebody else makes. @returns false: the Hub allows none for now */
  readonly begin: (url: Pick<URL, 'pathname'>) => boolean;
  /** After it. @param header of the answer; none: no answer came */
  readonly end: (url: Pick<URL, 'pathname'>, outcome: HubRequest['outcome'] | undefined, header?: Header) => void;
  /** What the last answer led to does not lie on the Hub: no further request will count. */
  readonly spare: (url: Pick<URL, 'pathname'>) => void;
  /** What an error means that came while an answer was read: the caller's reason if the caller gave up. */
  readonly failure: (error: unknown, signal: AbortSignal) => unknown;
}

/** @throws AppError('validation') for a token that cannot stand in a header: `fetch` would put it into its message */
const readToken = (token: string | undefined): string | undefined => {
  const trimmed = token?.trim();
  if (trimmed && !/^[\x21-\x7e]+$/.test(trimmed)) {
    throw new AppError(
      'validation',
      'HF_TOKEN holds characters that no token has. It looks like hf_ and letters and digits.',
    );
  }
  return trimmed || undefined;
};

/** What every request has to pass. */
interface Gate {
  readonly origin: string;
  readonly host: string;
  readonly hasToken: () => boolean;
  readonly budget: Budget;
  readonly failure: Http['failure'];
  readonly tell: (url: Pick<URL, 'pathname'>, outcome: HubRequest['outcome']) => void;
}

/** Makes a request if it goes to the Hub and the Hub allows it, and counts it. */
const counted = async <T>(
  gate: Gate,
  url: URL,
  signal: AbortSignal,
  make: () => Promise<{ readonly answer: T; readonly status: number; readonly header: Header }>,
): Promise<T> => {
  const { origin, host, budget, tell } = gate;
  if (url.origin !== origin) {
    throw new AppError(
      'integrity',
      `${host} sent us on to ${url.host || shorten(url.protocol, 20)} with a question for itself. That was not followed.`,
    );
  }
  const waitMs = budget.take(url);
  if (waitMs !== undefined) {
    tell(url, 'held_back');
    throw tooMany({ retryAfterMs: waitMs }, { host, hasToken: gate.hasToken() });
  }
  let header: Header | undefined;
  try {
    const made = await make();
    header = made.header;
    tell(url, outcomeOf(made.status));
    return made.answer;
  } catch (error) {
    if (!signal.aborted) tell(url, 'no_answer');
    throw gate.failure(error, signal);
  } finally {
    budget.answered(url, header);
  }
};

/** The same for who makes requests to the Hub himself. */
const halvesOf = ({ budget, tell }: Gate): Pick<Http, 'begin' | 'end'> => ({
  begin: (url) => budget.take(url) === undefined,
  end: (url, outcome, header) => {
    if (outcome) tell(url, outcome);
    budget.answered(url, header);
  },
});

/** A 401 may be the token's, and who stands before a gate wants to be told whose token it is. */
const isDoubtful = ({ status, header }: HeadAnswer, standing: TokenStanding): boolean =>
  status === 401 || (status === 403 && header('x-error-code') === 'GatedRepo' && standing.account() === undefined);

/** Makes a request, and once more if its answer leads to another belief about the token. */
const doubting = async <T extends HeadAnswer>(
  standing: TokenStanding | undefined,
  signal: AbortSignal,
  make: () => Promise<T>,
): Promise<T> => {
  const before = standing?.isRefused();
  const answer = await make();
  if (!standing || !isDoubtful(answer, standing)) return answer;
  await standing.ask(signal, answer.status === 401);
  if (standing.isRefused() === before) return answer;
  answer.discard();
  return make();
};

/** Requests to the Hub, by its limits and with the token where that may go. */
export const createHttp = (options: HttpOptions, budget: Budget): Http => {
  const endpoint = options.endpoint.replace(/\/+$/, '');
  const { origin, host } = new URL(endpoint);
  const token = readToken(options.token);
  const { standing } = options;
  const isUsed = (): boolean => token !== undefined && standing?.isRefused() !== true;

  const repoUrl: Http['repoUrl'] = ({ type, id }) => `${endpoint}/${type === 'dataset' ? 'datasets/' : ''}${id}`;

  const credentials: Http['credentials'] = (url) =>
    isUsed() && url.origin === origin ? { authorization: `Bearer ${token}` } : {};

  const failure: Http['failure'] = (error, signal) => {
    if (signal.aborted) return signal.reason;
    return error instanceof AppError ? error : unreachable(error, host);
  };

  const send = (url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Got> =>
    get(url, headers, AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]));
  const tell: Gate['tell'] = (url, outcome) => options.onRequest?.({ kind: kindOf(url), outcome });
  const gate: Gate = { origin, host, hasToken: isUsed, budget, failure, tell };
  const ownHeaders = (url: URL): Record<string, string> => ({ 'user-agent': options.userAgent, ...credentials(url) });

  return {
    endpoint,
    host,
    userAgent: options.userAgent,
    repoUrl,
    credentials,
    failure,
    spare: budget.spare,
    ...halvesOf(gate),
    circumstances: (subject) => ({
      host,
      hub: endpoint,
      page: repoUrl(subject),
      hasToken: isUsed(),
      isRefused: standing?.isRefused() === true,
      account: standing?.account(),
      isPersonal: options.isPersonal,
      now: options.clock.now(),
    }),
    request: (url, { signal }, headers) =>
      doubting(standing, signal, () =>
        counted(gate, url, signal, async () => {
          const answer = await send(url, { ...headers, ...ownHeaders(url) }, signal);
          return { answer, status: answer.status, header: answer.header };
        }),
      ),
    askForHead: (url, { signal, ask = send }, headers) =>
      doubting(standing, signal, () =>
        counted(gate, url, signal, async () => {
          const answer = await ask(url, { ...headers, ...ownHeaders(url) }, signal);
          return { answer, status: answer.status, header: answer.header };
        }),
      ),
  };
};
