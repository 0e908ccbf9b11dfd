import type { IncomingHttpHeaders } from 'node:http';

/** One request, as it was and as it went. */
export interface RequestRecord {
  readonly host: 'hub' | 'cdn' | 'cas';
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** `org/name/file` where a file is meant. */
  readonly file: string | undefined;
  /** What the Range header says. */
  readonly range: string | undefined;
  /** HTTP status; 0 as long as there is no answer, and if there never was one. */
  readonly status: number;
  /** Bytes of the body that have left the hub so far. */
  readonly bytesSent: number;
  /** The answer has ended or the connection has broken. */
  readonly done: boolean;
}

export type OpenRecord = { -readonly [K in keyof RequestRecord]: RequestRecord[K] };

export interface RequestLog {
  readonly records: readonly RequestRecord[];
  /** A new record; `touch` after each change to it. */
  readonly open: (record: OpenRecord) => void;
  readonly touch: (record: RequestRecord) => void;
  /** @returns ends the subscription */
  readonly subscribe: (listener: (record: RequestRecord) => void) => () => void;
  /** The first record, past or future, at any moment of its course, for which this holds. */
  readonly waitFor: (predicate: (record: RequestRecord) => boolean, timeoutMs?: number) => Promise<RequestRecord>;
}

const LONGEST_WAIT_MS = 60_000;

const describe = (records: readonly RequestRecord[]): string =>
  records
    .slice(-20)
    .map((each) => `${each.host} ${each.method} ${each.path} ${each.range ?? ''} ${each.status} ${each.bytesSent} B`)
    .join('\n');

/** @param most so many are kept at least, and twice as many at most; all of them if not given */
export const createRequestLog = (most = Number.POSITIVE_INFINITY): RequestLog => {
  const records: RequestRecord[] = [];
  const listeners = new Set<(record: RequestRecord) => void>();
  const touch = (record: RequestRecord): void => {
    for (const listener of listeners) listener(record);
  };
  const subscribe = (listener: (record: RequestRecord) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  return {
    records,
    touch,
    subscribe,
    open: (record) => {
      records.push(record);
      if (records.length > 2 * most) records.splice(0, most);
      touch(record);
    },
    waitFor: (predicate, timeoutMs = LONGEST_WAIT_MS) =>
      new Promise((resolve, reject) => {
        const past = records.find(predicate);
        if (past) return resolve(past);
        const timer = setTimeout(() => {
          unsubscribe();
          reject(new Error(`No such request within ${timeoutMs} ms. The last ones were:\n${describe(records)}`));
        }, timeoutMs);
        const unsubscribe = subscribe((record) => {
          if (!predicate(record)) return;
          clearTimeout(timer);
          unsubscribe();
          resolve(record);
        });
        return undefined;
      }),
  };
};
