import { endAccessRequest } from './access.ts';
import { applyAutoClear } from './auto-clear.ts';
import { moveChat } from './chat-move.ts';
import { rowMapper } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** Holds for rows whose chat can be reached as far as is known. */
export const REACHABLE = 'chat_id NOT IN (SELECT chat_id FROM chat_sessions WHERE reachable = 0)';

type ChatKind = 'private' | 'group' | 'supergroup' | 'channel';
type ChatAccess = 'pending' | 'approved' | 'denied';

/** What everybody in a group may do there: `viewer`: look and change nothing. */
export type ChatRole = 'member' | 'viewer';

/** In which order a chat's models start: as they were added and moved by hand, or the smallest first. */
export type StartOrderChoice = 'added' | 'smallest';

export interface ChatSession {
  readonly chatId: number;
  readonly kind: ChatKind;
  readonly title: string | null;
  /** For groups; in private chats the person's role decides. */
  readonly access: ChatAccess;
  /** Of a group as a whole, once it was let in. */
  readonly role: ChatRole;
  readonly reachable: boolean;
  readonly lastActivity: string;
  /** What holds there, whoever has said so. */
  readonly autoClearEnabled: boolean;
  readonly autoClearHours: number;
  /** When it is looked at next for messages that may go; null: there are none. */
  readonly clearAt: string | null;
  /** Who asked for a group to be let in, or let it in. */
  readonly broughtBy: number | null;
  readonly messageCount: number;
  readonly startOrder: StartOrderChoice;
}

export interface Chats {
  readonly getChat: (chatId: number) => ChatSession | undefined;
  /** The groups with this title, in any case of Latin letters: two of them at most. */
  readonly chatsTitled: (title: string) => number[];
  readonly upsertChat: (chat: Pick<ChatSession, 'chatId' | 'kind' | 'title'>) => void;
  /** Also the answer to a group that asked to be let in. */
  readonly setAccess: (chatId: number, access: ChatAccess) => void;
  readonly setRole: (chatId: number, role: ChatRole) => void;
  /** @returns false if it is so already */
  readonly setStartOrder: (chatId: number, order: StartOrderChoice) => boolean;
  /** A chat that can be reached again gets at once what waited for it. */
  readonly setReachable: (chatId: number, reachable: boolean) => void;
  /** What waits to be said there is tried at once. */
  readonly hastenNotices: (chatId: number) => void;
  /** Somebody wrote there, so many messages: counted, and it can be reached. */
  readonly updateChatActivity: (chatId: number, messages?: number) => void;
  /** Whose preferences hold in a group that says nothing; of several only the first. */
  readonly noteBroughtBy: (chatId: number, userId: number) => void;
  /**
   * A group became a supergroup: every row of the old id moves to the new one. Messages do not move along (their ids
   * mean nothing in the new chat), so cards that are alive are sent anew. A second call for the same two does nothing.
   */
  readonly migrateChat: (oldId: number, newId: number) => void;
}

const toChat = rowMapper<ChatSession>({ booleans: ['reachable', 'autoClearEnabled'] });

const hastenNotices = (sql: Sql, chatId: number): void => {
  sql.run('UPDATE outbox SET not_before = NULL WHERE chat_id = ? AND sent_at IS NULL AND dropped_reason IS NULL', [
    chatId,
  ]);
};

const setReachable = (sql: Sql, chatId: number, reachable: boolean, at: string): void =>
  sql.atomically(() => {
    // Nothing could be sent to an owner who has not written yet: what waits for them must not wait on once they do.
    if (!reachable) {
      sql.run(
        'INSERT INTO chat_sessions (chat_id, kind, last_activity) VALUES (?, ?, ?) ON CONFLICT (chat_id) DO NOTHING',
        [chatId, chatId > 0 ? 'private' : 'group', at],
      );
    }
    const { changes } = sql.run(
      'UPDATE chat_sessions SET reachable = :flag WHERE chat_id = :chatId AND reachable <> :flag',
      { chatId, flag: reachable ? 1 : 0 },
    );
    if (changes > 0 && reachable) hastenNotices(sql, chatId);
  });

/** @param now the current time, ISO 8601 */
export const createChats = (sql: Sql, now: () => string): Chats => ({
  getChat: (chatId) => sql.get('SELECT * FROM chat_sessions WHERE chat_id = ?', toChat, [chatId]),
  chatsTitled: (title) =>
    sql.all(
      'SELECT chat_id AS id FROM chat_sessions WHERE chat_id < 0 AND title = ? COLLATE NOCASE LIMIT 2',
      numberOf,
      [title],
    ),
  upsertChat: ({ chatId, kind, title }) => {
    sql.run(
      `INSERT INTO chat_sessions (chat_id, kind, title, last_activity) VALUES (?, ?, ?, ?)
       ON CONFLICT (chat_id) DO UPDATE SET kind = excluded.kind, title = excluded.title
       WHERE kind <> excluded.kind OR title IS NOT excluded.title`,
      [chatId, kind, title, now()],
    );
  },
  setAccess: (chatId, access) => {
    sql.atomically(() => {
      endAccessRequest(sql, chatId);
      sql.run('UPDATE chat_sessions SET access = ? WHERE chat_id = ?', [access, chatId]);
    });
  },
  setRole: (chatId, role) => {
    sql.run('UPDATE chat_sessions SET role = ? WHERE chat_id = ?', [role, chatId]);
  },
  setStartOrder: (chatId, order) =>
    sql.run(
      `INSERT INTO chat_sessions (chat_id, kind, last_activity, start_order) VALUES (:chatId, :kind, :now, :order)
       ON CONFLICT (chat_id) DO UPDATE SET start_order = excluded.start_order WHERE start_order <> excluded.start_order`,
      { chatId, kind: chatId > 0 ? 'private' : 'group', now: now(), order },
    ).changes > 0,
  setReachable: (chatId, reachable) => setReachable(sql, chatId, reachable, now()),
  hastenNotices: (chatId) => hastenNotices(sql, chatId),
  updateChatActivity: (chatId, messages = 1) => {
    sql.atomically(() => {
      const silent = sql.get('SELECT 1 FROM chat_sessions WHERE chat_id = ? AND reachable = 0', () => true, [chatId]);
      sql.run(
        `INSERT INTO chat_sessions (chat_id, kind, last_activity, message_count) VALUES (:chatId, :kind, :now, :messages)
         ON CONFLICT (chat_id) DO UPDATE SET last_activity = excluded.last_activity, message_count = message_count + :messages,
           reachable = 1`,
        // Telegram's ids tell people (above zero) and groups (below) apart; the kind is put right by upsertChat.
        { chatId, kind: chatId > 0 ? 'private' : 'group', now: now(), messages },
      );
      if (silent) hastenNotices(sql, chatId);
    });
  },
  noteBroughtBy: (chatId, userId) => {
    sql.atomically(() => {
      const brought = sql.run(
        'UPDATE chat_sessions SET brought_by = ? WHERE chat_id = ? AND chat_id < 0 AND brought_by IS NULL',
        [userId, chatId],
      );
      if (brought.changes > 0) applyAutoClear(sql, chatId, now());
    });
  },
  migrateChat: (oldId, newId) => {
    sql.atomically(() => moveChat(sql, oldId, newId, now()));
  },
});
