import { FormattedString } from '@grammyjs/parse-mode';
import { formatLocal } from '../../domain/schedule/timezone.ts';
import type { DownloadSession } from '../../domain/session.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import type { HistoryPage } from '../../library/history.ts';
import type { Times } from '../../library/model-view.ts';
import { count, lines, shorten } from '../ui/text.ts';
import { retriesText, totalsText } from '../ui/totals.ts';

const NAME_LIMIT = 60;
const ERROR_LIMIT = 160;

/** What the history feature says. */
export const text = {
  notYours: 'That belongs to another chat, or is gone.',
  nothing: 'Nothing was downloaded in this chat yet.',
  nothingOf: (name: string): string => `Nothing of “${shorten(name, NAME_LIMIT)}” was downloaded in this chat.`,
} as const;

const WORDS: Readonly<Record<DownloadSession['status'], string>> = {
  started: 'waits',
  in_progress: 'under way',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** What came of it, in which time, and how often it was tried again. */
const comeText = (session: DownloadSession): string => {
  const { status, bytesDownloaded, totalBytes, retryCount } = session;
  const retries = retryCount > 0 ? ` · ${retriesText(retryCount)}` : '';
  const size =
    status === 'completed'
      ? totalsText(totalBytes ?? bytesDownloaded, session)
      : `${formatBytes(bytesDownloaded)}${totalBytes === null ? '' : ` of ${formatBytes(totalBytes)}`}`;
  return `${size}${retries}`;
};

const sessionText = (
  session: DownloadSession,
  { timezone, now }: Times,
  named: string | undefined,
): (FormattedString | string)[] => {
  const when = formatLocal(Date.parse(session.startedAt), timezone, now);
  const host = session.metadata?.host;
  const where = host === undefined ? '' : ` on ${host}`;
  // Who has other files by now has what came before under the name of that.
  const name = session.metadata?.label ?? session.modelName;
  const isNamed = name === named;
  const head = `${WORDS[session.status]}${isNamed ? where : ''} · ${when}`;
  const error = session.status === 'completed' ? null : session.errorMessage;
  return [
    isNamed
      ? FormattedString.b(head)
      : FormattedString.join([FormattedString.b(`${shorten(name, NAME_LIMIT)}${where}`), ` · ${head}`]),
    comeText(session),
    ...(error === null ? [] : [shorten(error.replace(/\s+/gu, ' '), ERROR_LIMIT)]),
  ];
};

/** How much all of it came to. */
const sumText = ({ sum, pages, page }: HistoryPage): string => {
  const { sessions, failed, receivedBytes, activeMs } = sum;
  const parts = [
    count(sessions, 'download'),
    failed > 0 ? `${failed} failed` : '',
    receivedBytes > 0 ? `${formatBytes(receivedBytes)} fetched` : '',
    activeMs >= 1000 ? `in ${formatDuration(activeMs)}` : '',
    pages > 1 ? `page ${page + 1} of ${pages}` : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
};

/** A page of a history. @param name of the one model that it is about; undefined: of all */
export const historyText = (history: HistoryPage, times: Times, name: string | undefined): FormattedString =>
  lines(
    FormattedString.b(name === undefined ? 'History' : `History of ${shorten(name, NAME_LIMIT)}`),
    sumText(history),
    ...history.sessions.map((session) => FormattedString.join(['\n', lines(...sessionText(session, times, name))])),
  );
