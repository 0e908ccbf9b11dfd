import { FormattedString } from '@grammyjs/parse-mode';
import type { Model } from '../../domain/model.ts';
import { formatBytes } from '../../lib/bytes.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { LiveSnapshot } from '../../queue/live.ts';
import { modelLabel } from '../ui/label.ts';
import { count, lines, percent, shorten } from '../ui/text.ts';

/** More lines than this make a list that nobody reads on a phone. */
const LIST_LIMIT = 20;

const ERRORS_LIMIT = 200;

/** What the queue feature says. */
export const text = {
  nothingRuns: 'Nothing is downloading and nothing waits. /add gpt2 would change that.',
  notYours: 'That belongs to another chat, or is gone.',
  notAllowed: 'Only who asked for it, an admin of this group or the bot’s owner may do that.',
  kept: 'It goes on.',
  stays: 'It stays.',
  paused: (model: Model): string => `${modelLabel(model)} is paused. What has arrived is kept.`,
  resumed: (model: Model): string => `${modelLabel(model)} goes on.`,
  retried: (model: Model): string => `${modelLabel(model)} is tried again.`,
  started: (model: Model): string => `${modelLabel(model)} starts as soon as a place is free.`,
  cancelled: (model: Model): string => `${modelLabel(model)} is cancelled. What had arrived is dropped.`,
  already: (model: Model): string => `${modelLabel(model)} is ${model.status}: nothing to do.`,
  askCancel: (model: Model, arrivedBytes: number): string =>
    arrivedBytes > 0
      ? `Cancel ${modelLabel(model)}? ${formatBytes(arrivedBytes)} that have arrived would be dropped.`
      : `Cancel ${modelLabel(model)}?`,
  several: (amount: number, what: string): string =>
    amount === 0 ? `There was nothing to be ${what}.` : `${count(amount, 'model')} ${what}.`,
  moved: (model: Model, place: number | undefined): string =>
    place === undefined ? `${modelLabel(model)} is moved.` : `${modelLabel(model)} is number ${place} in line now.`,
  whichMoves: 'Which one shall move?',
  whereTo: (model: Model): string => `Where shall ${modelLabel(model)} go?`,
  lineChanged: 'The line has changed meanwhile. This is how it stands now.',
  notMoved: (model: Model): string => `${modelLabel(model)} does not wait, or is there already.`,
  priority: (model: Model): string => `${modelLabel(model)} has priority ${model.priority} now.`,
  whichPriority: 'Write the model and high, medium or low: /priority #12 high.',
  follows: 'You will be mentioned when it is ready, or if it fails.',
  followsNoMore: 'You will not be mentioned.',
  toldAnyway: 'You asked for it: you are mentioned anyway.',
  ownersOnly: 'Only the owner of this bot can hold or release all downloads.',
  held: 'Every download of every chat is held. What has arrived is kept; /unhold lets them go on.',
  unheld: 'The downloads go on.',
  heldAlready: 'They are held already. /unhold lets them go on.',
  notHeld: 'They are not held.',
} as const;

const runningLine = (model: Model, snapshot: LiveSnapshot | undefined): string => {
  if (!snapshot) return `#${model.id} ${shorten(modelLabel(model), 60)} · starting`;
  const left = snapshot.etaMs === undefined ? '' : ` · ${formatDuration(snapshot.etaMs)} left`;
  const share = percent(snapshot.bytesReady, snapshot.bytesTotal);
  return `#${model.id} ${shorten(modelLabel(model), 60)} · ${share} % of ${formatBytes(snapshot.bytesTotal)}${left}`;
};

const WAITS_FOR: Readonly<Record<string, string>> = {
  backoff: 'tries again soon',
  no_space: 'waits for room',
  schedule: 'waits for /download',
};

const waitingLine = ({ model, startsInMs }: Waiting): string => {
  const why = model.statusReason === null ? undefined : WAITS_FOR[model.statusReason];
  const size = model.sizeBytes === null ? '' : ` · ${formatBytes(model.sizeBytes)}`;
  const starts = why === undefined && startsInMs !== undefined ? `starts in about ${formatDuration(startsInMs)}` : why;
  return `#${model.id} ${shorten(modelLabel(model), 60)}${size}${starts ? ` · ${starts}` : ''}`;
};

const listed = (title: string, rows: readonly string[]): (FormattedString | string)[] => {
  if (rows.length === 0) return [];
  const more = rows.length > LIST_LIMIT ? [`… and ${rows.length - LIST_LIMIT} more`] : [];
  return [FormattedString.b(title), ...rows.slice(0, LIST_LIMIT), ...more];
};

/** What waits, and when it will start, roughly, in milliseconds from now. */
interface Waiting {
  readonly model: Model;
  readonly startsInMs: number | undefined;
}

export interface QueueView {
  /** The owner holds everything. */
  readonly isHeld: boolean;
  readonly running: readonly { readonly model: Model; readonly snapshot: LiveSnapshot | undefined }[];
  /** In the order they will run. */
  readonly waiting: readonly Waiting[];
  readonly paused: readonly Model[];
  readonly failed: readonly { readonly model: Model; readonly error: string | null }[];
}

/** The text of `/queue`. */
export const queueText = ({ isHeld, running, waiting, paused, failed }: QueueView): FormattedString => {
  const parts = [
    ...(isHeld ? [text.held] : []),
    ...listed(
      'Downloading',
      running.map(({ model, snapshot }) => runningLine(model, snapshot)),
    ),
    ...listed(
      'Waiting',
      waiting.map((entry, index) => `${index + 1}. ${waitingLine(entry)}`),
    ),
    ...listed(
      'Paused',
      paused.map((model) => `#${model.id} ${shorten(modelLabel(model), 60)}`),
    ),
    ...listed(
      'Failed',
      failed.map(
        ({ model, error }) => `#${model.id} ${shorten(modelLabel(model), 60)} · ${shorten(error ?? '', ERRORS_LIMIT)}`,
      ),
    ),
  ];
  return parts.length === 0 ? lines(text.nothingRuns) : lines(...parts);
};
