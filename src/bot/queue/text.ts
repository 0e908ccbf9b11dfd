import type { Topic } from '../feature.ts';
import { FormattedString } from '@grammyjs/parse-mode';
import type { Host } from '../../domain/hosts/host.ts';
import { hasCopy, type Model } from '../../domain/model.ts';
import { askedLabel } from '../../domain/repo/asked-label.ts';
import { isOfUnknownSize, shownAddress } from '../../domain/repo/web-file.ts';
import type { StatusWord } from '../../domain/states/model.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import type { Entry, Part, QueueView, Standing } from '../../library/lists.ts';
import type { Times } from '../../library/model-view.ts';
import { machineWords } from '../../library/hosts/elsewhere.ts';
import { lineLabel } from '../ui/hosts/words.ts';
import { modelLabel } from '../ui/label.ts';
import { count, lines, percent, shorten } from '../ui/text.ts';
import { waitingWords } from '../ui/waiting.ts';

/** More lines than this make a list that nobody reads on a phone. */
export const LIST_LIMIT = 20;

const ERRORS_LIMIT = 200;
const WHY_LIMIT = 90;
const LINE_LIMIT = 60;

/** What moves a model, at the beginning of a sentence. */
const moveOf = (model: Model): string =>
  `The move of ${modelLabel({ ...model, hostName: null })} to ${model.hostName ?? 'the machine that I run on'}`;

const lowered = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);

