import type { Config } from '../../config/config.ts';
import type { WallClock } from '../../lib/clock.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import type { QueueFigures, Report } from './report.ts';
import { type Asked, askReport } from './report-socket.ts';
import { findRunning, type Kill, type Running } from './running.ts';

export interface StatusOptions {
  readonly asJson: boolean;
  readonly kill: Kill;
  readonly clock: WallClock;
  /** What stands behind a command that is for the same hubgram: ` --playground`. */
  readonly same?: string;
  /** How long it may take to answer; 5 s if not given. */
  readonly patienceMs?: number;
}

export interface Status {
  /** What is printed. */
  readonly text: string;
  readonly is: 'well' | 'unwell' | 'not running';
}

const PATIENCE_MS = 5000;

/** What the queue does, in a line: `3 downloading at 41 MB/s, 12 waiting`. */
export const queueLine = ({ downloading, waiting, paused, failed, bytesPerSecond, isHeld }: QueueFigures): string => {
  const speed = bytesPerSecond > 0 ? ` at ${formatBytes(bytesPerSecond)}/s` : '';
  const others = [
    [waiting, 'waiting'],
    [paused, 'paused'],
    [failed, 'failed'],
  ] as const;
  const parts = [
    ...(downloading > 0 ? [`${downloading} downloading${speed}`] : []),
    ...others.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])),
  ];
  const held = isHeld === true ? '; every download is held (/hold)' : '';
  return `${parts.join(', ') || 'nothing to do'}${held}`;
};

const healthLine = ({ username, health: { ok, checks } }: Report): string => {
  const bad = Object.entries(checks).flatMap(([name, check]) => (check.ok ? [] : [`${name}: ${check.message}`]));
  if (!ok) return `not well. ${bad.join(' ')}`;
  return username === undefined ? 'nothing else is wrong' : 'well';
};

const NO_OWNER =
  'nobody yet. Stop it; “npm start -- start --claim” prints a link that makes whoever opens it the owner';

const timeOf = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

const NOT_TOLD = {
  'no answer': (same: string) => `does not answer: it hangs. “npm start -- stop${same}” ends it if it still can`,
  'no socket': () =>
    'cannot be asked how it is: it has only begun to start, or the disk of its data folder knows no sockets, or the name of that folder is too long for one',
} as const;

const linesOf = (running: Running, asked: Asked, { clock, same = '' }: StatusOptions): string[] => {
  if (typeof asked === 'string') {
    const who = running.is === 'elsewhere' ? running.who : running.is === 'here' ? `process ${running.pid}` : '';
    return [`hubgram runs (${who}) and ${NOT_TOLD[asked](same)}.`];
  }
  const { version, pid, username, since, page, queue } = asked;
  const as =
    username === undefined
      ? 'runs; Telegram has not answered it yet, and nobody can write to it. “npm run doctor” looks why'
      : `runs as @${username}`;
  return [
    `hubgram ${version} ${as}.`,
    `Process:  ${running.is === 'here' ? pid : `${pid}, in another container or elsewhere`}, since ${timeOf(since)} (${formatDuration(clock.now() - Date.parse(since))})`,
    `Health:   ${healthLine(asked)}`,
    ...(queue === undefined ? [] : [`Queue:    ${queueLine(queue)}`]),
    ...(asked.hubSilentSince === undefined ? [] : [`Hub:      no answer since ${timeOf(asked.hubSilentSince)}`]),
    ...(asked.isOwned === false ? [`Owner:    ${NO_OWNER}`] : []),
    ...(page === undefined ? [] : [`Page:     ${page}`]),
  ];
};

/** How the hubgram of this data folder is, as people or programs read it. */
export const statusOf = async (config: Config, options: StatusOptions): Promise<Status> => {
  const { asJson, kill, patienceMs } = options;
  const running = findRunning(config, kill);
  if (running.is === 'none') {
    return { text: asJson ? JSON.stringify({ running: false }) : 'hubgram does not run.', is: 'not running' };
  }
  const asked = await askReport(config, patienceMs ?? PATIENCE_MS);
  // Nobody can write to it before Telegram has accepted its token.
  const isWell = typeof asked !== 'string' && asked.health.ok && asked.username !== undefined;
  const is = isWell ? 'well' : 'unwell';
  if (!asJson) return { text: linesOf(running, asked, options).join('\n'), is };
  const known = running.is === 'here' ? { pid: running.pid, since: running.since } : {};
  const told = typeof asked === 'string' ? {} : asked;
  return { text: JSON.stringify({ running: true, ok: isWell, ...known, ...told }), is };
};
