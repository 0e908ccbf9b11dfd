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

const readsOf = (bench: Bench, work: (store: Store) => unknown): string[] =>
  statementsOf(bench, work).filter((text) => /^\s*(SELECT|UPDATE|WITH)/i.test(text) && !text.includes('total_changes'));

const explained = <T>({ raw }: Bench, how: string, text: string): T[] => {
  const named = [...text.matchAll(/:(\w+)/g)].map(([, name]) => [name, null]);
  const parameters = named.length > 0 ? Object.fromEntries(named) : [...text.matchAll(/\?/g)].map(() => null);
  return raw.prepare(`${how} ${text}`).all(parameters) as T[];
};

/** Every statement that reads tables which the work sends, as SQLite would run it. */
export const plansOf = (bench: Bench, work: (store: Store) => unknown): string[] =>
  readsOf(bench, work).flatMap((text) =>
    explained<{ detail: string }>(bench, 'EXPLAIN QUERY PLAN', text).map(({ detail }) => detail),
  );

interface Step {
  readonly opcode: string;
  readonly p1: number;
  readonly p2: number;
}

/**
 * How often the programs of these statements take something from the rows of a table, and not from an index. A plan says of an index only
 * that it is used, if an expression stands in it.
 */
export const takenFromRows = (bench: Bench, table: string, work: (store: Store) => unknown): number => {
  const root = bench.raw.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table);
  return readsOf(bench, work)
    .map((text) => explained<Step>(bench, 'EXPLAIN', text))
    .map((steps) => {
      const cursors = steps.filter(({ opcode, p2 }) => opcode === 'OpenRead' && p2 === root).map(({ p1 }) => p1);
      return steps.filter(({ opcode, p1 }) => opcode === 'Column' && cursors.includes(p1)).length;
    })
    .reduce((sum, times) => sum + times, 0);
};

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
