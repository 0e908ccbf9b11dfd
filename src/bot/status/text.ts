import { FormattedString } from '@grammyjs/parse-mode';
import { tokensPage } from '../../domain/repo/hub-pages.ts';
import { formatLocal, timezoneLabel } from '../../domain/schedule/timezone.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import { table } from '../../lib/table.ts';
import type { HostAway } from '../../domain/waiting.ts';
import type { Times } from '../../library/model-view.ts';
import type { HostView } from '../../library/watching/host.ts';
import type { Problem } from '../../library/watching/problems.ts';
import type { MachineView, StatusView } from '../../library/watching/status.ts';
import type { WaitKind } from '../../store/downloads/order/wait-counts.ts';
import type { Opening } from '../../store/watching/openings.ts';
import type { Topic } from '../feature.ts';
import { titleLine } from '../ui/label.ts';
import { cutOffText, sinceText } from '../ui/hosts/words.ts';
import { count, foreign, lines, shorten } from '../ui/text.ts';
import { awayText } from '../ui/waiting.ts';

const NAME_LIMIT = 18;
const WHY_LIMIT = 120;
/** More things that are wrong are told by their number. */
const TOLD_MOST = 2;
/** And of what waits for something that little else waits for. */
const WAITS_MOST = 4;

/** What the status feature says besides how everything is. */
export const text = {
  unknown: '/status takes no words. It tells how everything is now.',
} as const;

export const help: Topic = {
  name: 'status',
  lines: [
    'Status',
    '/status tells first whether all is well, or what is wrong; then the speed of the last seconds and what came in the last 24 hours, what downloads and what waits for what, how the downloads of the last day ended, when the schedule opens, and the disk.',
    'Its picture shows the last 24 hours by the clock of this chat: how fast bytes came, on average in each quarter of an hour. “Refresh” looks again.',
    'Owners are told unasked, once, when nothing has come for an hour though something could, and when the disk will be full within a day.',
    'Owners see it of all chats in a chat of their own, with the machine: load, memory, versions, how long hubgram runs, and folders.',
  ],
  words: ['health', 'speed', 'uptime', 'version', 'load', 'memory'],
};

const HUB_LIMIT = 100;

interface About extends Times {
  /** The address of the Hub that is asked, if not the usual one. */
  readonly ownHub?: string | undefined;
}

interface Said {
  /** Behind the title. */
  readonly short: string;
  readonly more?: string;
}

const sayAway = (hosts: readonly HostAway[], times: Times): Said => {
  const [first] = hosts;
  if (first?.by !== undefined)
    return {
      short: cutOffText(first.by),
      more: 'Other machines are reached by it alone: what runs there goes on, and what is new waits. /hosts shows them.',
    };
  const rest = 'What is to be done there goes on by itself. /hosts says more.';
  if (first && hosts.length === 1) return { short: awayText(first, times), more: rest };
  return { short: `${count(hosts.length, 'machine')} are away`, more: rest };
};

const sayWithoutHub = (
  hosts: Extract<Problem, { readonly kind: 'hosts_without_hub' }>['hosts'],
  times: Times,
): Said => {
  const [first] = hosts;
  const more = 'What is to be fetched there is tried again: look at the network. /hosts says more.';
  if (first && hosts.length === 1)
    return { short: `the Hub does not answer ${first.name} since ${sinceText(first.since, times)}`, more };
  return { short: `the Hub does not answer ${hosts.length} of the machines`, more };
};

const sayProblem = (problem: Problem, { timezone, now, ownHub }: About): Said => {
  switch (problem.kind) {
    case 'database':
      return {
        short: 'nothing can be written down',
        more: shorten(problem.why ?? 'The owner of this bot has to look after the machine.', WHY_LIMIT),
      };
    case 'disk_unknown':
      return {
        short: 'the disk does not answer',
        more: 'How much is free on it could not be found out: it is failing, or gone.',
      };
    case 'no_room':
      return {
        short: 'the disk is full',
        more: `${formatBytes(problem.freeBytes)} are free and ${formatBytes(problem.floorBytes)} are to be kept free: nothing more is fetched. /storage shows what could go.`,
      };
    case 'little_room':
      return {
        short:
          problem.waiting === 1
            ? 'one download does not fit on the disk'
            : `${problem.waiting} downloads do not fit on the disk`,
        more: '/queue says which, /storage what could go.',
      };
    case 'hub_silent':
      return {
        short: 'the Hub does not answer',
        more: `Nothing that it was asked since ${formatLocal(problem.since, timezone, now)} was answered. What needs it is tried again; /queue shows what.`,
      };
    case 'hosts_away':
      return sayAway(problem.hosts, { timezone, now });
    case 'hosts_without_hub':
      return sayWithoutHub(problem.hosts, { timezone, now });
    case 'stalled':
      return { short: 'nothing has come for an hour', more: 'Downloads are tried again and again. /queue shows why.' };
    case 'disk_filling':
      return { short: 'the disk will be full within a day', more: '/storage shows what could go.' };
    case 'token_refused':
      return {
        short: 'the Hub refuses the token in HF_TOKEN',
        more: `Make a new one, put it there, and start me again. They are made at ${tokensPage(ownHub && shorten(ownHub, HUB_LIMIT))}.`,
      };
    case 'backup_failed':
      return { short: 'the nightly backup failed', more: `${shorten(problem.why, WHY_LIMIT)} /backup tries again.` };
    case 'held':
      return { short: 'every download is held' };
  }
};

