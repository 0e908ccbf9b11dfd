/** What the database holds, whose it is, and what has changed in it. */
import Database from 'better-sqlite3';
import { TOLD } from '../../src/store/messages/cards.ts';

export interface Row {
  readonly table: string;
  readonly chatId: number | undefined;
  /** Who asked for the model that it belongs to. */
  readonly requestedBy: number | undefined;
  readonly values: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export type Books = ReadonlyMap<string, Row>;

export interface Changed {
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

/** They tell of updates and messages themselves, whoever sent them. */
const APART = new Set(['updates', 'handled_updates', 'deeds', 'clearable_messages', 'write_checks', 'sqlite_sequence']);

const keyOf = (values: Record<string, unknown>, primary: readonly string[]): string =>
  primary.map((name) => String(values[name])).join(' ');

const REACHABLE = 'chat_id NOT IN (SELECT chat_id FROM chat_sessions WHERE reachable = 0)';

/** Something is still to be said or looked up. A card that the summary of its chat speaks for is not to be sent. */
const DUE = `SELECT 1 FROM updates
  UNION ALL SELECT 1 FROM outbox WHERE sent_at IS NULL AND dropped_reason IS NULL AND not_before IS NULL
  UNION ALL SELECT 1 FROM file_sends WHERE not_before IS NULL
  UNION ALL SELECT 1 FROM cards WHERE message_id IS NULL AND final = 0 AND drawn IS NOT '${TOLD}' AND ${REACHABLE}
  UNION ALL SELECT 1 FROM add_requests WHERE state = 'looking_up' OR (settled = 0 AND ${REACHABLE})
  UNION ALL SELECT 1 FROM searches WHERE settled = 0 AND ${REACHABLE}
  UNION ALL SELECT 1 FROM verifications WHERE settled = 0 AND chat_id <> 0 AND ${REACHABLE}
  UNION ALL SELECT 1 FROM imports WHERE settled = 0 AND ${REACHABLE}
  UNION ALL SELECT 1 FROM removed_models WHERE (settled = 0 OR card_settled = 0) AND ${REACHABLE} LIMIT 1`;

export interface OpenBooks {
  /** All of it, at one moment. */
  readonly read: () => Books;
  /** How many updates are still to be handled. */
  readonly waiting: () => number;
  /** All of it, if nothing is to be done any more and nothing has changed since this was asked last. */
  readonly atRest: () => Books | undefined;
  readonly close: () => void;
}

/** What belongs to one of these belongs to its chat: they are read first. */
const FIRST = ['verifications', 'models'];
const placeOf = (table: string): number => -FIRST.indexOf(table);

export const openBooks = (path: string): OpenBooks => {
  const db = new Database(path, { readonly: true });
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
  const tables = names
    .filter((name) => !APART.has(name))
    .map((name) => {
      const columns = db.pragma(`table_info(${name})`) as { name: string; pk: number }[];
      const primary = columns.filter(({ pk }) => pk > 0).map((column) => column.name);
      return { name, primary, rows: db.prepare(`SELECT * FROM ${name}`) };
    });
  const readAll = (): Books => {
    const books = new Map<string, Row>();
    const models = new Map<unknown, { readonly chatId: number; readonly requestedBy: number }>();
    const verifications = new Map<unknown, unknown>();
    for (const { name, primary, rows } of tables.toSorted((one, other) => placeOf(one.name) - placeOf(other.name))) {
      for (const values of rows.iterate() as Iterable<Record<string, unknown>>) {
        if (name === 'models')
          models.set(values['id'], { chatId: Number(values['chat_id']), requestedBy: Number(values['requested_by']) });
        const model = models.get(name === 'models' ? values['id'] : values['model_id']);
        // What is a person's own belongs to their own chat; who they are is of no chat.
        const person = name === 'users' ? undefined : values['user_id'];
        if (name === 'verifications') verifications.set(values['id'], values['chat_id']);
        const own =
          values['chat_id'] ??
          verifications.get(values['verification_id']) ??
          model?.chatId ??
          person ??
          /^-?\d+/.exec(values['key'] as string)?.[0];
        const chatId = own === undefined ? undefined : Number(own);
        const row = { table: name, chatId, requestedBy: model?.requestedBy, values, text: JSON.stringify(values) };
        books.set(`${name} ${keyOf(values, primary)}`, row);
      }
    }
    return books;
  };
  const due = db.prepare(DUE);
  const waiting = db.prepare('SELECT count(*) FROM updates').pluck();
  const read = db.transaction(readAll);
  let last: Books = new Map();
  const atRest = (): Books | undefined => {
    if (due.get() !== undefined) return undefined;
    const now = read();
    const isSame = changesBetween(last, now).length === 0;
    last = now;
    return isSame ? now : undefined;
  };
  return { read, waiting: () => Number(waiting.get()), atRest, close: () => db.close() };
};

export const changesBetween = (before: Books, after: Books): Changed[] => {
  const changed: Changed[] = [];
  for (const [key, row] of after) {
    const old = before.get(key);
    if (old?.text !== row.text) changed.push({ before: old, after: row });
  }
  for (const [key, row] of before) if (!after.has(key)) changed.push({ before: row, after: undefined });
  return changed;
};
