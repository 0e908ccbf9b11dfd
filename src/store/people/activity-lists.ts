import {
  actionsOf,
  type ActivityFilter,
  activityFilterKey,
  activityFilterSchema,
} from '../../domain/activity/filter.ts';
import type { Row } from '../database/row.ts';
import type { Sql } from '../database/sql.ts';
import { createViews, type Views } from '../database/views.ts';
import { type Activity, toActivity } from './activity-log.ts';

/** A line of the log, to go on from. */
export type ActivityCursor = Pick<Activity, 'id' | 'createdAt'>;

/** What is asked for of the log. */
export interface ActivityQuery {
  readonly filter: ActivityFilter;
  /** ISO 8601: nothing before it. */
  readonly since: string;
  readonly direction: 'older' | 'newer';
  /** Not this line itself; undefined: from the newest, or the oldest, on. */
  readonly from: ActivityCursor | undefined;
  /** So many lines are looked at, and so many found, at most. */
  readonly look: number;
  readonly most: number;
}

/** Lines that fit, in the direction they were asked for. */
export interface ActivitySlice {
  readonly found: readonly Activity[];
  /** The last line that was looked at; undefined: there are no more. */
  readonly end: ActivityCursor | undefined;
}

export interface ActivityLists {
  /** One step through the log. However rare it is what fits, it takes no longer than looking at so many lines. */
  readonly sliceOf: (query: ActivityQuery) => ActivitySlice;
  /** undefined: there is no such line any more */
  readonly cursorOf: (id: number) => ActivityCursor | undefined;
  readonly activityViews: Views<ActivityFilter>;
}

/** In the order in which they tell lines apart best. */
const COLUMNS = [
  ['userId', 'user_id'],
  ['chatId', 'chat_id'],
  ['action', 'action'],
  ['result', 'result'],
] as const;

/** What was done is nearly all: its index holds the rest. */
const conditionOf = (column: string, filter: ActivityFilter): string =>
  column === 'result' && filter.result !== 'done' ? "result = :result AND result <> 'done'" : `${column} = :${column}`;

/** The names of all that an action means. */
const actionNames = ({ action }: ActivityFilter): readonly (readonly [string, string])[] =>
  action === undefined ? [] : actionsOf(action).map((one, at) => [at === 0 ? 'action' : `action${at}`, one]);

/** The same where any line may be looked at: an action may be several. */
const anyOf = (column: string, filter: ActivityFilter): string =>
  column === 'action'
    ? `action IN (${actionNames(filter)
        .map(([name]) => `:${name}`)
        .join()})`
    : conditionOf(column, filter);

/** What the first condition is, each to be read in the order of its index. */
const leadsOf = (column: string | undefined, filter: ActivityFilter): readonly string[] => {
  if (column === undefined) return [''];
  if (column !== 'action') return [`${conditionOf(column, filter)} AND `];
  return actionNames(filter).map(([name]) => `action = :${name} AND `);
};

const hasIndex = (column: string, { result }: ActivityFilter): boolean => column !== 'result' || result !== 'done';

const toCursor = (row: Row): ActivityCursor => ({ id: Number(row['id']), createdAt: String(row['created_at']) });

/** Before all times, and after them. */
const EVER: Readonly<Record<ActivityQuery['direction'], ActivityCursor>> = {
  older: { createdAt: '~', id: Number.MAX_SAFE_INTEGER },
  newer: { createdAt: '', id: 0 },
};

interface Statement {
  readonly text: string;
  readonly values: Readonly<Record<string, string | number>>;
  /** Whether all that is looked at fits. */
  readonly fitsAll: boolean;
}

/** What is looked at, by the index of what tells apart best. */
const lookedAt = ({ filter, since, direction, from = EVER[direction] }: ActivityQuery): Statement => {
  const given = COLUMNS.filter(([key]) => filter[key] !== undefined);
  const lead = given.find(([, column]) => hasIndex(column, filter));
  const rest = given.filter((one) => one !== lead).map(([, column]) => anyOf(column, filter));
  const [before, order] = direction === 'older' ? ['<', 'DESC'] : ['>', 'ASC'];
  const sorted = `ORDER BY created_at ${order}, id ${order}`;
  const parts = leadsOf(lead?.[1], filter).map(
    (condition) => `SELECT * FROM activity_log WHERE ${condition}
    created_at >= :since AND (created_at, id) ${before} (:at, :id) ${sorted}`,
  );
  // Each part ends after as many lines as all of them together may be: what is sorted then is few.
  const several = parts.map((part) => `SELECT * FROM (${part} LIMIT :look + :skipped)`).join(' UNION ALL ');
  const looked = `${parts.length === 1 ? parts[0] : `SELECT * FROM (${several}) ${sorted}`} LIMIT :look`;
  return {
    text: rest.length === 0 ? looked : `SELECT * FROM (${looked}) WHERE ${rest.join(' AND ')} ${sorted} LIMIT :most`,
    values: {
      ...Object.fromEntries(given.map(([key, column]) => [column, filter[key] ?? ''])),
      ...Object.fromEntries(actionNames(filter)),
      skipped: 0,
      since,
      at: from.createdAt,
      id: from.id,
    },
    fitsAll: rest.length === 0,
  };
};

/** The last of so many lines that are looked at; undefined if there are fewer. */
const endOf = (sql: Sql, query: ActivityQuery): ActivityCursor | undefined => {
  const { filter } = query;
  const lead = COLUMNS.find(([key, column]) => filter[key] !== undefined && hasIndex(column, filter));
  const alone = lead ? { [lead[0]]: filter[lead[0]] } : {};
  const { text, values } = lookedAt({ ...query, filter: alone });
  return sql.get(`${text} OFFSET :skipped`, toCursor, { ...values, look: 1, skipped: query.look - 1 });
};

/** Reads the log as lists. */
export const createActivityLists = (sql: Sql): ActivityLists => ({
  sliceOf: (query) => {
    const { most, look } = query;
    const { text, values, fitsAll } = lookedAt(query);
    const found = sql.all(text, toActivity, { ...values, most, look: fitsAll ? most : look });
    const last = found.at(-1);
    if (last && found.length === most) return { found, end: { id: last.id, createdAt: last.createdAt } };
    return { found, end: fitsAll ? undefined : endOf(sql, query) };
  },
  cursorOf: (id) => sql.get('SELECT id, created_at FROM activity_log WHERE id = ?', toCursor, [id]),
  activityViews: createViews(sql, {
    table: 'activity_views',
    key: activityFilterKey,
    schema: activityFilterSchema,
    none: {},
  }),
});