const title = ({ problems, machine }: StatusView, times: About): FormattedString => {
  const about = machine ? 'Status' : 'Status of this chat';
  if (problems.length === 0) return titleLine(about, 'well');
  const told = problems.slice(0, TOLD_MOST).map((problem) => sayProblem(problem, times).short);
  const more = problems.length - told.length;
  return titleLine(about, `${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}`);
};

const WAITS: readonly (readonly [WaitKind, string])[] = [
  ['turn', 'for their turn'],
  ['schedule', 'for a schedule'],
  ['backoff', 'to be tried again'],
  ['space', 'for room on the disk'],
  ['host_away', 'for a machine that is away'],
  ['access', 'for access'],
  ['quota', 'for a quota'],
  ['start', 'for somebody to start them'],
];

const waitsText = ({ waits }: StatusView['queue'], isHeld: boolean): string | undefined => {
  const kinds = WAITS.filter(([kind]) => waits[kind] > 0);
  const total = kinds.reduce((sum, [kind]) => sum + waits[kind], 0);
  if (total === 0) return undefined;
  const only = kinds.length === 1 ? kinds[0] : undefined;
  const verb = total === 1 ? 'waits' : 'wait';
  if (isHeld) return `${total} ${verb}`;
  if (only) return `${total} ${verb} ${total === 1 ? only[1].replace('their', 'its').replace('them', 'it') : only[1]}`;
  const most = kinds.toSorted(([left], [right]) => waits[right] - waits[left]).slice(0, WAITS_MOST);
  const others = total - most.reduce((sum, [kind]) => sum + waits[kind], 0);
  const told = most.map(([kind, what]) => `${waits[kind]} ${what}`);
  return `${total} ${verb}: ${[...told, ...(others > 0 ? [`${others} for something else`] : [])].join(', ')}`;
};

const queueText = (queue: StatusView['queue'], isHeld: boolean): string => {
  const { running, failed, paused, waits, requests } = queue;
  const { lookedUp, toBeAnswered } = requests;
  const parts = [
    lookedUp > 0 && `${lookedUp} ${lookedUp === 1 ? 'is' : 'are'} looked up`,
    toBeAnswered > 0 && `${toBeAnswered} ${toBeAnswered === 1 ? 'waits' : 'wait'} for an answer`,
    running > 0 && `${running} downloading`,
    waitsText(queue, isHeld),
    paused > 0 && `${paused} paused`,
    waits.disabled > 0 && `${waits.disabled} switched off`,
    failed > 0 && `${failed} failed`,
  ].filter((part) => typeof part === 'string');
  return `Queue: ${parts.join(' · ') || 'nothing runs or waits'}`;
};

/** Of what comes, the mean of the last seconds, as on cards. */
const speedText = ({ bytesPerSecond, traffic: { bytes }, machine }: StatusView): string => {
  const forWhom = machine ? '' : ' for this chat';
  if (bytesPerSecond === 0 && bytes === 0) return `Speed: nothing came${forWhom} in the last 24 hours`;
  const speed = bytesPerSecond > 0 ? `${formatBytes(bytesPerSecond)}/s` : `nothing comes${forWhom} now`;
  return `Speed: ${speed}${bytes > 0 ? ` · ${formatBytes(bytes)} in 24 h` : ''}`;
};

/** Of the kinds of failure, those that downloads end with; others are called a fault. */
const KINDS = table<string>({
  unreachable: 'no connection',
  gone: 'gone from the Hub',
  gated: 'no access',
  unauthorized: 'token not accepted',
  forbidden: 'not allowed',
  rate_limited: 'asked to wait',
  unavailable: 'a server or a disk was down',
  stalled: 'no byte came',
  changed: 'changed while it came',
  corrupt: 'came damaged',
  no_space: 'disk full',
  not_found: 'not found',
  integrity: 'does not fit together',
} satisfies Partial<Record<ErrorCode, string>>);

