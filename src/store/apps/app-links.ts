import type { AppLink } from '../../domain/apps/link.ts';
import { assertAppLinkMove } from '../../domain/states/app-link.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, insertion, type Sql } from '../database/sql.ts';

/** The names that hubgram has made in the folders of other programs, or is about to make. */
export interface AppLinks {
  readonly linksOf: (modelId: number, app: string) => AppLink[];
  /** Of whichever models. */
  readonly linksAt: (folder: string, path: string) => AppLink[];
  /** Written before anything is made on the disk; what was known of an earlier one there stays known. */
  readonly putLink: (link: Omit<AppLink, 'state' | 'way' | 'proof'>) => void;
  /** @throws AppError state_transition */
  readonly setLink: (link: AppLinkKey, changes: Partial<Pick<AppLink, 'state' | 'way' | 'proof'>>) => void;
  readonly dropLink: (link: AppLinkKey) => void;
  /** Those that are to be taken away. */
  readonly linksToDrop: (limit: number) => AppLink[];
  /** What could not be taken away is tried again. */
  readonly retryStuckLinks: () => void;
  /** In which folders which apps have links. */
  readonly foldersLinked: () => Pick<AppLink, 'app' | 'folder'>[];
  /** All that are made, in slices: those behind this one. */
  readonly linksAfter: (link: AppLinkKey | undefined, limit: number) => AppLink[];
}

/** What tells links apart. */
export type AppLinkKey = Pick<AppLink, 'modelId' | 'app' | 'folder' | 'path'>;

const toLink = rowMapper<AppLink>({ table: 'app_links', key: 'path' });

const toFolder = rowMapper<Pick<AppLink, 'app' | 'folder'>>();

const OF_KEY = 'model_id = :modelId AND app = :app AND folder = :folder AND path = :path';
const keyOf = ({ modelId, app, folder, path }: AppLinkKey): AppLinkKey => ({ modelId, app, folder, path });

/** The rows of links. */
export const createAppLinks = (sql: Sql): AppLinks => ({
  linksOf: (modelId, app) =>
    sql.all('SELECT * FROM app_links WHERE model_id = ? AND app = ? ORDER BY folder, path', toLink, [modelId, app]),
  linksAt: (folder, path) =>
    sql.all('SELECT * FROM app_links WHERE folder = ? AND path = ? ORDER BY model_id', toLink, [folder, path]),
  putLink: (link) => {
    const row = insertion(link);
    sql.run(
      `INSERT INTO app_links ${row.text} ON CONFLICT DO UPDATE SET
         kept = excluded.kept, copy_id = excluded.copy_id, repo_folder = excluded.repo_folder, etag = excluded.etag,
         state = 'making'`,
      row.values,
    );
  },
  setLink: (link, changes) => {
    const from = sql.get(`SELECT * FROM app_links WHERE ${OF_KEY}`, toLink, { ...keyOf(link) })?.state;
    const { state: to } = changes;
    if (from !== undefined && to !== undefined && from !== to) assertAppLinkMove(from, to);
    const set = assignments(changes);
    sql.run(`UPDATE app_links SET ${set.text} WHERE model_id = ? AND app = ? AND folder = ? AND path = ?`, [
      ...set.values,
      link.modelId,
      link.app,
      link.folder,
      link.path,
    ]);
  },
  dropLink: (link) => {
    sql.run(`DELETE FROM app_links WHERE ${OF_KEY}`, { ...keyOf(link) });
  },
  linksToDrop: (limit) => sql.all("SELECT * FROM app_links WHERE state = 'going' LIMIT ?", toLink, [limit]),
  retryStuckLinks: () => {
    sql.run("UPDATE app_links SET state = 'going' WHERE state = 'stuck'");
  },
  foldersLinked: () => sql.all('SELECT DISTINCT app, folder FROM app_links', toFolder),
  linksAfter: (link, limit) =>
    link === undefined
      ? sql.all('SELECT * FROM app_links ORDER BY model_id, app, folder, path LIMIT ?', toLink, [limit])
      : sql.all(
          `SELECT * FROM app_links WHERE (model_id, app, folder, path) > (:modelId, :app, :folder, :path)
           ORDER BY model_id, app, folder, path LIMIT :limit`,
          toLink,
          { ...keyOf(link), limit },
        ),
});
