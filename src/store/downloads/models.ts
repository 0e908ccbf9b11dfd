/* store/downloads: models, copies, sessions and requests, and the order in which models start. */

import { AppError } from '../../domain/errors.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { RepoFile, RepoType } from '../../domain/listing.ts';
import type { Model, Priority } from '../../domain/model.ts';
import type { ModelStatus, PendingReason, StatusWord } from '../../domain/states/model.ts';
import { type ModelMetadata, modelMetadataSchema } from '../../domain/model-metadata.ts';
import { parseRepoRef } from '../../domain/repo/repo.ts';
import { sourceOf } from '../../domain/repo/web-file.ts';
import { DEFAULT_SELECTION, parseSelectionKey, selectionKey } from '../../domain/files/selection.ts';
import type { Copies } from './copies.ts';
import { CANCELLED } from './sessions.ts';
import { rowMapper } from '../database/row.ts';
import { insertion, isDuplicate, endOfOrder, numberOf, type Sql, type Value } from '../database/sql.ts';

interface ModelFields {
  readonly chatId: number;
  /** The repository's id as typed. */
  readonly name: string;
  readonly repoType?: RepoType;
  readonly revision?: string;
  /** Canonical JSON. */
  readonly selection?: string;
  readonly sizeBytes?: number;
  readonly metadata?: ModelMetadata;
  readonly requestedBy?: number;
  readonly tokenOf?: number;
  readonly canonicalName?: string;
  readonly license?: string;
  readonly priority?: Priority;
  readonly scheduled?: boolean;
  readonly onDemand?: boolean;
  readonly runNow?: boolean;
  readonly init?: boolean;
  /** True unless told. */
  readonly enabled?: boolean;
  readonly category?: string;
  readonly description?: string;
  readonly statusReason?: PendingReason;
  /** Where it shall lie: this machine unless told. */
  readonly hostId?: number;
}

/** The copy that it wants: of this commit, with these files. */
interface WantedCopy {
  readonly commitSha: string;
  readonly files?: readonly RepoFile[];
  /** Of a file from a web address: where it is. */
  readonly sourceUrl?: string | null | undefined;
}

export type NewModel = ModelFields &
  (WantedCopy | { readonly commitSha?: undefined; readonly files?: undefined; readonly sourceUrl?: undefined });

interface ModelFilter {
  readonly status?: ModelStatus;
  /** As people call it: `paused` without what was cancelled. */
  readonly word?: StatusWord;
  readonly limit?: number;
  readonly offset?: number;
}

/** A part of a long list, in the order of ids. */
interface ModelPage {
  readonly afterId?: number;
  readonly limit?: number;
}

export interface Models {
  /**
   * Creates a pending model, which wants the copy of its commit and files.
   * @throws AppError integrity: this library has it already, or there is no such category; validation: no repository's
   * name, or no selection; constraint: a size below zero
   */
  readonly createModel: (model: NewModel) => Model;
  readonly getModel: (id: number) => Model | undefined;
  /** The newest of this chat's models with that name. */
  readonly getModelByName: (chatId: number, name: string) => Model | undefined;
  /** Newest first: one name may be there with several revisions and selections. */
  readonly findModels: (chatId: number, name: string) => Model[];
  /**
   * Which models of this chat's library are of these repositories, by the names that were typed or those that the source has
   * for them now, in any letters.
   */
  readonly modelsNamed: (chatId: number, names: readonly string[]) => Model[];
  /** Newest first, 100 unless told. */
  readonly listModels: (chatId: number, filter?: ModelFilter) => Model[];
  readonly countModels: (chatId: number, filter?: Pick<ModelFilter, 'status' | 'word'>) => number;
  /** A person cancelled it, and nobody has begun it anew since. */
  readonly isCancelled: (id: number) => boolean;
  /** Of all chats, as people call it: what was cancelled is not paused. */
  readonly countByStatus: (word: StatusWord) => number;
  /** Hosts on whose disk some model of some chat waits for room. */
  readonly hostsWithoutRoom: () => number[];
  /** Of all chats, oldest first. */
  readonly getModelsByStatus: (status: ModelStatus, page?: ModelPage) => Model[];
  /** Its sessions stay as history; one that is open is cancelled. @returns false if there is no such model */
  readonly removeModel: (id: number) => boolean;
}

export const toModel = rowMapper<Model>({
  table: 'models',
  booleans: ['enabled', 'pinned', 'scheduled', 'onDemand', 'runNow', 'init'],
  // A model without its metadata is whole: only its card says less, until a look at its files or its branch notes them anew.
  json: { metadata: { schema: modelMetadataSchema, broken: null } },
});

/** What is read of a model: its row, and what it is told of its copies. */
export const MODEL = `*, (SELECT commit_sha FROM copies WHERE copies.id = wants_copy_id) AS commit_sha,
  (SELECT source_url FROM copies WHERE copies.id = coalesce(wants_copy_id, copy_id)) AS source_url,
  (SELECT hosts.name FROM hosts WHERE hosts.id = host_id AND hosts.id <> ${THIS_HOST}) AS host_name,
  coalesce((SELECT files_gone + files_broken FROM copies WHERE copies.id = copy_id), 0) AS files_gone,
  coalesce((SELECT files_broken FROM copies WHERE copies.id = copy_id), 0) AS files_broken`;

const DEFAULT_LIMIT = 100;

