/* store/schedules: schedules and their runs. */

import { AppError } from '../../domain/errors.ts';
import { type ScheduleConfiguration, type ScheduleFields, validateSchedule } from '../../domain/schedule/schedule.ts';
import { isTimezone } from '../../domain/schedule/timezone.ts';
import { BATCH } from './schedule-runs.ts';
import { type Row, rowMapper, type TellBroken } from '../database/row.ts';
import { assignments, insertion, numberOf, type Sql, touchedAt } from '../database/sql.ts';

type NewSchedule = ScheduleFields & Pick<ScheduleConfiguration, 'chatId'>;

/** With the zone of its chat; null: as `timezoneOf`. */
export type ScheduleInZone = ScheduleConfiguration & { readonly timezone: string | null };

export interface Schedules {
  /** Enabled only if the chat has no enabled one. @throws AppError validation */
  readonly createSchedule: (schedule: NewSchedule) => ScheduleConfiguration;
  readonly getSchedule: (id: number) => ScheduleConfiguration | undefined;
  readonly listSchedules: (chatId: number) => ScheduleConfiguration[];
  /** Of all chats, so many, and how many there are. */
  readonly listAllSchedules: (most: number) => ScheduleInZone[];
  readonly countAllSchedules: () => number;
  readonly getActiveSchedule: (chatId: number) => ScheduleConfiguration | undefined;
  /** @returns false if there is no such schedule @throws AppError validation */
  readonly updateSchedule: (id: number, changes: Partial<ScheduleFields>) => boolean;
  /**
   * Enables it and disables the chat's others, in one transaction.
   * @param instead the one that was on when this was decided, null if none was
   * @returns false if there is no such schedule, or by now another one is on than was thought
   */
  readonly enableSchedule: (id: number, instead?: number | null) => boolean;
  readonly disableSchedule: (id: number) => boolean;
  readonly removeSchedule: (id: number) => boolean;
  /** Enabled ones whose time has come, or has to be worked out; `BATCH` at most. */
  readonly dueSchedules: (now: string) => ScheduleInZone[];
  /** @param nextRunAt '' = to be worked out anew */
  readonly setNextRun: (id: number, nextRunAt: string) => void;
  /** Enabled ones whose time is still to come. */
  readonly waitingSchedules: (now: string) => ScheduleInZone[];
  /** The chat's times are told, and its schedules run, in this zone; null = the bot's own. */
  readonly setTimezone: (chatId: number, timezone: string | null) => void;
  /** null: it has chosen none, or one that this Node does not know. */
  readonly timezoneOf: (chatId: number) => string | null;
}

const toSchedule = rowMapper<ScheduleConfiguration>({ booleans: ['enabled'] });
/** A database may come from a machine that knew more of them, and nothing that tells a time may fail of that. */
const toKnownZone = ({ timezone }: Row): string | null =>
  typeof timezone === 'string' && isTimezone(timezone) ? timezone : null;

const toScheduleInZone = (row: Row, tell: TellBroken): ScheduleInZone => ({
  ...toSchedule(row, tell),
  timezone: toKnownZone(row),
});

const inZone = (table: string): string =>
  `SELECT schedules.*, chats.timezone FROM ${table} LEFT JOIN chat_sessions AS chats ON chats.chat_id = schedules.chat_id`;
const IN_ZONE = inZone('schedule_configurations AS schedules');

/** SQLite would rather go through all that are enabled, at every look. */
const BY_NEXT_RUN = inZone('schedule_configurations AS schedules INDEXED BY idx_schedule_configurations_due');

