import { FormattedString } from '@grammyjs/parse-mode';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import type { Notice } from '../../store/messages/outbox.ts';
import type { RunEnd } from '../../store/schedules/schedule-runs.ts';
import { peopleToTell } from '../../library/chat-downloads.ts';
import { briefOf } from '../../library/files-in-brief.ts';
import { isOwner } from '../../people/may.ts';
import { newcomerOf } from '../../people/newcomers.ts';
import type { Store } from '../../store/store.ts';
import { readyText } from '../board/completed-text.ts';
import { modelLabel, movedLine, shortLabel, titleLine } from '../ui/label.ts';
import { accessRequest } from './access-request.ts';
import { retryButton } from '../ui/retry-button.ts';
import { count, lines, plain, type Rendering, shorten } from '../ui/text.ts';
import { sizeAndTime } from '../ui/totals.ts';
import { causeOf, withoutName } from './same-cause.ts';
import { renderLinkOffer } from './link-offers.ts';
import { renderGivenUp, renderLeftOut } from './unanswered.ts';

/** Reasons stand in one line each when ends are told together. */
const REASON_LIMIT = 120;
const NAME_LIMIT = 40;
/** More names than this make a list that nobody reads. */
const NAMES_MOST = 30;

/** Whether a notice tells an owner that somebody wants to be let in. */
export const isAccessRequest = (notice: Notice): boolean => notice.kind === 'access_request';

type Of<Kind extends Notice['kind']> = Extract<Notice, { readonly kind: Kind }>;

const isGroup = (chatId: number): boolean => chatId < 0;

/** Telegram takes 100 entities a message (Bot API, sendMessage); the names and their like need some as well. */
const MENTIONED_MOST = 50;

/** In a group the notice names who asked, and who wants to know: Telegram then tells them even if the group is muted. */
const mentions = (store: Store, notices: readonly Notice[]): FormattedString | undefined => {
  const inGroups = notices.flatMap(({ chatId, modelId }) => (isGroup(chatId) && modelId !== null ? [modelId] : []));
  const names = peopleToTell(store, inGroups).flatMap((userId) => {
    const user = store.users.getUser(userId);
    return user ? [FormattedString.mentionUser(shorten(user.firstName, 64), userId)] : [];
  });
  return names.length > 0 ? FormattedString.join(names.slice(0, MENTIONED_MOST), ', ') : undefined;
};

/** One line for each end, the name and the status first. */
const endLine = (store: Store, notice: Notice): FormattedString | undefined => {
  const session = notice.sessionId === null ? undefined : store.sessions.getDownloadSession(notice.sessionId);
  const model = notice.modelId === null ? undefined : store.models.getModel(notice.modelId);
  if (!session) return undefined;
  const size = formatBytes(model?.sizeBytes ?? session.totalBytes ?? 0);
  const detail = notice.kind === 'failed' ? shorten(session.errorMessage ?? '', REASON_LIMIT) : size;
  return titleLine(model ? modelLabel(model) : session.modelName, `${notice.kind} · ${detail}`);
};

const nameOf = (store: Store, { modelId, sessionId }: Notice): string => {
  const model = modelId === null ? undefined : store.models.getModel(modelId);
  if (model) return `#${model.id} ${shortLabel(model, NAME_LIMIT)}`;
  return (sessionId === null ? undefined : store.sessions.getDownloadSession(sessionId)?.modelName) ?? '';
};

const messageOf = (store: Store, { sessionId }: Notice): string | null =>
  (sessionId === null ? undefined : store.sessions.getDownloadSession(sessionId)?.errorMessage) ?? null;

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

/** Several ends in one message; those that failed for one cause stand together. */
export const renderEnds = (store: Store, ends: readonly Notice[]): Rendering => {
  const groups = Map.groupBy(ends, (notice) =>
    notice.kind === 'failed' ? `failed ${causeOf(store, notice)}` : `${notice.kind} ${notice.id}`,
  );
  const blocks = [...groups.values()].map((group) =>
    group[0]?.kind === 'failed' ? failuresBlock(store, group) : group[0] && endLine(store, group[0]),
  );
  return { text: lines(...blocks, mentions(store, ends)) };
};

