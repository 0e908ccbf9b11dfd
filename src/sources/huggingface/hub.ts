import type { Clock } from '../../lib/clock.ts';
import type { Source } from '../port.ts';
import { createHttp } from './http.ts';
import { inspect } from './inspect.ts';
import { locate } from './locate.ts';
import { search } from './search.ts';

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

const TIMEOUT_MS = 30_000;
/** A list costs about 200 bytes a file in memory and a row a file in the database. */
const FILES_MOST = 200_000;

/** The Hub as hubgram sees it. No request is repeated here: whoever asks knows better when to ask again. */
export const createHub = (options: HubOptions): Source => {
  const http = createHttp({ ...options, timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
  return {
    inspect: (ref, signal, keeps) => inspect(http, ref, signal, { filesMost: options.filesMost ?? FILES_MOST, keeps }),
    locate: (file, signal, ask) => locate(http, file, signal, ask),
    search: (query, signal) => search(http, query, signal),
    repoUrl: http.repoUrl,
  };
};
