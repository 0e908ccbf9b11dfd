import { type ModelEntry, modelEntrySchema } from '../../domain/moving/entry.ts';
import type { AddRequestState } from '../../domain/states/add-request.ts';
import { rowMapper } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

type LineKind = 'new' | 'changed' | 'refused';
type LineState = 'planned' | 'asked' | 'done' | 'failed';

/** What an import does with one model of its file. */
export interface ImportLine {
  readonly importId: number;
  /** Its place among the lines of its import. */
  readonly number: number;
  /** Where it stands in the file; 0 where that is not known. */
  readonly line: number;
  readonly name: string;
  readonly kind: LineKind;
  readonly state: LineState;
  /** null: it is refused, or the row holds something else. */
  readonly entry: ModelEntry | null;
  readonly modelId: number | null;
  readonly requestId: number | null;
  /** Why it is refused, what of it changes, or why it has failed. */
  readonly about: string | null;
}

export type NewImportLine = Pick<ImportLine, 'line' | 'name' | 'kind' | 'entry' | 'modelId' | 'about'>;

/** How many lines there are of a kind in a state. */
export interface LineTally {
  readonly kind: LineKind;
  readonly state: LineState;
  readonly lines: number;
}

/** Models of a file that lay on a machine which there is not here. */
export interface LostHost {
  readonly host: string;
  readonly lines: number;
}

/** A line whose model is looked up, and how that ended. */
export interface AnsweredLine {
  readonly number: number;
  readonly state: Exclude<AddRequestState, 'looking_up'>;
  readonly errorMessage: string | null;
}

/** The lines of an import. Lists may be long: whoever reads or writes one takes a part of it at a time. */
export interface ImportLines {
  /** Puts lines behind those that are there; a slice at a time. */
  readonly addLines: (importId: number, from: number, lines: readonly NewImportLine[]) => void;
  /** Drops a part of what a kill has left half-way. @returns how many went */
  readonly dropLines: (importId: number, most: number) => number;
  readonly tallyLines: (importId: number) => LineTally[];
  /** Of what is new, how many are to lie on machines that there are not, by the names of those; the most first. */
  readonly lostHosts: (importId: number) => LostHost[];
  /** The first of a kind in a state, in the order of the file. */
  readonly listLines: (
    importId: number,
    kind: LineKind,
    state: LineState,
    page: { readonly limit: number; readonly after?: number },
  ) => ImportLine[];
  readonly setLine: (
    line: Pick<ImportLine, 'importId' | 'number'>,
    state: LineState,
    about?: Partial<Pick<ImportLine, 'requestId' | 'about'>>,
  ) => void;
  /** How many of its models are being looked up. */
  readonly countOpen: (importId: number) => number;
  /** Lines whose models have been looked up, and are not marked yet. */
  readonly answeredLines: (importId: number, most: number) => AnsweredLine[];
  /** Drops a part of the lines of a chat's imports that have ended, but for the newest few. @returns how many went */
  readonly forgetLines: (chatId: number, most: number) => number;
  /** What has failed is planned anew, with another look-up. @returns how many */
  readonly planFailed: (importId: number) => number;
}

const toLine = rowMapper<ImportLine>({
  table: 'import_lines',
  key: 'number',
  json: { entry: { schema: modelEntrySchema, broken: null } },
});
const toTally = rowMapper<LineTally>();
const toLostHost = rowMapper<LostHost>();
const toAnswered = rowMapper<AnsweredLine>();

const INSERT = `INSERT INTO import_lines (import_id, number, line, name, kind, entry, model_id, about)
  SELECT :importId, :from + key, value ->> 'line', value ->> 'name', value ->> 'kind', nullif(value -> 'entry', 'null'),
    value ->> 'modelId',
    value ->> 'about'
  FROM json_each(:lines) WHERE true ON CONFLICT DO NOTHING`;

const KEPT_MOST = 5;
const FORGET = `DELETE FROM import_lines WHERE (import_id, number) IN (
    SELECT import_id, number FROM import_lines WHERE import_id IN (
      SELECT id FROM imports WHERE chat_id = :chatId AND state IN ('done', 'failed', 'cancelled')
        AND id NOT IN (SELECT id FROM imports WHERE chat_id = :chatId ORDER BY id DESC LIMIT ${KEPT_MOST}))
    LIMIT :most)`;

/** The rows of lines of imports. */
export const createImportLines = (sql: Sql): ImportLines => ({
  addLines: (importId, from, lines) => {
    sql.run(INSERT, { importId, from, lines: JSON.stringify(lines) });
  },
  dropLines: (importId, most) =>
    sql.run(
      `DELETE FROM import_lines WHERE import_id = :importId AND number IN
         (SELECT number FROM import_lines WHERE import_id = :importId LIMIT :most)`,
      { importId, most },
    ).changes,
  forgetLines: (chatId, most) => sql.run(FORGET, { chatId, most }).changes,
  tallyLines: (importId) =>
    sql.all(
      'SELECT kind, state, count(*) AS lines FROM import_lines WHERE import_id = ? GROUP BY kind, state',
      toTally,
      [importId],
    ),
  lostHosts: (importId) =>
    sql.all(
      `SELECT entry ->> 'lostHost' AS host, count(*) AS lines FROM import_lines
       WHERE import_id = ? AND kind = 'new' AND entry ->> 'lostHost' IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10`,
      toLostHost,
      [importId],
    ),
  listLines: (importId, kind, state, { limit, after = -1 }) =>
    sql.all(
      `SELECT * FROM import_lines WHERE import_id = ? AND kind = ? AND state = ? AND number > ? ORDER BY number LIMIT ?`,
      toLine,
      [importId, kind, state, after, limit],
    ),
  setLine: ({ importId, number }, state, { requestId, about } = {}) => {
    sql.run(
      `UPDATE import_lines SET state = ?, request_id = coalesce(?, request_id), about = coalesce(?, about)
       WHERE import_id = ? AND number = ?`,
      [state, requestId ?? null, about ?? null, importId, number],
    );
  },
  countOpen: (importId) =>
    sql.get("SELECT count(*) FROM import_lines WHERE import_id = ? AND kind = 'new' AND state = 'asked'", numberOf, [
      importId,
    ]) ?? 0,
  answeredLines: (importId, most) =>
    sql.all(
      `SELECT number, add_requests.state, add_requests.error_message FROM import_lines
         JOIN add_requests ON add_requests.id = request_id
       WHERE import_id = ? AND kind = 'new' AND import_lines.state = 'asked' AND add_requests.state <> 'looking_up'
       ORDER BY number LIMIT ?`,
      toAnswered,
      [importId, most],
    ),
  planFailed: (importId) =>
    sql.run(
      "UPDATE import_lines SET state = 'planned' WHERE import_id = ? AND kind IN ('new', 'changed') AND state = 'failed'",
      [importId],
    ).changes,
});
