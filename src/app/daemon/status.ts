import type { Config } from '../../config/config.ts';
import type { WallClock } from '../../lib/clock.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import type { QueueFigures, Report } from './report.ts';
import { askReport } from './report-socket.ts';
import { findRunning, type Kill, type Running } from './running.ts';

export interface StatusOptions {
  readonly asJson: boolean;
  readonly kill: Kill;
  readonly clock: WallClock;
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
export const queueLine = ({ downloading, waiting, paused, failed, bytesPerSecond }: QueueFigures): string => {
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
  return parts.join(', ') || 'nothing to do';
};

const healthLine = ({ ok, checks }: Report['health']): string => {
  const bad = Object.entries(checks).flatMap(([name, check]) => (check.ok ? [] : [`${name}: ${check.message}`]));
  return ok ? 'well' : `not well. ${bad.join(' ')}`;
};

const timeOf = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

const linesOf = (running: Running, report: Report | undefined, clock: WallClock): string[] => {
  const pid = running.is === 'here' ? `process ${running.pid}` : 'not in reach from here';
  if (report === undefined) {
    const who = running.is === 'elsewhere' ? running.who : pid;
    return [`hubgram runs (${who}) and does not tell how it is: it hangs, or has only begun to start.`];
  }
  const { version, username, since, page, health, queue } = report;
  const as = username === undefined ? 'runs; Telegram has not accepted its token yet' : `runs as @${username}`;
  return [
    `hubgram ${version} ${as}.`,
    `Process:  ${running.is === 'here' ? running.pid : `${report.pid}, elsewhere`}, since ${timeOf(since)} (${formatDuration(clock.now() - Date.parse(since))})`,
    `Health:   ${healthLine(health)}`,
    ...(queue === undefined ? [] : [`Queue:    ${queueLine(queue)}`]),
    ...(page === undefined ? [] : [`Page:     ${page}`]),
  ];
};

/** How the hubgram of this data folder is, as people or programs read it. */
export const statusOf = async (config: Config, { asJson, kill, clock, patienceMs }: StatusOptions): Promise<Status> => {
  const running = findRunning(config, kill);
  if (running.is === 'none') {
    return { text: asJson ? JSON.stringify({ running: false }) : 'hubgram does not run.', is: 'not running' };
  }
  const report = await askReport(config, patienceMs ?? PATIENCE_MS);
  // Nobody can write to it before Telegram has accepted its token.
  const is = report?.health.ok === true && report.username !== undefined ? 'well' : 'unwell';
  if (!asJson) return { text: linesOf(running, report, clock).join('\n'), is };
  const pid = running.is === 'here' ? { pid: running.pid, since: running.since } : {};
  return { text: JSON.stringify({ running: true, ok: is === 'well', ...pid, ...report }), is };
};
