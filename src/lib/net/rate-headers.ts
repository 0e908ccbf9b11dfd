/** An answer's header by its name in lower case. */
export type Header = (name: string) => string | undefined;

/** A window in which so many requests are allowed. */
export interface RateWindow {
  /** Requests that are left. */
  readonly left: number;
  /** Until it ends: whole seconds, and one more to be surely past it, as huggingface_hub waits. */
  readonly endsInMs: number;
}

/** Longer waits than this are not believed; the Hub's own windows are five minutes. */
const MOST_MS = 60 * 60_000;

/** The windows of `RateLimit: "api";r=12;t=55` (IETF draft, as the Hub sends it). */
export const rateWindows = (header: Header): readonly RateWindow[] =>
  [...(header('ratelimit') ?? '').matchAll(/(?:^|,)[^,;]*;\s*r=(\d{1,9})\s*;\s*t=(\d{1,9})/g)].map(
    ([, left, seconds]) => ({ left: Number(left), endsInMs: Math.min(MOST_MS, (Number(seconds) + 1) * 1000) }),
  );

/**
 * How long the other side asks to stay away, in milliseconds, at most an hour: the end of a used-up window, or
 * `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), which is one of its own clock, as is the answer's `Date`.
 * @param now epoch milliseconds, for an answer without a date
 * @returns undefined if the answer does not say
 */
export const retryAfterMs = (header: Header, now: number): number | undefined => {
  const spent = rateWindows(header).filter(({ left }) => left === 0);
  if (spent.length > 0) return Math.max(...spent.map(({ endsInMs }) => endsInMs));
  const after = header('retry-after')?.trim();
  if (after === undefined) return undefined;
  const said = Date.parse(header('date') ?? '');
  const waitMs = /^\d{1,9}$/.test(after) ? Number(after) * 1000 : Date.parse(after) - (Number.isNaN(said) ? now : said);
  return Number.isFinite(waitMs) ? Math.min(MOST_MS, Math.max(0, waitMs)) : undefined;
};
