/* store/watching: figures over time, and the troubles that last. */

import type { Sql } from '../database/sql.ts';
import { createDayCounts, type DayCounts } from './day-counts.ts';
import { createFigures, type Figures } from './figures.ts';
import { createOpenings, type Openings } from './openings.ts';
import { createTraffic, type Traffic } from './traffic.ts';
import { createTroubles, type Troubles } from './troubles.ts';

/** How everything is, and was of late. */
export type Watching = Traffic & DayCounts & Openings & Troubles & Figures;

/** @param now the current time, ISO 8601 */
export const createWatching = (sql: Sql, now: () => string): Watching => ({
  ...createTraffic(sql, now),
  ...createDayCounts(sql, now),
  ...createOpenings(sql, now),
  ...createTroubles(sql, now),
  ...createFigures(sql, now),
});
