/* store/moving: files that are brought into a library, line by line. */

import { type FileSettings, fileSettingsSchema } from '../../domain/moving/models-file.ts';
import { assertImportMove, type ImportState } from '../../domain/states/import.ts';
import { REACHABLE } from '../people/chats.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, insertion, touchedAt, type Sql } from '../database/sql.ts';

/** What somebody brings into a library from a file. */
export interface Import {
  readonly id: number;
  readonly chatId: number;
  readonly userId: number;
  readonly threadId: number | null;
  /** The person's message; null: it is a file of the machine. Negative: it stayed behind in the group that this one was before. */
  readonly messageId: number | null;
  /** The bot's message that shows it; null until it was sent. */
  readonly cardMessageId: number | null;
  /** Of a file of the machine: what it held. */
  readonly digest: string | null;
  readonly state: ImportState;
  /** What it brings in is downloaded; otherwise it waits for a person. */
  readonly starts: boolean;
  /** How many of its models are here already, as it has them. */
  readonly same: number;
  readonly settings: FileSettings;
  readonly fileCreated: string | null;
  readonly errorMessage: string | null;
  readonly settled: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type NewImport = Pick<Import, 'chatId' | 'userId' | 'threadId' | 'messageId' | 'digest'>;

type ImportChanges = Partial<Pick<Import, 'starts' | 'same' | 'settings' | 'fileCreated' | 'errorMessage'>>;

export interface Imports {
  /** One for each message: a repetition returns the first one. */
  readonly createImport: (fields: NewImport) => Import;
  readonly getImport: (id: number) => Import | undefined;
  /** The newest of a chat that has brought something in, or been begun. */
  readonly latestImport: (chatId: number) => Import | undefined;
  /** What the file of the machine held when it was read last, and told of or brought in. */
  readonly latestDigest: () => string | undefined;
  /** What was being read of the file of the machine when the program ended: it is read anew. */
  readonly dropUnplanned: () => void;
  /** Those whose lines are to be done, oldest first. */
  readonly bringing: () => Import[];
  /** Compare-and-set. @returns false if it was not in `from` any more @throws AppError state_transition */
  readonly moveImport: (id: number, from: ImportState, to: ImportState, changes?: ImportChanges) => boolean;
  /** What is no move; its message is drawn anew. */
  readonly updateImport: (id: number, changes: ImportChanges) => void;
  /** Where it is shown; null = that message is gone. */
  readonly setImportCard: (id: number, cardMessageId: number | null) => void;
  /** Those whose message may not show what is true, oldest first. */
  readonly importsToDraw: () => Import[];
  readonly setImportDrawn: (id: number, drawn: string, settled: boolean) => void;
  /** Its topic is gone: the answer goes to the chat itself. */
  readonly leaveImportThread: (id: number) => void;
}

const toImport = rowMapper<Import>({
  table: 'imports',
  booleans: ['starts', 'settled'],
  json: { settings: { schema: fileSettingsSchema, broken: {} } },
});

/** The index holds those only: to read all imports for them would be to read all that ever were. */
const TO_DRAW = `SELECT * FROM imports INDEXED BY idx_imports_draw WHERE settled = 0 AND state <> 'reading' AND ${REACHABLE} ORDER BY id LIMIT 50`;

/** @param now the current time, ISO 8601 */
export const createImports = (sql: Sql, now: () => string): Imports => {
  const getImport = (id: number): Import | undefined => sql.get('SELECT * FROM imports WHERE id = ?', toImport, [id]);
  return {
    createImport: (fields) => {
      const at = now();
      const row = insertion({ ...fields, createdAt: at, updatedAt: at });
      const { changes, lastId } = sql.run(
        `INSERT INTO imports ${row.text} ON CONFLICT (chat_id, message_id) DO NOTHING`,
        row.values,
      );
      const known = 'SELECT * FROM imports WHERE chat_id = ? AND message_id = ?';
      return (changes > 0 ? getImport(lastId) : sql.get(known, toImport, [fields.chatId, fields.messageId])) as Import;
    },
    getImport,
    latestImport: (chatId) =>
      sql.get(
        `SELECT * FROM imports WHERE chat_id = ? AND state IN ('bringing', 'done') ORDER BY id DESC LIMIT 1`,
        toImport,
        [chatId],
      ),
    latestDigest: () =>
      sql.get(
        "SELECT digest FROM imports WHERE digest IS NOT NULL AND state <> 'reading' ORDER BY id DESC LIMIT 1",
        (row) => String(row['digest']),
      ),
    dropUnplanned: () => {
      sql.run("DELETE FROM imports WHERE digest IS NOT NULL AND state = 'reading'");
    },
    bringing: () => sql.all("SELECT * FROM imports WHERE state = 'bringing' ORDER BY id", toImport),
    moveImport: (id, from, to, changes = {}) => {
      assertImportMove(from, to);
      const set = assignments({ state: to, ...changes, settled: false, updatedAt: now() });
      return (
        sql.run(`UPDATE imports SET ${set.text} WHERE id = ? AND state = ?`, [...set.values, id, from]).changes > 0
      );
    },
    updateImport: (id, changes) => {
      const set = assignments({ ...changes, settled: false, updatedAt: now() });
      sql.run(`UPDATE imports SET ${set.text} WHERE id = ?`, [...set.values, id]);
    },
    setImportCard: (id, cardMessageId) => {
      sql.run(`UPDATE imports SET card_message_id = :card, settled = 0, ${touchedAt(':at')} WHERE id = :id`, {
        card: cardMessageId,
        id,
        at: now(),
      });
    },
    importsToDraw: () => sql.all(TO_DRAW, toImport),
    setImportDrawn: (id, drawn, settled) => {
      sql.run(
        'UPDATE imports SET drawn = :drawn, settled = :flag WHERE id = :id AND (drawn IS NOT :drawn OR settled <> :flag)',
        { id, drawn, flag: settled ? 1 : 0 },
      );
    },
    leaveImportThread: (id) => {
      sql.run('UPDATE imports SET thread_id = NULL WHERE id = ?', [id]);
    },
  };
};
