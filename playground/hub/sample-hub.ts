import { randomUUID } from 'node:crypto';
import { type WallClock, systemClock } from '../../src/lib/clock.ts';
import { createAccess, type GateState, SAMPLE_TOKENS } from './api/access.ts';
import { type Answer, Refusal } from './http/answer.ts';
import { cdnAnswer, findOnCdn } from './api/cdn.ts';
import { type CasOptions, createCas } from './cas/cas.ts';
import { createFaults, type Fault } from './faults.ts';
import type { HubParts } from './api/find-repo.ts';
import { publishVersion, timesPublished } from './api/repo-page.ts';
import { hubAnswer, tooMany } from './api/routes.ts';
import type { HubRequest } from './http/hub-request.ts';
import { bucketOf, createRateLimit, type LimitOptions } from './api/rate-limit.ts';
import { createRequestLog, type RequestRecord } from './http/request-log.ts';
import { hostileRepo, sampleRepos } from './samples/sample-repos.ts';
import type { SampleCommit, SampleRepo } from './repos/sample-repo.ts';
import { createHandler, type ServeOptions } from './http/serve.ts';
import { type Listener, startListener } from './http/server.ts';
import { createRepoIndex, headOf, type RepoChange } from './repos/repo-index.ts';
import { type Traffic, type TrafficKind, trafficOf } from './http/traffic.ts';
import { createSigning } from './api/signing.ts';

export type { Fault } from './faults.ts';
export { defineRepo } from './repos/sample-repo.ts';

export interface SampleHubOptions {
  /** Any free one by default. */
  readonly port?: number;
  readonly cdnPort?: number;
  /** Besides the built-in ones; one with the same id takes its place. */
  readonly repos?: readonly SampleRepo[];
  /** Also `sample/hostile`, whose list of files tries to leave the folder. */
  readonly hostile?: boolean;
  /** Of each connection; as fast as it goes by default. */
  readonly throttleBytesPerSecond?: number;
  /** Before each answer. */
  readonly latencyMs?: number;
  readonly limits?: LimitOptions;
  /** Says of a repository that is not there how to see which ones are: for people, where no other Hub can be reached. */
  readonly namesRepos?: boolean;
  /** How long a signed URL is good; an hour by default. */
  readonly urlLifetimeSeconds?: number;
  /** So many of the last requests are remembered; all of them by default. */
  readonly requestsKept?: number;
  readonly cas?: CasOptions;
  readonly clock?: WallClock;
}

type Host = RequestRecord['host'];