/** What the queue feature says. */
export const text = {
  nothingRuns: 'Nothing is downloading and nothing waits.',
  start: '/add gpt2 would change that.',
  notYours: 'That belongs to another chat, or is gone.',
  notAllowed: 'Only the person who asked for it, an admin of this group or the bot’s owner may do that.',
  kept: 'Nothing was cancelled.',
  stays: 'It stays.',
  /** @param stays where it lies, if it is to move from there; so of the next two */
  paused: (model: Model, stays?: Host): string =>
    stays
      ? `${moveOf(model)} is paused; it lies on ${machineWords(stays)}. What has arrived is kept.`
      : `${modelLabel(model)} is paused. What has arrived is kept.`,
  resumed: (model: Model, stays?: Host): string => `${stays ? moveOf(model) : modelLabel(model)} goes on.`,
  retried: (model: Model, stays?: Host): string => `${stays ? moveOf(model) : modelLabel(model)} is tried again.`,
  started: (model: Model): string => `${modelLabel(model)} starts as soon as a place is free.`,
  /** @param now as it is since; @param stayed where it lies, if it was to move from there */
  cancelled: (model: Model, now: Model, stayed: Host | undefined): string => {
    if (now.status !== 'completed') return `${modelLabel(model)} is cancelled. What had arrived is dropped.`;
    return stayed
      ? `${moveOf(model)} is cancelled: it lies on ${machineWords(stayed)}, as before.`
      : `What was to change about ${modelLabel(now)} is cancelled: it is complete, as it was before.`;
  },
  already: (model: Model, word: StatusWord): string => `${modelLabel(model)} is ${word}: nothing to do.`,
  /** @param stays where it lies, if it is to move from there */
  askCancel: (model: Model, arrivedBytes: number, stays: Host | undefined): string =>
    [
      `Cancel ${stays ? lowered(moveOf(model)) : modelLabel(model)}?`,
      arrivedBytes > 0 && `${formatBytes(arrivedBytes)} that have arrived would be dropped.`,
      stays && `It stays on ${machineWords(stays)}, as it is.`,
      !stays && hasCopy(model) && 'It is as it was before then.',
    ]
      .filter((part) => typeof part === 'string')
      .join(' '),
  askCancelAll: (amount: number, arrivedBytes: number): string =>
    `Cancel ${amount === 1 ? 'the one model' : `all ${amount} models`} that run, wait or are paused here?${
      arrivedBytes > 0 ? ` ${formatBytes(arrivedBytes)} that have arrived would be dropped.` : ''
    }`,
  nothingToCancel: 'Nothing runs, waits or is paused here, so there is nothing to cancel.',
  /** @param requests that are no models yet */
  noModelToCancel: (requests: number): string =>
    `No model runs, waits or is paused here. ${requests === 1 ? '1 request is looked up or waits' : `${requests} requests are looked up or wait`} for an answer: “Leave it” under ${requests === 1 ? 'it ends it' : 'each ends it'}.`,
  nothingToPause: 'Nothing runs or waits here, so there is nothing to pause.',
  nothingPaused: 'Nothing is paused here.',
  nothingFailed: 'Nothing has failed here.',
  nothingToStart: 'Nothing here waits to be started. /queue shows what runs.',
  nothingToMove: 'Fewer than two models wait here: there is no order to change.',
  nothingWaits: 'Nothing waits here.',
  several: (amount: number, what: string): string =>
    amount === 0 ? `There was nothing to be ${what}.` : `${count(amount, 'model')} ${what}.`,
  allPaused: 'What has arrived is kept.',
  smallestFirst: 'The smallest that wait start first now, within their priority.',
  asAdded: 'What waits starts in the order in which it was added and moved.',
  unknownOrder: (word: string): string =>
    `“${shorten(word, 30)}” is no order. Behind /queue stands “smallest” or “added”, or nothing.`,
  moved: (model: Model, position: number | undefined): string =>
    position === undefined
      ? `${modelLabel(model)} is moved.`
      : `${modelLabel(model)} is number ${position} in the queue now.`,
  asked: (amount: number): string =>
    amount === 0 ? 'Nothing waits for an answer any more.' : 'Look at the end of this chat.',
  whichMoves: 'Which one shall move?',
  whereTo: (model: Model): string => `Where shall ${modelLabel(model)} go?`,
  orderChanged: 'The order has changed meanwhile. This is how it stands now.',
  notMoved: (model: Model, word: StatusWord): string =>
    word === 'pending'
      ? `${modelLabel(model)} stays where it is: it cannot go further.`
      : `${modelLabel(model)} is ${word}: it does not wait in the queue.`,
  priority: (model: Model): string => `${modelLabel(model)} has priority ${model.priority} now.`,
  noPriority: (word: string): string => `“${shorten(word, 40)}” is no priority.`,
  whichPriority: (model: Model): string => `Which priority shall ${modelLabel(model)} have? It has ${model.priority}.`,
  follows: 'You will be mentioned when it is ready, or if it fails.',
  followsNoMore: 'You will not be mentioned.',
  toldAnyway: 'You asked for it: you are mentioned anyway.',
  ownersOnly: 'Only the owner of this bot can hold or release all downloads.',
  held: 'Every download of every chat is held. What has arrived is kept; /unhold lets them go on.',
  unheld: 'The downloads go on.',
  heldAlready: 'They are held already. /unhold lets them go on.',
  notHeld: 'No downloads are held.',
  holdsAll: (word: string): string =>
    `Nothing is changed by “${shorten(word, 40)}”: /hold alone holds every download of every chat, and /unhold lets them go on. /pause stops a single one.`,
  releasesAll: (word: string): string =>
    `Nothing is changed by “${shorten(word, 40)}”: /unhold alone lets every download go on, and /hold holds them all. /resume lets a single one go on.`,
} as const;

type NameOf = (model: Model) => string;

const namesIn =
  ({ movesFrom }: QueueView): NameOf =>
  (model) =>
    `#${model.id} ${lineLabel(model, movesFrom.get(model.id), LINE_LIMIT)}`;

const runningLine = (
  { model, waiting, snapshot }: QueueView['running']['first'][number],
  nameOf: NameOf,
  times: Times,
): string => {
  const words = waiting && waitingWords(waiting, times);
  if (words !== undefined) return `${nameOf(model)} · ${words}`;
  if (!snapshot) return `${nameOf(model)} · starting`;
  const left = snapshot.etaMs === undefined ? '' : ` · ${formatDuration(snapshot.etaMs)} left`;
  if (isOfUnknownSize(model)) return `${nameOf(model)} · ${formatBytes(snapshot.bytesReady)} so far`;
  const share = percent(snapshot.bytesReady, snapshot.bytesTotal);
  return `${nameOf(model)} · ${share} % of ${formatBytes(snapshot.bytesTotal)}${left}`;
};

