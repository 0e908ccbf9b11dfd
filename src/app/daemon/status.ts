import type { Config } from '../../config/config.ts';
import type { WallClock } from '../../lib/clock.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import { otherKind } from './other-kind.ts';
import type { HostFigures, QueueFigures, Report } from './report.ts';
import { type Asked, askReport } from './report-socket.ts';
import { findRunning, type Kill, type Running } from './running.ts';
import { type Typed, typed } from './typed.ts';

export interface StatusOptions {
  readonly asJson: boolean;
  readonly kill: Kill;
  readonly clock: WallClock;
  readonly type?: Typed;
  /** How long it may take to answer; 5 s if not given. */
  readonly patienceMs?: number;
}

export interface Status {
  /** What is printed. */
  readonly text: string;
  readonly is: 'well' | 'unwell' | 'not running';
}

const PATIENCE_MS = 5000;

/** What the queue does, in a line: `3 downloading at 41 MB/s, 12 waiting`. @param none where it does nothing */
export const queueLine = (figures: QueueFigures, none = 'nothing to do'): string => {
  const { downloading, waiting, paused, failed, verifying = 0, bytesPerSecond, isHeld } = figures;
  const speed = bytesPerSecond > 0 ? ` at ${formatBytes(bytesPerSecond)}/s` : '';
  const others = [
    [waiting, 'waiting'],
    [paused, 'paused'],
    [failed, 'failed'],
    [verifying, 'being read again'],
  ] as const;
  const parts = [
    ...(downloading > 0 ? [`${downloading} downloading${speed}`] : []),
    ...others.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])),
  ];
  const held = isHeld === true ? '; every download is held (/hold)' : '';
  return `${parts.join(', ') || none}${held}`;
};

/** Whoever tells it what to do is heard: Telegram has accepted the token, or Redis has let the host in. */
const isHeard = ({ username, host }: Report): boolean => host?.isRedisReached ?? username !== undefined;

const healthLine = (report: Report): string => {
  const { ok, checks } = report.health;
  const bad = Object.entries(checks).flatMap(([name, check]) => (check.ok ? [] : [`${name}: ${check.message}`]));
  if (!ok) return `not well. ${bad.join(' ')}`;
  return isHeard(report) ? 'well' : 'nothing else is wrong';
};

const NO_OWNER =
  'nobody yet. Stop it; “npm start -- start --claim” prints a link that makes whoever opens it the owner';

/** It is let in all the same, where Redis asks nobody who they are. */
const notJoined = (name: string): string =>
  `not from this data folder. Unless it has before, the bot does not know it: run the line of /hosts add ${name} here, with its --join`;

const timeOf = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

const NOT_TOLD = {
  'no answer': (type: Typed) => `does not answer: it hangs. “${type('stop')}” ends it if it still can`,
  'no socket': () =>
    'cannot be asked how it is: it has only begun to start, or the disk of its data folder knows no sockets, or the name of that folder is too long for one',
} as const;

const runsAs = ({ username, host }: Report): string => {
  if (host?.isRedisReached === true) return `is the host ${host.name}`;
  if (host?.redisWhy !== undefined)
    return `is the host ${host.name}; its bot is not heard since ${timeOf(host.redisSince)}. ${host.redisWhy.replace(/\.$/, '')}`;
  if (host)
    return `is the host ${host.name}; Redis cannot be reached since ${timeOf(host.redisSince)}, and its bot is not heard. “npm start -- host doctor” looks why`;
  return username === undefined
    ? 'runs; Telegram has not answered it yet, and nobody can write to it. “npm run doctor” looks why'
    : `runs as @${username}`;
};

/** More are counted and not named. */
const RUNS_MOST = 10;

const hostLines = ({ runs, disk }: HostFigures): string[] => {
  const shown = runs.slice(0, RUNS_MOST).map(({ kind, what, bytesDone, bytesTotal }) => {
    const read = kind === 'verify' ? ', read again' : '';
    return `          ${what}: ${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}${read}`;
  });
  const more = runs.length > RUNS_MOST ? [`          and ${runs.length - RUNS_MOST} more`] : [];
  const room = disk && `${formatBytes(disk.freeBytes)} of ${formatBytes(disk.totalBytes)} free, in ${disk.folder}`;
  return [...shown, ...more, ...(room === undefined ? [] : [`Disk:     ${room}`])];
};

const linesOf = (running: Running, asked: Asked, { clock, type = typed }: StatusOptions): string[] => {
  if (typeof asked === 'string') {
    const who = running.is === 'elsewhere' ? running.who : running.is === 'here' ? `process ${running.pid}` : '';
    return [`hubgram runs (${who}) and ${NOT_TOLD[asked](type)}.`];
  }
  const { version, pid, since, page, queue, host } = asked;
  return [
    `hubgram ${version} ${runsAs(asked)}.`,
    `Process:  ${running.is === 'here' ? pid : `${pid}, in another container or elsewhere`}, since ${timeOf(since)} (${formatDuration(clock.now() - Date.parse(since))})`,
    `Health:   ${healthLine(asked)}`,
    // What waits for its turn, or for another try, the bot alone knows.
    ...(queue === undefined
      ? []
      : [host ? `Runs:     ${queueLine(queue, 'nothing now')}` : `Queue:    ${queueLine(queue)}`]),
    ...(host === undefined ? [] : hostLines(host)),
    ...(host?.isJoined === false ? [`Joined:   ${notJoined(host.name)}`] : []),
    ...(asked.hubSilentSince === undefined ? [] : [`Hub:      no answer since ${timeOf(asked.hubSilentSince)}`]),
    ...(asked.isOwned === false ? [`Owner:    ${NO_OWNER}`] : []),
    ...(page === undefined ? [] : [`Page:     ${page}`]),
  ];
};

/** How the hubgram of this data folder is, as people or programs read it. */
export const statusOf = async (config: Config, options: StatusOptions): Promise<Status> => {
  const { asJson, kill, patienceMs } = options;
  const running = findRunning(config, kill);
  const asked = running.is === 'none' ? 'no socket' : await askReport(config, patienceMs ?? PATIENCE_MS);
  const other = otherKind(config, asked);
  if (running.is === 'none' || other !== undefined) {
    const text = asJson ? JSON.stringify({ running: false }) : (other ?? 'hubgram does not run.');
    return { text, is: 'not running' };
  }
  // Nobody can write to it before Telegram has accepted its token.
  const isWell = typeof asked !== 'string' && asked.health.ok && isHeard(asked);
  const is = isWell ? 'well' : 'unwell';
  if (!asJson) return { text: linesOf(running, asked, options).join('\n'), is };
  const known = running.is === 'here' ? { pid: running.pid, since: running.since } : {};
  const told = typeof asked === 'string' ? {} : asked;
  return { text: JSON.stringify({ running: true, ok: isWell, ...known, ...told }), is };
};