const endNotice = (store: Store, notice: Of<'completed' | 'failed'>): Rendering | undefined => {
  const session = notice.sessionId === null ? undefined : store.sessions.getDownloadSession(notice.sessionId);
  const model = notice.modelId === null ? undefined : store.models.getModel(notice.modelId);
  if (!session) return undefined;
  const label = model ? modelLabel(model) : session.modelName;
  const title = titleLine(label, notice.kind);
  const who = mentions(store, [notice]);
  if (notice.kind === 'failed') {
    return {
      text: lines(title, session.errorMessage ?? 'The download did not work.', who),
      ...(model ? { keyboard: { inline_keyboard: [[retryButton(model.id, session)]] } } : {}),
    };
  }
  const size = sizeAndTime(model?.sizeBytes ?? session.totalBytes ?? 0, session);
  const ready = readyText(model && briefOf(store, model).loads);
  return { text: lines(title, `${size}, ${ready}.`, model && movedLine(model), who) };
};

/** Who is no owner any more is told nothing. */
const requestNotice = (store: Store, { chatId, payload }: Of<'access_request'>): Rendering | undefined =>
  isOwner(store, chatId) ? accessRequest(store, 'groupId' in payload ? payload.groupId : payload.userId) : undefined;

/** Told once, and only while it holds. */
const refusal = (store: Store, { chatId }: Notice): Rendering | undefined => {
  const who = isGroup(chatId) ? 'this group' : 'you';
  return newcomerOf(store, chatId)?.standing === 'out'
    ? { text: plain(`The owner of this bot has not let ${who} in. If that is a mistake, ask them: they can undo it.`) }
    : undefined;
};

const RUN_ENDS: Readonly<Record<RunEnd, string>> = {
  window_closed: 'time is over',
  done: 'all done',
  disabled: 'switched off',
  next: 'began anew',
};

/** What a schedule's run has done. */
const runNotice = (store: Store, { payload }: Of<'schedule_run'>): Rendering | undefined => {
  const run = store.schedules.getRun(payload.runId);
  if (!run || run.completed === null || run.failed === null || run.leftOver === null) return undefined;
  const parts = [
    `${run.completed} done`,
    run.failed > 0 ? `${run.failed} failed` : '',
    run.leftOver > 0 ? `${run.leftOver} left for next time` : '',
  ];
  const ms = Date.parse(run.workedUntil ?? run.startedAt) - Date.parse(run.startedAt);
  const bytes = run.bytes ?? 0;
  const speed =
    bytes > 0 && ms >= 1000 ? ` in ${formatDuration(ms)}, ${formatBytes((bytes / ms) * 1000)}/s on average` : '';
  return {
    text: lines(
      titleLine(`Schedule ${shorten(run.scheduleName, 64)}`, RUN_ENDS[run.endReason ?? 'done']),
      parts.filter((part) => part !== '').join(' · '),
      bytes > 0 ? `${formatBytes(bytes)}${speed}` : undefined,
    ),
  };
};

/** What a notice says, or undefined if there is nothing left to say. */
export const renderNotice = (store: Store, notice: Notice): Rendering | undefined => {
  switch (notice.kind) {
    case 'completed':
    case 'failed':
      return endNotice(store, notice);
    case 'schedule_run':
      return runNotice(store, notice);
    case 'access_request':
      return requestNotice(store, notice);
    case 'link_offer':
      return renderLinkOffer(store, notice);
    case 'access_denied':
      return refusal(store, notice);
    case 'access_granted':
      return {
        text: plain(
          isGroup(notice.chatId)
            ? 'The owner of this bot let this group in. Try /add gpt2, or /help.'
            : 'The owner of this bot let you in. Try /add gpt2, or /help.',
        ),
      };
    case 'answers_left_out':
      return renderLeftOut([notice]);
    case 'update_given_up':
      return renderGivenUp(notice);
    case 'unreadable':
      return undefined;
  }
};