const createChanges = (
  sql: Sql,
  now: () => string,
  { getSchedule, getActiveSchedule }: Pick<Schedules, 'getSchedule' | 'getActiveSchedule'>,
): Pick<Schedules, 'updateSchedule' | 'enableSchedule' | 'disableSchedule' | 'removeSchedule'> => ({
  updateSchedule: (id, changes) =>
    sql.atomically(() => {
      const before = getSchedule(id);
      if (!before) return false;
      validateSchedule({ ...before, ...changes });
      const set = assignments({ ...changes, nextRunAt: '', updatedAt: now() });
      return sql.run(`UPDATE schedule_configurations SET ${set.text} WHERE id = ?`, [...set.values, id]).changes > 0;
    }),
  enableSchedule: (id, instead) =>
    sql.atomically(() => {
      const schedule = getSchedule(id);
      if (!schedule) return false;
      if (instead !== undefined && (getActiveSchedule(schedule.chatId)?.id ?? null) !== instead) return false;
      sql.run(
        `UPDATE schedule_configurations SET enabled = 0, ${touchedAt('?')} WHERE chat_id = ? AND enabled = 1 AND id <> ?`,
        [now(), schedule.chatId, id],
      );
      return (
        sql.run(`UPDATE schedule_configurations SET enabled = 1, next_run_at = '', ${touchedAt('?')} WHERE id = ?`, [
          now(),
          id,
        ]).changes > 0
      );
    }),
  disableSchedule: (id) =>
    sql.run(`UPDATE schedule_configurations SET enabled = 0, ${touchedAt('?')} WHERE id = ?`, [now(), id]).changes > 0,
  removeSchedule: (id) => sql.run('DELETE FROM schedule_configurations WHERE id = ?', [id]).changes > 0,
});

/** @param now the current time, ISO 8601 */
export const createSchedules = (sql: Sql, now: () => string): Schedules => {
  const getSchedule = (id: number): ScheduleConfiguration | undefined =>
    sql.get('SELECT * FROM schedule_configurations WHERE id = ?', toSchedule, [id]);
  const getActiveSchedule = (chatId: number): ScheduleConfiguration | undefined =>
    sql.get('SELECT * FROM schedule_configurations WHERE chat_id = ? AND enabled = 1', toSchedule, [chatId]);
  return {
    createSchedule: (schedule) => {
      validateSchedule(schedule);
      return sql.atomically(() => {
        const enabled = getActiveSchedule(schedule.chatId) === undefined;
        const row = insertion({ ...schedule, enabled, createdAt: now(), updatedAt: now() });
        const { lastId } = sql.run(`INSERT INTO schedule_configurations ${row.text}`, row.values);
        return getSchedule(lastId) as ScheduleConfiguration;
      });
    },
    getSchedule,
    listSchedules: (chatId) =>
      sql.all('SELECT * FROM schedule_configurations WHERE chat_id = ? ORDER BY id', toSchedule, [chatId]),
    listAllSchedules: (most) =>
      sql.all(`${IN_ZONE} ORDER BY schedules.chat_id, schedules.id LIMIT ?`, toScheduleInZone, [most]),
    countAllSchedules: () => sql.get('SELECT count(*) FROM schedule_configurations', numberOf) ?? 0,
    getActiveSchedule,
    ...createChanges(sql, now, { getSchedule, getActiveSchedule }),
    dueSchedules: (at) =>
      sql.all(
        `${BY_NEXT_RUN} WHERE schedules.enabled = 1 AND schedules.next_run_at <= ?
         ORDER BY schedules.next_run_at LIMIT ${BATCH}`,
        toScheduleInZone,
        [at],
      ),
    waitingSchedules: (at) =>
      sql.all(`${IN_ZONE} WHERE schedules.enabled = 1 AND schedules.next_run_at > ?`, toScheduleInZone, [at]),
    setNextRun: (id, nextRunAt) => {
      sql.run('UPDATE schedule_configurations SET next_run_at = ? WHERE id = ?', [nextRunAt, id]);
    },
    setTimezone: (chatId, timezone) => {
      sql.atomically(() => {
        const { changes } = sql.run('UPDATE chat_sessions SET timezone = ? WHERE chat_id = ?', [timezone, chatId]);
        if (changes === 0) throw new AppError('not_found', `There is no chat ${chatId}.`);
        sql.run("UPDATE schedule_configurations SET next_run_at = '' WHERE chat_id = ?", [chatId]);
      });
    },
    timezoneOf: (chatId) =>
      sql.get('SELECT timezone FROM chat_sessions WHERE chat_id = ?', toKnownZone, [chatId]) ?? null,
  };
};