/** Why the last try did not work, in short. */
const whyOf = (waiting: Entry['waiting']): string =>
  waiting?.kind === 'backoff' && waiting.why !== undefined
    ? ` · ${shorten(waiting.why.replace(/\.$/, ''), WHY_LIMIT)}`
    : '';

/** How large it is, and how much of that has come; nothing of what nobody knows the size of. */
const sizeOf = ({ model: { sizeBytes }, arrivedBytes }: Standing): string => {
  if (sizeBytes === null) return '';
  const share = arrivedBytes > 0 && arrivedBytes < sizeBytes ? `${percent(arrivedBytes, sizeBytes)} % of ` : '';
  return ` · ${share}${formatBytes(sizeBytes)}`;
};

const waitingLine = (entry: Entry & Standing, nameOf: NameOf, times: Times): string => {
  const { model, waiting } = entry;
  const words = waiting && waitingWords(waiting, times);
  // The position that its card tells: it counts all chats. What waits for something else has none.
  const position = waiting?.kind === 'turn' && waiting.position !== undefined ? `${waiting.position}. ` : '';
  return `${position}${nameOf(model)}${sizeOf(entry)}${words ? ` · ${words}` : ''}${whyOf(waiting)}`;
};

const listed = <T>(
  title: string,
  { first, total }: Part<T>,
  lineOf: (one: T) => string,
): (FormattedString | string)[] => {
  if (first.length === 0) return [];
  const more = total > first.length ? [`… and ${total - first.length} more`] : [];
  return [FormattedString.b(title), ...first.map(lineOf), ...more];
};

/** What was asked for and is no model yet. */
const askedName = (ref: string): string => shorten(shownAddress(askedLabel(ref)), LINE_LIMIT);

/**
 * The text of `/queue`.
 * @param looksOnly whoever reads it may add nothing
 */
export const queueText = (view: QueueView, times: Times, looksOnly: boolean): FormattedString => {
  const { isHeld, isBySize, running, waiting, paused, failed, cancelled } = view;
  const nameOf = namesIn(view);
  const parts = [
    ...(isHeld ? [text.held] : []),
    ...listed('Downloading', running, (entry) => runningLine(entry, nameOf, times)),
    ...listed(isBySize ? 'Waiting, smallest first' : 'Waiting', waiting, (entry) => waitingLine(entry, nameOf, times)),
    ...listed('Waiting for an answer', view.questions, askedName),
    ...listed('Being looked up', view.lookUps, askedName),
    ...listed('Waiting for access', view.gated, askedName),
    ...listed('Paused', paused, (one) => `${nameOf(one.model)}${sizeOf(one)}`),
    ...listed('Failed', failed, ({ model, error }) => `${nameOf(model)} · ${shorten(error ?? '', ERRORS_LIMIT)}`),
    ...listed('Cancelled', cancelled, nameOf),
  ];
  if (parts.length > 0) return lines(...parts);
  return lines(looksOnly ? text.nothingRuns : `${text.nothingRuns} ${text.start}`);
};

export const help: Topic = {
  name: 'queue',
  lines: [
    'Controlling downloads',
    '/queue shows what runs and what waits, with buttons to pause all, to change the order, and to be asked again what waits for an answer.',
    '/pause, /resume, /retry and /download take a name, a number such as #12, or “all”. They work as a reply to a card too.',
    '/cancel asks, then drops what had arrived. /pause keeps it. Of what is moved, updated or changed it leaves what was there before.',
    '/first, /up and /down move a model in the queue; “/priority #12 high” (medium, low) counts before the place.',
    '/queue smallest lets the smallest that wait start first, /queue added goes back; to move one by hand does that too.',
    'When many run at once, one message shows them all. In a group, “Tell me too” under a card mentions you at the end.',
    'The owner can hold everything with /hold and let it go on with /unhold.',
  ],
  words: ['follow'],
};
