import Database from 'better-sqlite3';
import { vi } from 'vitest';
import { openStore, type Store } from '../../src/store/store.ts';
import type { Bench } from './setup.ts';

/** Every statement that the work sends. */
export const statementsOf = (bench: Bench, work: (store: Store) => unknown): string[] => {
  // Statements are prepared when they are needed first: a fresh store has prepared none.
  const fresh = openStore(bench.path, { clock: bench.clock });
  const prepare = vi.spyOn(Database.prototype, 'prepare');
  work(fresh);
  const texts = prepare.mock.calls.map(([text]) => text);
  prepare.mockRestore();
  fresh.close();
  return texts;
};

/** Every statement that reads tables which the work sends, as SQLite would run it. */
export const plansOf = (bench: Bench, work: (store: Store) => unknown): string[] =>
  statementsOf(bench, work)
    .filter((text) => /^\s*(SELECT|UPDATE|WITH)/i.test(text) && !text.includes('total_changes'))
    .flatMap((text) => {
      const named = [...text.matchAll(/:(\w+)/g)].map(([, name]) => [name, null]);
      const parameters = named.length > 0 ? Object.fromEntries(named) : [...text.matchAll(/\?/g)].map(() => null);
      const plan = bench.raw.prepare(`EXPLAIN QUERY PLAN ${text}`).all(parameters) as { detail: string }[];
      return plan.map((row) => row.detail);
    });

/**
 * Steps that read a whole table. Results of inner queries are read whole by their nature, and so are partial indexes:
 * they hold only what is asked for.
 */
export const fullScans = ({ raw }: Bench, plans: readonly string[]): string[] => {
  const names = (where: string): unknown[] =>
    raw.prepare(`SELECT name FROM sqlite_schema WHERE ${where}`).pluck().all();
  const tables = names("type = 'table'");
  const partial = names("type = 'index' AND sql LIKE '% WHERE %'");
  return plans.filter((step) => {
    const [, table, index] = /^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?/.exec(step) ?? [];
    return tables.includes(table) && !partial.includes(index);
  });
};
