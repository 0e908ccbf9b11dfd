import { FormattedString } from '@grammyjs/parse-mode';
import type { Model } from '../../domain/model.ts';
import type { DownloadSession } from '../../domain/session.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { peopleToTell } from '../../library/chat-downloads.ts';
import { machineWords } from '../../library/hosts/elsewhere.ts';
import { briefOf } from '../../library/files-in-brief.ts';
import type { Notice } from '../../store/messages/outbox.ts';
import type { Store } from '../../store/store.ts';
import { readyText } from '../board/completed-text.ts';
import { failureSentence } from '../ui/failed-download.ts';
import { pageRow } from '../ui/gates/access.ts';
import { modelLabel, movedLine, shortLabel, titleLine } from '../ui/label.ts';
import { retryButton } from '../ui/retry-button.ts';
import { count, foreign, lines, type Rendering, shorten } from '../ui/text.ts';
import { sizeAndTime } from '../ui/totals.ts';
import { causeOf, withoutName } from './same-cause.ts';

/** Reasons stand in one line each when ends are told together. */
const REASON_LIMIT = 120;
const NAME_LIMIT = 40;
/** More names than this make a list that nobody reads. */
const NAMES_MOST = 30;
const LINES_MOST = 20;
/** So many need no line that counts them. */
const AT_A_GLANCE = 5;

type EndNotice = Extract<Notice, { readonly kind: 'completed' | 'failed' }>;

const isGroup = (chatId: number): boolean => chatId < 0;

const sessionOf = (store: Store, { sessionId }: Notice): DownloadSession | undefined =>
  sessionId === null ? undefined : store.sessions.getDownloadSession(sessionId);

/** Telegram takes 100 entities a message (Bot API, sendMessage); the names and their like need some as well. */
const MENTIONED_MOST = 50;

/** In a group the notice names who asked, and who wants to know: Telegram then tells them even if the group is muted. */
export const mentions = (store: Store, notices: readonly Notice[]): FormattedString | undefined => {
  const inGroups = notices.flatMap(({ chatId, modelId }) => (isGroup(chatId) && modelId !== null ? [modelId] : []));
  const names = peopleToTell(store, inGroups).flatMap((userId) => {
    const user = store.users.getUser(userId);
    // A mention makes a sound of its own.
    return user && store.preferences.getPreferences(userId).notificationEnabled
      ? [FormattedString.mentionUser(foreign(user.firstName, 64), userId)]
      : [];
  });
  return names.length > 0
    ? FormattedString.join(['For ', FormattedString.join(names.slice(0, MENTIONED_MOST), ', ')])
    : undefined;
};

/** Of a download that has succeeded: the size of its model. */
const sizeOf = (store: Store, notice: Notice): number => {
  const model = notice.modelId === null ? undefined : store.models.getModel(notice.modelId);
  return model?.sizeBytes ?? sessionOf(store, notice)?.totalBytes ?? 0;
};

/** One line for each end, the name and the status first. */
const endLine = (store: Store, notice: Notice): FormattedString | undefined => {
  const session = sessionOf(store, notice);
  const model = notice.modelId === null ? undefined : store.models.getModel(notice.modelId);
  if (!session) return undefined;
  const detail =
    notice.kind === 'failed' ? shorten(session.errorMessage ?? '', REASON_LIMIT) : formatBytes(sizeOf(store, notice));
  return titleLine(model ? modelLabel(model) : session.modelName, `${notice.kind} · ${detail}`);
};

const nameOf = (store: Store, notice: Notice): string => {
  const model = notice.modelId === null ? undefined : store.models.getModel(notice.modelId);
  if (model) return `#${model.id} ${shortLabel(model, NAME_LIMIT)}`;
  return sessionOf(store, notice)?.modelName ?? '';
};

const messageOf = (store: Store, notice: Notice): string | null => sessionOf(store, notice)?.errorMessage ?? null;

/** Why they failed; where each sentence names its own model, without the name. */
const reasonOf = (store: Store, failures: readonly Notice[]): string | null => {
  const [first, ...others] = failures;
  const message = first ? messageOf(store, first) : null;
  if (!first || others.every((notice) => messageOf(store, notice) === message)) return message;
  return withoutName(store, first);
};

