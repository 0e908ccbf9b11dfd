import type { DownloadSession } from '../domain/session.ts';
import { pageOf, type PageWanted } from '../lib/page.ts';
import type { HistoryScope, HistorySum } from '../store/downloads/history.ts';
import type { Store } from '../store/store.ts';

/** What was downloaded when: a part of the sessions of a chat, of one model, or of one name. */
export interface HistoryPage {
  readonly scope: HistoryScope;
  readonly sessions: readonly DownloadSession[];
  /** Of all that there are. */
  readonly sum: HistorySum;
  readonly pages: number;
  /** Counted from 0; the last one if that many are not there. */
  readonly page: number;
}

/** A part of a history, the newest first. */
export const historyPage = ({ sessions }: Store, scope: HistoryScope, wanted: PageWanted): HistoryPage => {
  const sum = sessions.sumSessions(scope);
  const { pages, page, ...part } = pageOf(sum.sessions, wanted);
  return { scope, sum, pages, page, sessions: sessions.listSessions(scope, part) };
};

/** The history of what has left the library, by a part of its name; undefined if nothing like that was ever downloaded. */
export const historyNamed = ({ sessions }: Store, chatId: number, part: string): HistoryScope | undefined => {
  const session = sessions.sessionNamed(chatId, part);
  return session && { chatId, modelName: session.modelName };
};

/**
 * Whose history a button shows: 0 is the chat's, a number above it a model's, one below it that of the name which the session
 * of that number has. undefined: it is none of this chat.
 */
export const historyOf = ({ models, sessions }: Store, chatId: number, key: number): HistoryScope | undefined => {
  if (key === 0) return { chatId };
  if (key > 0) return models.getModel(key)?.chatId === chatId ? { chatId, modelId: key } : undefined;
  const session = sessions.getDownloadSession(-key);
  return session?.chatId === chatId ? { chatId, modelName: session.modelName } : undefined;
};

/** The number by which a button knows a page's history. */
export const historyKey = ({ scope, sessions: [session] }: HistoryPage): number =>
  scope.modelId ?? (scope.modelName === undefined ? 0 : -(session?.id ?? 0));
