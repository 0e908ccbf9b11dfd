import type { WallClock } from '../../../src/lib/clock.ts';
import type { Headers } from '../http/answer.ts';

/** The Hub counts three kinds of requests apart (hub-docs `rate-limits.md`). */
export type Bucket = 'api' | 'resolvers' | 'pages';

export interface LimitOptions {
  /** Requests per window and caller, for instance `{ api: 3 }`; buckets left out have the anonymous visitor's. */
  readonly quotas?: Partial<Readonly<Record<Bucket, number>>>;
  readonly windowSeconds?: number;
  /** Off by default: the headers count down, but a used-up quota begins anew instead of refusing. */
  readonly enforced?: boolean;
}

export interface Verdict {
  readonly isOver: boolean;
  readonly headers: Headers;
  readonly quota: number;
  readonly bucket: Bucket;
}

const ANONYMOUS: Readonly<Record<Bucket, number>> = { api: 500, resolvers: 3000, pages: 100 };

export const bucketOf = (parts: readonly string[]): Bucket => {
  if (parts[0] === 'api') return parts[1] === 'resolve-cache' ? 'resolvers' : 'api';
  return parts.includes('resolve') || parts.includes('raw') ? 'resolvers' : 'pages';
};

const policyHeader = (bucket: Bucket, quota: number, seconds: number): string =>
  `"fixed window";"${bucket}";q=${quota};w=${seconds}`;

/** Counts one request of a caller; every answer carries the result, refusals and redirects too. */
export const createRateLimit = (
  options: LimitOptions,
  clock: WallClock,
): ((bucket: Bucket, caller: string) => Verdict) => {
  const { quotas = {}, windowSeconds = 300, enforced = false } = options;
  const windows = new Map<string, { used: number; endsAt: number }>();

  return (bucket, caller) => {
    const quota = quotas[bucket] ?? ANONYMOUS[bucket];
    const key = `${bucket} ${caller}`;
    const now = clock.now();
    const running = windows.get(key);
    const isSpent = running !== undefined && running.used >= quota - 1;
    const window =
      running && now < running.endsAt && (enforced || !isSpent)
        ? running
        : { used: 0, endsAt: now + windowSeconds * 1000 };
    windows.set(key, window);
    const isOver = enforced && window.used >= quota;
    window.used += 1;
    const left = Math.max(0, quota - window.used);
    const seconds = Math.max(1, Math.ceil((window.endsAt - now) / 1000));
    return {
      isOver,
      quota,
      bucket,
      headers: {
        RateLimit: `"${bucket}";r=${left};t=${seconds}`,
        'RateLimit-Policy': policyHeader(bucket, quota, windowSeconds),
      },
    };
  };
};
