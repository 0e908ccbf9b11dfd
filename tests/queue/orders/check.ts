import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { isEtag } from '../../../src/domain/hashes.ts';
import type { RepoFile } from '../../../src/domain/listing.ts';
import { blobNameOf } from '../../helpers/blob-name.ts';
import { pythonWarnings, whatLiesAt } from '../../helpers/python-cache.ts';
import { contradictions, type CopyRow, createReader, type Reader, type Rows } from './rows.ts';

/** What is compared from step to step. */
export interface Ledger {
  readonly reader: Reader;
  readonly cacheDir: string;
  /** What somebody else has put there, by path, with what lay there. */
  readonly theirs: Map<string, string>;
  /** What was somebody else's until it was taken away, or given up: it may be there and may not. */
  readonly free: Set<string>;
  /** Lists of copies that once were complete, by id: rows forget those of what is left on the disk. */
  readonly lists: Map<number, readonly RepoFile[]>;
  /** Paths that something else has taken away, until they are there again. */
  readonly taken: Set<string>;
  /** Repositories' folders in which something else has removed what others pointed to, until that is mended. */
  readonly disturbed: Set<string>;
  /** Those in which something else ever has removed something. */
  readonly visited: Set<string>;
  /** Names of contents, by what tells one file from another. */
  readonly names: Map<string, string>;
}

export const createLedger = (database: string, cacheDir: string): Ledger => ({
  reader: createReader(database),
  cacheDir,
  theirs: new Map(),
  free: new Set(),
  lists: new Map(),
  taken: new Set(),
  disturbed: new Set(),
  visited: new Set(),
  names: new Map(),
});

/** It is somebody else's no more. */
export const giveFree = ({ theirs, free }: Ledger, path: string): void => {
  if (theirs.delete(path)) free.add(path);
};

/** Whether the file behind a path has the content that its name promises. */
const isRight = ({ names }: Ledger, path: string, etag: string): boolean => {
  const { ino, size, mtimeMs, ctimeMs } = statSync(path);
  const key = [ino, size, mtimeMs, ctimeMs, etag.length].join(' ');
  const name = names.get(key) ?? blobNameOf(readFileSync(path), etag);
  names.set(key, name);
  return name === etag;
};

const entryOf = ({ cacheDir }: Ledger, { repoFolder, commit }: CopyRow, { path }: RepoFile): string =>
  join(cacheDir, repoFolder, 'snapshots', commit, path);

/** What is wrong with the files of complete copies. */
const wrongIn = (ledger: Ledger, copy: CopyRow): string[] =>
  copy.files.flatMap((file) => {
    const entry = entryOf(ledger, copy, file);
    if (!existsSync(entry))
      return ledger.taken.has(entry) ? [] : [`copy ${copy.id} is complete and ${file.path} is not there`];
    ledger.taken.delete(entry);
    return isRight(ledger, entry, file.etag) ? [] : [`copy ${copy.id} is complete and ${file.path} is wrong`];
  });

interface Found {
  readonly repoFolder: string;
  /** From the repository's folder, in parts. */
  readonly parts: readonly string[];
  readonly path: string;
}

/** All files and links in repositories' folders. */
const filesIn = (cacheDir: string): Found[] =>
  (existsSync(cacheDir) ? readdirSync(cacheDir, { recursive: true, withFileTypes: true }) : []).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const [repoFolder = '', ...parts] = relative(cacheDir, path).split(sep);
    return entry.isDirectory() || parts.length === 0 ? [] : [{ repoFolder, parts, path }];
  });

const realpathOf = (path: string): string => (existsSync(path) ? realpathSync(path) : path);

/** The files that links of snapshots lead to. */
const linkedIn = (found: readonly Found[]): ReadonlySet<string> =>
  new Set(
    found.flatMap(({ parts: [folder], path }) =>
      folder === 'snapshots' && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
        ? [realpathOf(path)]
        : [],
    ),
  );

/** Blobs that are not what their names say. */
const wrongBlobs = (ledger: Ledger): string[] =>
  filesIn(ledger.cacheDir).flatMap(({ repoFolder, parts: [folder, name = ''], path }) =>
    folder === 'blobs' && isEtag(name) && !isRight(ledger, path, name) ? [`${repoFolder} has a wrong blob`] : [],
  );

/** What some model has must be there from now on; what is only wanted comes when somebody goes on with it. */
export const expectWhatIsHad = (ledger: Ledger): void => {
  const { copies, models } = ledger.reader.read();
  const had = new Set(models.map(({ copyId }) => copyId));
  for (const copy of copies.filter(({ id }) => had.has(id)))
    for (const file of copy.files) ledger.taken.delete(entryOf(ledger, copy, file));
};

/** What something else has taken away is no fault of ours. To be called right after it has. */
export const excuse = (ledger: Ledger): void => {
  for (const copy of ledger.reader.read().copies) {
    for (const file of copy.files) {
      const entry = entryOf(ledger, copy, file);
      if (copy.state === 'complete' && !existsSync(entry)) ledger.taken.add(entry);
    }
  }
  const linked = linkedIn(filesIn(ledger.cacheDir).filter(({ path }) => ledger.theirs.has(path)));
  for (const path of ledger.theirs.keys()) {
    // Nothing of theirs leads to a blob of which the snapshot is gone: it is nobody's any more.
    const isLost = !path.includes(`${sep}snapshots${sep}`) && !linked.has(realpathOf(path));
    if (!existsSync(path) || isLost) giveFree(ledger, path);
  }
};