const endsText = ({ completed, failed, retries, kinds }: StatusView['ends']): string => {
  if (completed + failed + retries === 0) return 'Last 24 h: no download ended';
  const [worst] = kinds;
  const share = Math.round((failed / Math.max(1, completed + failed)) * 100);
  const why = worst ? `, ${kinds.length > 1 ? 'mostly ' : ''}${KINDS[worst.kind] ?? 'a fault'}` : '';
  const tried = retries > 0 ? ` · ${count(retries, 'retry').replace('retrys', 'retries')}` : '';
  return `Last 24 h: ${count(completed, 'download')} done · ${failed > 0 ? `${failed} failed (${share} %${why})` : 'none failed'}${tried}`;
};

const scheduleName = ({ name, chatTitle }: Omit<Opening, 'opensAt'>): string =>
  `${foreign(name, NAME_LIMIT)}${chatTitle === null ? '' : ` (${foreign(chatTitle, NAME_LIMIT)})`}`;

const openingText = (opening: Opening, { timezone, now }: Times): string =>
  `${scheduleName(opening)} ${formatLocal(Date.parse(opening.opensAt), timezone, now)}`;

const schedulesText = ({ openNow, open, next }: StatusView['schedules'], times: Times): string | undefined => {
  const parts = [
    openNow > 0 && (openNow === 1 ? `${open ? `${scheduleName(open)} is ` : ''}open now` : `${openNow} open now`),
    next.length > 0 && `next ${next.map((opening) => openingText(opening, times)).join(', ')}`,
  ].filter((part) => typeof part === 'string');
  return parts.length > 0 ? `Schedules: ${parts.join(' · ')}` : undefined;
};

const diskText = ({ disk }: StatusView): string | undefined =>
  disk &&
  `Disk: ${formatBytes(disk.freeBytes)} free of ${formatBytes(disk.totalBytes)}${
    disk.floorBytes > 0 ? `, ${formatBytes(disk.floorBytes)} are kept free` : ''
  }`;

/** Not in the line of the disk: files that several of them have lie there once. */
const modelsText = ({ models: { copies, sizeBytes }, machine }: StatusView): string | undefined =>
  copies > 0
    ? `Models${machine ? '' : ' of this chat'}: ${copies}, ${formatBytes(sizeBytes)} in all; /storage shows what they take`
    : undefined;

const hostText = ({ name, load, processors, memory, residentBytes }: HostView): string => {
  const parts = [
    ...(load === undefined ? [] : [`load ${load.toFixed(2)} on ${count(processors, 'core')}`]),
    `memory: ${formatBytes(residentBytes)} taken by hubgram, ${formatBytes(memory.freeBytes)} of ${formatBytes(memory.totalBytes)} free`,
  ];
  return `${shorten(name, NAME_LIMIT)}: ${parts.join(' · ')}`;
};

const machineText = ({ versions, uptimeMs, hosts }: MachineView): FormattedString =>
  lines(
    ...hosts.map(hostText),
    `hubgram ${versions.hubgram}, up ${formatDuration(uptimeMs)} · Node ${versions.node} · SQLite ${versions.sqlite}`,
  );

/** Whole: a path is there to be copied. */
const foldersText = ({ folders }: MachineView): FormattedString =>
  lines(
    FormattedString.join(['Models ', FormattedString.code(folders.models)]),
    FormattedString.join(['Database ', FormattedString.code(folders.data)]),
  );

/** What the picture shows, for whoever does not see it; what the fastest quarter of an hour brought stays true while the clock goes on. */
const pictureText = ({ traffic: { bytes, bars } }: StatusView, { timezone, now }: Times): string | undefined => {
  const [most] = bars.toSorted((left, right) => right.bytes - left.bytes);
  if (bytes === 0 || !most) return undefined;
  const from = formatLocal(most.from, timezone, now);
  return `Picture: what came in the last 24 hours, by the clock of ${timezoneLabel(timezone, now)}. The busiest quarter of an hour brought ${formatBytes(most.bytes)}, from ${from}.`;
};

/** A caption may be so long (Bot API, sendPhoto). */
const CAPTION_MOST = 1024;

/** How everything is; no longer than a caption may be: where much is told, less is of the folders, the schedules and the picture. */
export const statusText = (view: StatusView, times: About): FormattedString => {
  const { problems, queue, ends, schedules, machine } = view;
  const isHeld = problems.some(({ kind }) => kind === 'held');
  const whole = (folders: FormattedString | undefined, openings: number, isPictureTold = true): FormattedString =>
    lines(
      title(view, times),
      problems.map((problem) => sayProblem(problem, times).more).find((more) => more !== undefined),
      queueText(queue, isHeld),
      speedText(view),
      endsText(ends),
      schedulesText({ ...schedules, next: schedules.next.slice(0, openings) }, times),
      diskText(view),
      modelsText(view),
      machine && machineText(machine),
      folders,
      isPictureTold && pictureText(view, times),
    );
  const all = whole(machine && foldersText(machine), schedules.next.length);
  if (all.text.length <= CAPTION_MOST) return all;
  const most = whole(undefined, 1);
  return most.text.length <= CAPTION_MOST ? most : whole(undefined, 0, false);
};
