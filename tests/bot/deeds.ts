import type { Changed, Row } from '../../bench/updates/books.ts';

/** What anybody leaves who writes: their name, that they were there, and that they asked or were refused. */
const LEFT_BY_ANYBODY: readonly string[] = ['users', 'activity_log', 'refused_messages', 'access_requests'];

/** What is decided about a chat; the rest of its row is counted. */
const DECIDED = { access: 'pending', role: 'member', start_order: 'added', auto_clear_enabled: 1 } as const;

const isLeft = ({ before, after }: Changed, row: Row): boolean => {
  if (row.table === 'outbox') return row.values['kind'] === 'access_request';
  if (row.table !== 'chat_sessions' || !after) return LEFT_BY_ANYBODY.includes(row.table);
  const known: Row['values'] = before?.values ?? DECIDED;
  return Object.keys(DECIDED).every((name) => after.values[name] === known[name]);
};

/**
 * What has changed in a chat, or in what is of no chat, that only those may change whom it is for.
 * @param byItself tables that change without anybody
 */
export const deedsIn = (
  chatId: number | undefined,
  changes: readonly Changed[],
  byItself: readonly string[] = [],
): string[] =>
  changes.flatMap((change) => {
    const { before, after } = change;
    const row = after ?? before;
    if (!row || row.chatId !== chatId || byItself.includes(row.table) || isLeft(change, row)) return [];
    return [`${row.table}: ${before?.text ?? ''} → ${after?.text ?? ''}`];
  });
