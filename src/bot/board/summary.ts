import { isOfUnknownSize } from '../../domain/repo/web-file.ts';
import type { FormattedString } from '@grammyjs/parse-mode';
import { isForNow } from '../../domain/errors.ts';
import type { Model } from '../../domain/model.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import { timesOf } from '../../library/model-view.ts';
import type { LiveSnapshot } from '../../queue/run/live.ts';
import { type CardToDraw, TOLD } from '../../store/messages/cards.ts';
import type { Store } from '../../store/store.ts';
import type { Summary } from '../../store/messages/summaries.ts';
import { actionButton } from '../ui/buttons.ts';
import { shortLabel, titleLine } from '../ui/label.ts';
import { bar, count, lines, percent, plain, type Rendering } from '../ui/text.ts';
import { waitingWords } from '../ui/waiting.ts';
import { contentOf, type Drawing, type Slot, type SlotDeps } from './slots.ts';

/** Up to so many running downloads of a chat have cards that move. More share one message: no chat is allowed their edits. */
const CARDS_MOST = 4;
/** A summary ends when so few run. Were it as many as make one begin, a chat at the edge would see it come and go. */
const SUMMARY_LEAST = 2;
/** More lines than this make a list that nobody reads on a phone. */
const LINES_MOST = 15;
const NAME_LIMIT = 40;

interface Running {
  readonly model: Model;
  readonly snapshot: LiveSnapshot | undefined;
  /** What it waits for though it runs, in few words. */
  readonly halt?: string | undefined;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const runningLine = ({ model, snapshot, halt }: Running): FormattedString => {
  const label = shortLabel(model, NAME_LIMIT);
  if (!snapshot) return titleLine(label, halt ?? 'starting');
  const { bytesReady, bytesTotal, bytesPerSecond, etaMs, phase } = snapshot;
  const here = isOfUnknownSize(model) ? `${formatBytes(bytesReady)} so far` : `${percent(bytesReady, bytesTotal)} %`;
  if (halt !== undefined) return titleLine(label, `${here} · ${halt}`);
  const parts = [
    here,
    phase === 'verifying' ? 'verifying' : '',
    bytesPerSecond === undefined ? '' : `${formatBytes(bytesPerSecond)}/s`,
    etaMs === undefined ? '' : `${formatDuration(etaMs)} left`,
  ];
  return titleLine(label, parts.filter((part) => part !== '').join(' · '));
};

/** Everything that runs in a chat, in one message: all together first, then each. */
export const summaryCard = (chatId: number, running: readonly Running[]): Rendering => {
  const snapshots = running.flatMap(({ snapshot }) => snapshot ?? []);
  const ready = sum(snapshots.map(({ bytesReady }) => bytesReady));
  const total = sum(running.map(({ model, snapshot }) => snapshot?.bytesTotal ?? model.sizeBytes ?? 0));
  const speed = sum(snapshots.map(({ bytesPerSecond }) => bytesPerSecond ?? 0));
  const parts = [
    `${formatBytes(ready)} of ${formatBytes(total)}`,
    speed > 0 ? `${formatBytes(speed)}/s` : '',
    speed > 0 && ready < total ? `${formatDuration(((total - ready) / speed) * 1000)} left in all` : '',
  ];
  const shown = running.slice(0, LINES_MOST);
  return {
    text: lines(
      titleLine(count(running.length, 'download'), 'downloading'),
      `${bar(total > 0 ? ready / total : 0)} ${percent(ready, total)} %`,
      parts.filter((part) => part !== '').join(' · '),
      ...shown.map(runningLine),
      running.length > shown.length ? `… and ${running.length - shown.length} more: /queue` : undefined,
    ),
    keyboard: { inline_keyboard: [[actionButton('Pause all', 'pauseAll', chatId)]] },
  };
};

const SERVED: Rendering = { text: plain('Each download shows its progress on its own card again.') };

const runningOf = (deps: SlotDeps, id: number): readonly Running[] => {
  const { store, queue } = deps;
  const model = store.models.getModel(id);
  if (!model) return [];
  const waiting = queue.waitingOf(model);
  const halt = waiting?.kind === 'host_away' ? waitingWords(waiting, timesOf(deps, model.chatId)) : undefined;
  return [{ model, snapshot: queue.snapshot(id), halt }];
};

const drawSummary = (deps: SlotDeps, { chatId }: Summary, modelIds: readonly number[]): Drawing | undefined => {
  const { store } = deps;
  const running = modelIds.flatMap((id) => runningOf(deps, id));
  if (running.length === 0) return undefined;
  const rendering = summaryCard(chatId, running);
  const content = contentOf(rendering);
  return {
    rendering,
    content,
    drew: () => {
      store.summaries.setSummaryDrawn(chatId, content);
      store.cards.setTold(modelIds);
    },
  };
};

/** What a restart stopped runs again in a moment: the message waits for it. */
const comesBack = ({ status, statusReason }: CardToDraw): boolean =>
  status === 'pending' && (statusReason === 'interrupted' || statusReason === 'shutdown');

const summarySlot = (deps: SlotDeps, summary: Summary, own: readonly CardToDraw[]): Slot => {
  const { chatId } = summary;
  const { summaries } = deps.store;
  const running = own.filter(({ status }) => status === 'downloading');
  const modelIds = running.map(({ modelId }) => modelId);
  const hasServed = running.length + own.filter(comesBack).length <= SUMMARY_LEAST;
  // Whoever adds a model sees at the end of the chat that it runs: instead of a card of its own the summary comes there.
  const hasNewcomer = running.some(({ messageId, drawn, asked }) => messageId === null && drawn !== TOLD && !asked);
  const moves = !hasServed && hasNewcomer && summary.messageId !== null;
  const messageId = moves ? null : summary.messageId;
  return {
    key: `summary ${chatId}`,
    ...summary,
    messageId,
    replaces: moves ? summary.messageId : null,
    replyTo: null,
    state: hasServed ? 'served' : modelIds.join(' '),
    hurry: messageId === null ? 'new' : 'progress',
    render: () =>
      hasServed
        ? { rendering: SERVED, content: contentOf(SERVED), erase: true, drew: () => summaries.closeSummary(chatId) }
        : drawSummary(deps, summary, modelIds),
    sent: (sentId) => summaries.replaceSummaryMessage(chatId, sentId),
    leaveThread: () => summaries.leaveSummaryThread(chatId),
  };
};

/** Begins a chat's summary. While the database refuses that, each card tells for itself. */
const begin = (summaries: Store['summaries'], chatId: number, threadId: number | null): void => {
  try {
    summaries.openSummary(chatId, threadId);
  } catch (error) {
    if (!isForNow(error)) throw error;
  }
};

/** Forgets a chat's summary, whose message has become the answer to a tap: when many run again, there will be another. */
export const letSummaryGo = ({ summaries }: Pick<Store, 'summaries'>, chatId: number): void =>
  summaries.closeSummary(chatId);

/**
 * One message for each chat in which many downloads run. It is a row before it is sent, so that the same message goes on
 * after a restart.
 * @param cards all cards that may need drawing
 */
export const summarySlots = (deps: SlotDeps, cards: readonly CardToDraw[]): Slot[] => {
  const { summaries } = deps.store;
  const byChat = Map.groupBy(cards, ({ chatId }) => chatId);
  for (const [chatId, own] of byChat) {
    const running = own.filter(({ status }) => status === 'downloading');
    if (running.length > CARDS_MOST) begin(summaries, chatId, running.at(-1)?.threadId ?? null);
  }
  return summaries.listSummaries().map((summary) => summarySlot(deps, summary, byChat.get(summary.chatId) ?? []));
};
