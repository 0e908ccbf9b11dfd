import { filterKey, type LibraryFilter, libraryFilterSchema } from '../../domain/library-filter.ts';
import type { Sql } from '../database/sql.ts';
import { createViews, type Views } from '../database/views.ts';

export type LibraryViews = Views<LibraryFilter>;

/** The rows of library views. */
export const createLibraryViews = (sql: Sql): LibraryViews =>
  createViews(sql, { table: 'library_views', key: filterKey, schema: libraryFilterSchema, none: {} });