/** Failures with the same cause: how many, why, and which. */
const failuresBlock = (store: Store, failures: readonly Notice[]): FormattedString | undefined => {
  const [first] = failures;
  if (!first) return undefined;
  if (failures.length === 1) return endLine(store, first);
  const names = failures.slice(0, NAMES_MOST).map((notice) => nameOf(store, notice));
  const more = failures.length - names.length;
  return lines(
    titleLine(count(failures.length, 'download'), 'failed'),
    reasonOf(store, failures) ?? 'They did not work.',
    `${names.join(', ')}${more > 0 ? `, … and ${more} more: /queue` : ''}`,
    '/retry failed tries them again.',
  );
};

/** How many have ended, and how. */
const countsLine = (store: Store, completed: readonly Notice[], failed: number): FormattedString => {
  const bytes = completed.reduce((sum, notice) => sum + sizeOf(store, notice), 0);
  const parts = [
    completed.length > 0 ? `${completed.length} completed, ${formatBytes(bytes)}` : '',
    failed > 0 ? `${failed} failed` : '',
  ];
  return titleLine(count(completed.length + failed, 'download'), parts.filter((part) => part !== '').join(' · '));
};

/** Some of them, each in a line, and how many more there are. */
const completedLines = (
  store: Store,
  completed: readonly Notice[],
): readonly (FormattedString | string | undefined)[] => {
  const more = completed.length - LINES_MOST;
  return [
    ...completed.slice(0, LINES_MOST).map((notice) => endLine(store, notice)),
    more > 0 ? `… and ${more} more: /history` : undefined,
  ];
};

/**
 * Several ends in one message; those that failed for one cause stand together. Of more than are seen at a glance the first line
 * counts them, and what failed comes before what went well.
 */
export const renderEnds = (store: Store, ends: readonly Notice[]): Rendering => {
  const groups = Map.groupBy(ends, (notice) =>
    notice.kind === 'failed' ? `failed ${causeOf(store, notice)}` : `${notice.kind} ${notice.id}`,
  );
  const who = mentions(store, ends);
  const blockOf = (group: readonly Notice[]): FormattedString | undefined =>
    group[0]?.kind === 'failed' ? failuresBlock(store, group) : group[0] && endLine(store, group[0]);
  if (groups.size <= AT_A_GLANCE) return { text: lines(...[...groups.values()].map(blockOf), who) };
  const completed = ends.filter(({ kind }) => kind === 'completed');
  const failures = [...groups.values()].filter(([first]) => first?.kind === 'failed');
  return {
    text: lines(
      countsLine(store, completed, ends.length - completed.length),
      // At the end it would be cut off first, and nobody be called.
      who,
      ...failures.map(blockOf),
      ...completedLines(store, completed),
    ),
  };
};

/** Of a move: where it lies now, and what becomes of what lay elsewhere. */
const movedText = (store: Store, session: DownloadSession, { hostId }: Model): string | undefined => {
  const { movedFrom } = session.metadata ?? {};
  const [before, now] = [movedFrom?.hostId, hostId].map((id) =>
    id === undefined ? undefined : store.hosts.getHost(id),
  );
  if (!movedFrom || !before || !now || before.id === now.id) return undefined;
  const there = `its files on ${machineWords(before)} ${movedFrom.stays ? 'stay, since others have them' : 'go'}`;
  return `It lies on ${machineWords(now)} now; ${there}.`;
};

/** The end of one download: done, or failed and why. @returns undefined if nothing is known of it any more */
export const renderEnd = (store: Store, notice: EndNotice): Rendering | undefined => {
  const session = sessionOf(store, notice);
  const model = notice.modelId === null ? undefined : store.models.getModel(notice.modelId);
  if (!session) return undefined;
  const label = model ? modelLabel(model) : session.modelName;
  const title = titleLine(label, notice.kind);
  const who = mentions(store, [notice]);
  if (notice.kind === 'failed') {
    return {
      text: lines(title, failureSentence(session), who),
      ...(model
        ? {
            keyboard: {
              inline_keyboard: [...pageRow(session.metadata?.access?.page), [retryButton(model.id, session)]],
            },
          }
        : {}),
    };
  }
  const size = sizeAndTime(model?.sizeBytes ?? session.totalBytes ?? 0, session);
  const ready = readyText(model && briefOf(store, model).loads, model);
  return {
    text: lines(title, `${size}, ${ready}.`, model && movedText(store, session, model), model && movedLine(model), who),
  };
};
