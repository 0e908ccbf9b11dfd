import { basename, dirname, join } from 'node:path';

/** What is not whole yet ends like this, and nobody takes it for a backup. */
export const UNFINISHED = '.unfinished';

/** A backup, as its name tells. */
interface Named {
  readonly name: string;
  readonly version: number;
  /** When it was made: compared as text. */
  readonly at: string;
}

/** The folder beside a database in which its backups lie. */
export const backupFolder = (database: string): string => join(dirname(database), 'backups');

const stemOf = (database: string): string => basename(database).replace(/\.[^.]*$/, '');

/** @returns such as `hubgram-v41-2026-11-21T05-12-51-000Z`, without an ending */
export const backupStem = (database: string, version: number, now: string): string =>
  `${stemOf(database)}-v${version}-${now.replaceAll(/[:.]/g, '-')}`;

/** The time in such a name, ISO 8601. */
export const timeOf = (at: string): string => at.replace(/T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z$/, 'T$1:$2:$3.$4Z');

/** `.db` where a migration made it, `.db.gz` otherwise. */
const NAME = /^(.*)-v(\d{1,6})-(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z)\.db(?:\.gz)?$/;

const namedOf = (database: string, name: string): Named[] => {
  const [, stem, version, at] = NAME.exec(name) ?? [];
  return stem === stemOf(database) && at !== undefined ? [{ name, version: Number(version), at }] : [];
};

/** Whether a file is what a backup of this database, broken off, has left. */
export const isLeftOver = (database: string, name: string): boolean =>
  name.endsWith(UNFINISHED) && name.startsWith(`${stemOf(database)}-v`);

/** Those of these files that are backups of a database, the newest first. */
export const backupsAmong = (database: string, files: readonly string[]): readonly Named[] =>
  files.flatMap((name) => namedOf(database, name)).toSorted((left, right) => (left.at < right.at ? 1 : -1));

/**
 * Those that may go when so many are kept. The newest of each version of the schema stays as well: there is no other way
 * back to the program that made it. What was made in the future was made before the clock was set back, and goes first.
 * @param backups the newest first
 * @param now ISO 8601
 */
export const surplusOf = (backups: readonly Named[], kept: number, now: string): readonly Named[] => {
  const versions = new Set<number>();
  const isOfFuture = ({ at }: Named): boolean => timeOf(at) > now;
  const ordered = [...backups.filter((backup) => !isOfFuture(backup)), ...backups.filter(isOfFuture)];
  return ordered.filter(({ version }, index) => {
    const isNewestOfVersion = !versions.has(version);
    versions.add(version);
    return index >= kept && !isNewestOfVersion;
  });
};