export interface SampleHub {
  /** What `HF_ENDPOINT` would be. */
  readonly url: string;
  /** Another origin; where the bytes of LFS files are. */
  readonly cdnUrl: string;
  /** A third one; where files that are stored by chunks are rebuilt. */
  readonly casUrl: string;
  readonly tokens: typeof SAMPLE_TOKENS;
  /** All requests so far, oldest first, or the last of them (`requestsKept`); a record changes while its answer is sent. */
  readonly requests: readonly RequestRecord[];
  /** Of bodies, all hosts together. */
  readonly bytesSent: () => number;
  /** Requests and bytes by what they were for, since the request with this number (0: since the start). */
  readonly traffic: (since?: number) => Readonly<Record<TrafficKind, Traffic>>;
  /** Called with each new record and after each change to one. @returns ends the subscription */
  readonly onRequest: (listener: (record: RequestRecord) => void) => () => void;
  /** The first request, past or to come, for which this holds at some moment; rejects after a minute or `timeoutMs`. */
  readonly waitForRequest: (
    predicate: (record: RequestRecord) => boolean,
    timeoutMs?: number,
  ) => Promise<RequestRecord>;
  readonly addRepo: (repo: SampleRepo) => void;
  /** @returns the head of the branch afterwards: a new commit if files changed. @throws if there is no such repository */
  readonly updateRepo: (id: string, change: RepoChange) => SampleCommit;
  readonly removeRepo: (id: string) => void;
  /** Does what the button on the page of a repository does that has several versions. @throws if there is no such repository */
  readonly publishNext: (id: string) => void;
  /** How often that was done, for each of them. */
  readonly timesPublished: () => Readonly<Record<string, number>>;
  /** The head of a branch (`main`) with all files and their hashes. @throws if there is none */
  readonly commitOf: (id: string, branch?: string) => SampleCommit;
  /** Resolves when a repository that is stored by chunks is so, with all its commits: its Xet hashes are told then. */
  readonly stored: (id: string) => Promise<void>;
  /** What the authors of a gated repository say to a token's account from now on. */
  readonly setGate: (id: string, token: string, state: GateState) => void;
  /** From now on a token is nobody's. */
  readonly revokeToken: (token: string) => void;
  /** @returns takes the fault back */
  readonly setFault: (fault: Fault) => () => void;
  readonly clearFaults: () => void;
  /** Every signed URL handed out so far is refused with 403 from now on. */
  readonly expireUrls: () => void;
  /** Refuses connections and breaks the open ones, until `bringUp`. All hosts unless one is named. */
  readonly takeDown: (host?: Host) => Promise<void>;
  readonly bringUp: (host?: Host) => Promise<void>;
  /** Breaks every connection and stops at once. */
  readonly close: () => Promise<void>;
}

const UNAUTHENTICATED =
  'unauthenticated; You are sending unauthenticated requests to the HF Hub. Please set a HF_TOKEN to enable higher rate limits and faster downloads.';

/** Puts on every answer what the Hub puts on every answer; counts it against the caller's quota first. */
const withEveryHeader = (
  count: ReturnType<typeof createRateLimit>,
  answer: (request: HubRequest) => Promise<Answer>,
): ((request: HubRequest) => Promise<Answer>) => {
  const inner = async (request: HubRequest): Promise<Answer> => {
    try {
      return await answer(request);
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      throw error;
    }
  };
  return async (request) => {
    const verdict = count(bucketOf(request.parts), request.token ?? 'anonymous');
    const given = verdict.isOver ? tooMany(verdict) : await inner(request);
    const headers = {
      'X-Powered-By': 'sample-hub',
      'X-Request-Id': `Root=1-${randomUUID()}`,
      ...(request.token === undefined && { 'X-HF-Warning': UNAUTHENTICATED }),
      ...verdict.headers,
      ...given.headers,
    };
    return { ...given, headers };
  };
};

/** `org/name/file` of a Hub request that names a file. */
const placeInPath = ({ parts }: HubRequest): readonly string[] => {
  const isCache = parts[1] === 'resolve-cache';
  const named = isCache ? parts.slice(3) : parts.slice(parts[0] === 'datasets' ? 1 : 0);
  const at = isCache ? named.findIndex((part) => /^[0-9a-f]{40}$/.test(part)) : named.indexOf('resolve');
  if (at < 1) return [];
  return [[...named.slice(0, at), ...named.slice(at + (isCache ? 1 : 2))].join('/')];
};

/** Opens a port for each host; none stays open if one cannot be opened. */
const startListeners = async (
  handlers: Readonly<Record<Host, ServeOptions>>,
  ports: Partial<Record<Host, number | undefined>>,
): Promise<Record<Host, Listener>> => {
  const started: Listener[] = [];
  const start = async (host: Host): Promise<Listener> => {
    const listener = await startListener(ports[host] ?? 0, createHandler(handlers[host]));
    started.push(listener);
    return listener;
  };
  try {
    return { hub: await start('hub'), cas: await start('cas'), cdn: await start('cdn') };
  } catch (error) {
    await Promise.all(started.map((listener) => listener.close()));
    throw error;
  }
};

