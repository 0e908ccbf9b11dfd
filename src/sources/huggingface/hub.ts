import type { RepoListing } from '../../domain/listing.ts';
import type { RepoRef } from '../../domain/repo.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Ask, createHttp } from './http.ts';
import { inspect } from './inspect.ts';
import { search, type SearchQuery } from './search.ts';
import { locate, type LocatedFile, type LocateRequest } from './locate.ts';

export type { LocatedFile, LocateRequest } from './locate.ts';

export interface HubOptions {
  /** `https://huggingface.co`, a mirror or the sample hub. */
  readonly endpoint: string;
  /** Goes to the endpoint's own origin and nowhere else. Any form is taken, not only `hf_…`. */
  readonly token?: string | undefined;
  readonly userAgent: string;
  /** For one request with its whole answer; 30 s if not given. */
  readonly timeoutMs?: number | undefined;
  readonly clock: Clock;
  /** Longer lists of files are refused; 200,000 if not given. */
  readonly filesMost?: number | undefined;
}

export interface Hub {
  /**
   * Pins the commit of a repository and lists its files at it, paths checked.
   * @param keeps what of the files is asked for: a list that is too long is cut to these; a shorter one is given whole
   * @throws AppError validation: too many files; not_found, gated, forbidden, rate_limited (with `retryAfterMs`), unavailable, connection, integrity;
   * the signal's reason if it aborts
   */
  readonly inspect: (ref: RepoRef, signal: AbortSignal, keeps?: (path: string) => boolean) => Promise<RepoListing>;
  /**
   * Where the bytes of one file can be had right now; the URL may expire.
   * @param ask how to make the requests; without it, with connections of its own
   * @throws AppError as `inspect`; gone: the commit or the file is not there any more; changed: the Hub answered for
   * another commit
   */
  readonly locate: (file: LocateRequest, signal: AbortSignal, ask?: Ask) => Promise<LocatedFile>;
  /** Ids that the Hub's own search finds. @throws AppError as `inspect` */
  readonly search: (query: SearchQuery, signal: AbortSignal) => Promise<string[]>;
  /** The repository's page, for a person to open. */
  readonly repoUrl: (ref: Pick<RepoRef, 'type' | 'id'>) => string;
}

const TIMEOUT_MS = 30_000;
/** A list costs about 200 bytes a file in memory and a row a file in the database. */
const FILES_MOST = 200_000;

/** The Hub as hubgram sees it. No request is repeated here: whoever asks knows better when to ask again. */
export const createHub = (options: HubOptions): Hub => {
  const http = createHttp({ ...options, timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
  return {
    inspect: (ref, signal, keeps) => inspect(http, ref, signal, { filesMost: options.filesMost ?? FILES_MOST, keeps }),
    locate: (file, signal, ask) => locate(http, file, signal, ask),
    search: (query, signal) => search(http, query, signal),
    repoUrl: http.repoUrl,
  };
};
