import type { DownloadSession } from '../../domain/session.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';

type Counts = Pick<DownloadSession, 'activeMs' | 'receivedBytes'> & Partial<Pick<DownloadSession, 'status'>>;

/** Less is no time worth telling, and no basis for a speed. */
const LEAST_MS = 1000;
/** Of less the time is that of asking for it: a speed would look like a broken line. */
const LEAST_BYTES = 1_000_000;
/** What was fetched and what is there are the same, up to this share: headers, a range fetched twice. */
const TOLERANCE = 0.01;

/** What was fetched, and in which time; undefined if that is not worth telling. */
const speedOf = (session: Counts | undefined): { readonly fetched: number; readonly activeMs: number } | undefined => {
  const fetched = session?.receivedBytes ?? 0;
  const activeMs = session?.activeMs ?? 0;
  return activeMs < LEAST_MS || fetched <= 0 ? undefined : { fetched, activeMs };
};

/**
 * How large a complete download is, and how long it took: the time is that of the bytes that are named with it. Part of
 * it may have been here before, or was not counted because the program was killed.
 */
export const sizeAndTime = (sizeBytes: number, session: Counts | undefined): string => {
  const size = formatBytes(sizeBytes);
  const speed = speedOf(session);
  const took = speed ? ` in ${formatDuration(speed.activeMs)}` : '';
  const fetched = session?.receivedBytes ?? 0;
  if (fetched <= 0 && sizeBytes > 0 && session?.status === 'completed') return `${size} · was on the disk already`;
  const isAll = fetched <= 0 || Math.abs(fetched - sizeBytes) <= sizeBytes * TOLERANCE;
  return `${size}${isAll ? '' : ` · ${formatBytes(fetched)} fetched`}${took}`;
};

/** The same with the mean speed of what was fetched, and where the rest was from. */
export const totalsText = (sizeBytes: number, session: Counts | undefined): string => {
  const speed = speedOf(session);
  const mean =
    speed && speed.fetched >= LEAST_BYTES
      ? ` · ${formatBytes((speed.fetched / speed.activeMs) * 1000)}/s on average`
      : '';
  const fetched = session?.receivedBytes ?? 0;
  const rest = fetched > 0 && fetched < sizeBytes * (1 - TOLERANCE) ? ' · the rest was on the disk' : '';
  return `${sizeAndTime(sizeBytes, session)}${mean}${rest}`;
};

/** How often something was, or may be, tried again. */
export const retriesText = (amount: number): string => `${amount} ${amount === 1 ? 'retry' : 'retries'}`;