/**
 * What must be so at every moment, whatever is under way: rows agree with each other, complete copies are whole, nothing
 * wrong bears a final name, what is somebody else's is there, and the Python client can read the cache.
 * @returns what is not so
 */
export const brokenNow = (ledger: Ledger): string[] => {
  const { rows, faults } = ledger.reader.check();
  for (const { id, state, files } of rows.copies) if (state === 'complete') ledger.lists.set(id, files);
  const lost = [...ledger.theirs].filter(([path, what]) => whatLiesAt(path) !== what);
  return [
    ...faults,
    ...contradictions(rows),
    ...rows.copies.filter(({ state }) => state === 'complete').flatMap((copy) => wrongIn(ledger, copy)),
    ...wrongBlobs(ledger),
    ...lost.map(([path, what]) => `${relative(ledger.cacheDir, path)} of somebody else is gone (${what})`),
    ...pythonWarnings(ledger.cacheDir).filter((text) => ![...ledger.disturbed].some((one) => text.startsWith(one))),
  ];
};

/** Where something may lie that some copy is or was made of. */
const allowed = (
  ledger: Ledger,
  { copies }: Rows,
): { entries: Set<string>; blobs: Set<string>; parts: Set<string> } => {
  const [entries, blobs, parts] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const copy of copies) {
    const root = join(ledger.cacheDir, copy.repoFolder);
    // Of what was complete the files may be there, whoever wants them now; others have shared them with another copy.
    const isShown = copy.state !== 'going' && (copy.path !== null || (copy.madeBy !== null && copy.isNeeded));
    const files = copy.state === 'left' ? (ledger.lists.get(copy.id) ?? []) : copy.files;
    const mayHaveCome =
      copy.state === 'complete' || copy.state === 'left' || (copy.state === 'wanted' && copy.isNeeded);
    for (const file of files) {
      if (isShown) entries.add(entryOf(ledger, copy, file));
      if (mayHaveCome) blobs.add(join(root, 'blobs', file.etag));
      if (copy.state === 'wanted' && copy.isNeeded) parts.add(join(root, '.hubgram', `${file.etag}.part`));
    }
  }
  return { entries, blobs, parts };
};

const isWanted = (ledger: Ledger, rows: Rows) => {
  const { entries, blobs, parts } = allowed(ledger, rows);
  const found = filesIn(ledger.cacheDir);
  const shown = new Set(found.flatMap(({ path }) => (existsSync(path) ? [realpathSync(path)] : [])));
  const linked = linkedIn(found);
  const isBlobOurs = ({ path, repoFolder }: Found): boolean =>
    blobs.has(path) ||
    linked.has(realpathOf(path)) ||
    // Something else has taken the links away that led there.
    ledger.visited.has(repoFolder);
  const isPartOurs = ({ parts: [, name], path, repoFolder }: Found): boolean =>
    name === 'verified'
      ? [...shown].some((one) => one.startsWith(join(ledger.cacheDir, repoFolder) + sep))
      : parts.has(path.replace(/\.control$/, ''));
  const isOurs: Readonly<Record<string, (one: Found) => boolean>> = {
    snapshots: ({ path }) => entries.has(path),
    blobs: isBlobOurs,
    '.hubgram': isPartOurs,
    // Where each leads, the Python client has looked at.
    refs: () => true,
  };
  return (one: Found): boolean =>
    ledger.theirs.has(one.path) || ledger.free.has(one.path) || isOurs[one.parts[0] ?? '']?.(one) === true;
};

/** Folders of repositories in which nothing lies. */
const emptyFolders = (ledger: Ledger, { copies }: Rows): string[] => {
  const wanted = new Set(copies.filter(({ isNeeded }) => isNeeded).map(({ repoFolder }) => repoFolder));
  const full = new Set(filesIn(ledger.cacheDir).map(({ repoFolder }) => repoFolder));
  const all = existsSync(ledger.cacheDir) ? readdirSync(ledger.cacheDir) : [];
  return all.filter((name) => name.includes('--') && !full.has(name) && !wanted.has(name) && !ledger.visited.has(name));
};

/**
 * What lies about that nobody needs, and what is still to be done: empty as soon as removals and runs have come to rest.
 */
export const leftOver = (ledger: Ledger): string[] => {
  const rows = ledger.reader.read();
  const isNeeded = isWanted(ledger, rows);
  const undone = rows.copies.filter(
    ({ state, removal }) => removal !== null || state === 'going' || state === 'listing',
  );
  const idle = rows.copies.filter(({ state, isNeeded: needed }) => state === 'wanted' && !needed);
  const pointed = new Set([...rows.models, ...rows.kept].flatMap(({ wantsCopyId }) => wantsCopyId ?? []));
  return [
    ...undone.map(({ id, state, removal }) => `copy ${id} is ${state}, to be removed: ${removal}`),
    ...idle.filter(({ id }) => !pointed.has(id)).map(({ id }) => `copy ${id} is wanted by nobody`),
    ...filesIn(ledger.cacheDir)
      .filter((one) => !isNeeded(one))
      .map(({ path }) => `${relative(ledger.cacheDir, path)} is needed by nobody`),
    ...emptyFolders(ledger, rows).map((name) => `${basename(name)} is empty`),
  ];
};
