/** What both sides get, and what they answer. */

/** Half of all chats are here: they open at the same moment. */
const HOME = 'UTC';
const ELSEWHERE = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Adelaide',
  'Asia/Tokyo',
  'America/Sao_Paulo',
  'Asia/Beirut',
] as const;

/** All have a window from 23:00 to 07:00, in a zone each. */
export const zoneOf = (index: number): string =>
  index % 2 === 0 ? HOME : (ELSEWHERE[((index - 1) / 2) % ELSEWHERE.length] ?? HOME);

export interface Load {
  readonly chats: number;
  /** How long to watch it do nothing. */
  readonly seconds: number;
}

export interface Answer {
  readonly startMs: number;
  readonly rssBytes: number;
  readonly addedBytes: number;
  /** Milliseconds of CPU for each second of waiting. */
  readonly idleCpuMs: number;
  readonly rows: readonly (readonly [what: string, value: string])[];
}

/** Garbage does not count: the process must have been started with --expose-gc. */
export const memory = (): number => {
  globalThis.gc?.();
  return process.memoryUsage.rss();
};

/** CPU while nothing is due, in milliseconds for each second. */
export const idleCpu = async (seconds: number, wait: (ms: number) => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  await wait(seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / seconds;
};
