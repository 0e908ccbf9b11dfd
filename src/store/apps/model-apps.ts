/* store/apps: which app shall see what, and the links made for it. */

import type { ModelApp } from '../../domain/apps/link.ts';
import type { Model } from '../../domain/model.ts';
import { assertModelAppMove } from '../../domain/states/model-app.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, numberOf, type Sql } from '../database/sql.ts';
import { MODEL, toModel } from '../downloads/models.ts';

/** Which models other programs shall see. */
export interface ModelApps {
  /** In the order of the apps' names. */
  readonly appsOf: (modelId: number) => ModelApp[];
  /** Models of a chat that are, or shall be, seen by some app; the newest first. */
  readonly modelsLinked: (chatId: number) => Model[];
  /** It shall be seen there; said once more, it is linked anew. @param said what a person has said that its files are */
  readonly wantApp: (modelId: number, app: string, said: string | null) => void;
  /** @returns false if it was not to be seen there */
  readonly leaveApp: (modelId: number, app: string) => boolean;
  /** Those of models that have a copy. */
  readonly appsToLink: () => ModelApp[];
  /** @throws AppError state_transition */
  readonly setModelApp: (
    modelId: number,
    app: string,
    changes: Partial<Pick<ModelApp, 'state' | 'shownAs' | 'message'>>,
  ) => void;
  /** Models that have come since it was last looked whether their chats want them linked. */
  readonly modelsToLink: () => number[];
  readonly setConsidered: (modelId: number) => void;
  /** What was refused is tried again; of one app, or of all. */
  readonly retryRefused: (app?: string) => void;
  /** The app has other folders now: all of its models are linked anew. */
  readonly linkAnew: (app: string) => void;
}

/** More than a person is asked to choose from. */
const LINKED_MOST = 20;
/** Models whose lists are read before everything else has its turn. */
const AT_ONCE = 50;

const toModelApp = rowMapper<ModelApp>({ table: 'model_apps', key: 'model_id' });

/** The rows of what is wanted of other programs. */
export const createModelApps = (sql: Sql): ModelApps => ({
  appsOf: (modelId) => sql.all('SELECT * FROM model_apps WHERE model_id = ? ORDER BY app', toModelApp, [modelId]),
  modelsLinked: (chatId) =>
    sql.all(
      `SELECT ${MODEL} FROM models WHERE chat_id = ? AND EXISTS (SELECT 1 FROM model_apps WHERE model_id = models.id)
       ORDER BY id DESC LIMIT ${LINKED_MOST}`,
      toModel,
      [chatId],
    ),
  wantApp: (modelId, app, said) => {
    sql.run(
      `INSERT INTO model_apps (model_id, app, said) VALUES (:modelId, :app, :said)
       ON CONFLICT DO UPDATE SET said = coalesce(excluded.said, said), state = 'waiting', message = NULL`,
      { modelId, app, said },
    );
  },
  leaveApp: (modelId, app) =>
    sql.run('DELETE FROM model_apps WHERE model_id = ? AND app = ?', [modelId, app]).changes > 0,
  appsToLink: () =>
    sql.all(
      `SELECT model_apps.* FROM model_apps JOIN models ON models.id = model_apps.model_id
       WHERE model_apps.state = 'waiting' AND models.copy_id IS NOT NULL ORDER BY model_id, app`,
      toModelApp,
    ),
  setModelApp: (modelId, app, changes) => {
    const from = sql.get('SELECT * FROM model_apps WHERE model_id = ? AND app = ?', toModelApp, [modelId, app])?.state;
    const { state: to } = changes;
    if (from !== undefined && to !== undefined && from !== to) assertModelAppMove(from, to);
    const set = assignments(changes);
    sql.run(`UPDATE model_apps SET ${set.text} WHERE model_id = ? AND app = ?`, [...set.values, modelId, app]);
  },
  modelsToLink: () => sql.all('SELECT model_id FROM models_to_link ORDER BY model_id LIMIT ?', numberOf, [AT_ONCE]),
  setConsidered: (modelId) => {
    sql.run('DELETE FROM models_to_link WHERE model_id = ?', [modelId]);
  },
  linkAnew: (app) => {
    sql.run("UPDATE model_apps SET state = 'waiting', message = NULL WHERE app = ?", [app]);
  },
  retryRefused: (app) => {
    sql.run(
      "UPDATE model_apps SET state = 'waiting', message = NULL WHERE state = 'refused' AND (:app IS NULL OR app = :app)",
      { app: app ?? null },
    );
  },
});