/** What each host answers, and which files it is asked for. */
const handlersOf = (
  parts: HubParts,
  count: ReturnType<typeof createRateLimit>,
  common: Omit<ServeOptions, 'host' | 'placesOf' | 'answer'>,
): Readonly<Record<Host, ServeOptions>> => {
  const { repos, cas } = parts;
  return {
    hub: {
      ...common,
      host: 'hub',
      placesOf: placeInPath,
      answer: withEveryHeader(count, (request) => hubAnswer(parts, request)),
    },
    cas: { ...common, host: 'cas', placesOf: ({ parts: [, , hash = ''] }) => repos.placesOf(hash), answer: cas.answer },
    cdn: {
      ...common,
      host: 'cdn',
      placesOf: (request) => findOnCdn(repos, request)?.places ?? [],
      answer: (request) => cdnAnswer(parts, request),
    },
  };
};

/** Starts a Hub, its CAS and its CDN on 127.0.0.1, on three ports: three origins, as in the world outside. */
export const startSampleHub = async (options: SampleHubOptions = {}): Promise<SampleHub> => {
  const { clock = systemClock } = options;
  const repos = createRepoIndex();
  const extra = options.hostile ? [hostileRepo()] : [];
  for (const repo of [...sampleRepos(), ...extra, ...(options.repos ?? [])]) repos.put(repo);
  const log = createRequestLog(options.requestsKept);
  const faults = createFaults();
  const signing = createSigning(clock, options.urlLifetimeSeconds ?? 3600);
  const count = createRateLimit(options.limits ?? {}, clock);
  const access = createAccess(
    (repo) => `${listeners.hub.origin()}/${repo.repo.type === 'dataset' ? 'datasets/' : ''}${repo.id}`,
    () => (options.namesRepos ? ' This is a sample Hub: /search shows what it has, such as sample/tiny-llama.' : ''),
  );
  const cas = createCas({ clock, signing, cdnOrigin: () => listeners.cdn.origin(), options: options.cas ?? {} });
  const parts: HubParts = {
    repos,
    access,
    signing,
    cas,
    origin: () => listeners.hub.origin(),
    casOrigin: () => listeners.cas.origin(),
    cdnOrigin: () => listeners.cdn.origin(),
  };
  const common = { log, faults, latencyMs: options.latencyMs ?? 0, bytesPerSecond: options.throttleBytesPerSecond };

  const handlers = handlersOf(parts, count, common);
  const listeners = await startListeners(handlers, { hub: options.port, cdn: options.cdnPort });
  const chosen = (host?: Host): Listener[] => (host ? [listeners[host]] : Object.values(listeners));
  const takeDown = async (host?: Host): Promise<void> => {
    await Promise.all(chosen(host).map((listener) => listener.takeDown()));
  };

  return {
    url: listeners.hub.origin(),
    cdnUrl: listeners.cdn.origin(),
    casUrl: listeners.cas.origin(),
    tokens: SAMPLE_TOKENS,
    requests: log.records,
    bytesSent: () => log.records.reduce((sum, record) => sum + record.bytesSent, 0),
    traffic: (since = 0) => trafficOf(log.records.slice(since)),
    onRequest: log.subscribe,
    waitForRequest: log.waitFor,
    addRepo: repos.put,
    updateRepo: repos.change,
    removeRepo: repos.remove,
    publishNext: (id) => void publishVersion(parts, repos.get(id)),
    timesPublished: () => timesPublished(parts),
    commitOf: (id, branch) => headOf(repos.get(id), branch),
    stored: (id) => cas.ready(repos.get(id)),
    setGate: access.setGate,
    revokeToken: access.revoke,
    setFault: faults.set,
    clearFaults: faults.clear,
    expireUrls: signing.expireAll,
    takeDown,
    bringUp: async (host) => {
      await Promise.all(chosen(host).map((listener) => listener.bringUp()));
    },
    close: async () => {
      await Promise.all(Object.values(listeners).map((listener) => listener.close()));
    },
  };
};