/** A model by either of its names; put so that SQLite uses the index of each: to leave out what both find it goes through all of the chat. */
const NAMED = `SELECT ${MODEL} FROM models WHERE repo_type = 'model' AND id IN (
    SELECT id FROM models WHERE chat_id = :chatId AND lower(name) IN (SELECT value FROM json_each(:names))
    UNION ALL
    SELECT id FROM models WHERE chat_id = :chatId AND canonical_name IS NOT NULL
      AND lower(canonical_name) IN (SELECT value FROM json_each(:names)))
  ORDER BY id LIMIT ${DEFAULT_LIMIT}`;

const checkName = (name: string): void => {
  if (parseRepoRef(name).id === name) return;
  throw new AppError('validation', `“${name}” is not the id of a repository; gpt2 or org/name would be.`);
};

/** What is kept is compared as text: the one spelling for what means the same. */
const canonical = (selection: string | undefined): string =>
  selectionKey(selection === undefined ? DEFAULT_SELECTION : parseSelectionKey(selection));

const where = ({ status, word }: ModelFilter): { text: string; values: Value[] } => {
  const isCancelled = word === 'cancelled' ? ` AND ${CANCELLED}` : word === 'paused' ? ` AND NOT (${CANCELLED})` : '';
  const wanted = status ?? (word === 'cancelled' ? 'paused' : word);
  return wanted === undefined ? { text: '', values: [] } : { text: ` AND status = ?${isCancelled}`, values: [wanted] };
};

const WITHOUT_ROOM =
  "SELECT DISTINCT host_id FROM models INDEXED BY idx_models_no_space WHERE status = 'pending' AND status_reason = 'no_space' AND enabled = 1";

const createCounts = (sql: Sql): Pick<Models, 'countModels' | 'countByStatus' | 'hostsWithoutRoom'> => ({
  hostsWithoutRoom: () => sql.all(WITHOUT_ROOM, numberOf),
  countModels: (chatId, filter = {}) => {
    const { text, values } = where(filter);
    return sql.get(`SELECT count(*) FROM models WHERE chat_id = ?${text}`, numberOf, [chatId, ...values]) ?? 0;
  },
  countByStatus: (word) => {
    const { text, values } = where({ word });
    return sql.get(`SELECT count(*) FROM models WHERE true${text}`, numberOf, values) ?? 0;
  },
});

/** @param now the current time, ISO 8601 */
export const createModels = (sql: Sql, now: () => string, copies: Pick<Copies, 'want'>): Models => {
  const getModel = (id: number): Model | undefined =>
    sql.get(`SELECT ${MODEL} FROM models WHERE id = ?`, toModel, [id]);

  const insert = (fields: ModelFields & { readonly wantsCopyId: number | undefined }): number => {
    const at = now();
    const times = { queuedAt: endOfOrder(sql, at), createdAt: at, updatedAt: at };
    const scheduled = fields.scheduled ?? (fields.statusReason === 'schedule' && !fields.onDemand);
    const row = insertion({ ...fields, source: sourceOf(fields.name), scheduled, ...times });
    try {
      return sql.run(`INSERT INTO models ${row.text}`, row.values).lastId;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      throw new AppError('integrity', `${fields.name} is already in this library.`, { cause: error });
    }
  };

  return {
    createModel: ({ files = [], commitSha, sourceUrl, ...fields }) => {
      const { name, repoType = 'model', sizeBytes = 0, hostId = THIS_HOST } = fields;
      checkName(name);
      const selection = canonical(fields.selection);
      return sql.atomically(() => {
        const wantsCopyId =
          commitSha === undefined
            ? undefined
            : copies.want(
                { repoType, name, commitSha, selection, sourceUrl: sourceUrl ?? null, hostId },
                { files, sizeBytes: Math.max(0, sizeBytes) },
              );
        return getModel(insert({ ...fields, selection, wantsCopyId })) as Model;
      });
    },
    ...createCounts(sql),
    getModel,
    getModelByName: (chatId, name) =>
      sql.get(`SELECT ${MODEL} FROM models WHERE chat_id = ? AND name = ? ORDER BY id DESC LIMIT 1`, toModel, [
        chatId,
        name,
      ]),
    findModels: (chatId, name) =>
      sql.all(`SELECT ${MODEL} FROM models WHERE chat_id = ? AND name = ? ORDER BY id DESC`, toModel, [chatId, name]),
    modelsNamed: (chatId, names) =>
      sql.all(NAMED, toModel, { chatId, names: JSON.stringify(names.map((name) => name.toLowerCase())) }),
    listModels: (chatId, filter = {}) => {
      const { text, values } = where(filter);
      return sql.all(
        `SELECT ${MODEL} FROM models WHERE chat_id = ?${text} ORDER BY id DESC LIMIT ? OFFSET ?`,
        toModel,
        [chatId, ...values, filter.limit ?? DEFAULT_LIMIT, filter.offset ?? 0],
      );
    },
    isCancelled: (id) => sql.get(`SELECT 1 FROM models WHERE id = ? AND ${CANCELLED}`, () => true, [id]) ?? false,
    getModelsByStatus: (status, { afterId = 0, limit = -1 } = {}) =>
      sql.all(`SELECT ${MODEL} FROM models WHERE status = ? AND id > ? ORDER BY id LIMIT ?`, toModel, [
        status,
        afterId,
        limit,
      ]),
    removeModel: (id) =>
      sql.atomically(() => {
        sql.run(
          `UPDATE download_sessions SET status = 'cancelled', completed_at = max(?, started_at)
           WHERE model_id = ? AND status IN ('started', 'in_progress')`,
          [now(), id],
        );
        return sql.run('DELETE FROM models WHERE id = ?', [id]).changes > 0;
      }),
  };
};
