import type { PieceWanted } from '../../cache/read-piece.ts';
import type { Executor } from '../../copies/executor.ts';
import type { Hosts } from '../../copies/hosts.ts';
import { AppError } from '../../domain/errors.ts';
import type { Model } from '../../domain/model.ts';
import { type RepoRef, repoFolderName } from '../../domain/repo/repo.ts';
import { within } from '../../lib/async/within.ts';
import { questionsAbout } from '../../sources/by-token.ts';
import { type Questions, type Source, TEXT_MOST_BYTES, type TextFound } from '../../sources/port.ts';
import type { Store } from '../../store/store.ts';
import { isClosed } from '../adding/look-up-for.ts';

/** What a model or a repository says of itself. */
export interface Readme extends TextFound {
  /** Of plain text there is nothing to lay out. */
  readonly isMarkdown: boolean;
  /** Its own page, and where its bytes are: what it names without a host lies beside it. Undefined: on no Hub. */
  readonly page: string | undefined;
  readonly raw: string | undefined;
}

/** Somebody who wants to read about a repository. */
export interface Reader {
  readonly userId: number;
  readonly ref: RepoRef;
}

/** READMEs, for people to read. */
export interface Readmes {
  /** That of a model, where its files lie; undefined: there is none, or it does not come soon. */
  readonly here: (model: Model) => Promise<Readme | undefined>;
  /** Whether the source can be asked for that of a model: it is of a repository. */
  readonly isAskable: (model: Model) => boolean;
  /**
   * Asks the source for that of a model, at the commit that the library has, with the token that it was found by.
   * @throws AppError as `readText` of the source; gone: there is none
   */
  readonly ofModel: (model: Model, signal: AbortSignal) => Promise<Readme>;
  /**
   * The same of a repository as it is now; as the machine, and only where that is not let in with a token of the reader's.
   * @throws AppError as `head` and `readText` of the source; gone: there is none; constraint: this person asks for too much at once
   */
  readonly ofRepo: (reader: Reader, signal: AbortSignal) => Promise<Readme>;
  /** The page of a repository. */
  readonly pageOf: Source['repoUrl'];
}

type ReadmeSource = Pick<Source, 'head' | 'readText' | 'repoUrl' | 'ofPerson'>;

export interface ReadmesDeps {
  readonly store: Pick<Store, 'copies'>;
  readonly hosts: Pick<Hosts, 'of' | 'isThere'>;
  readonly source: ReadmeSource;
}

const NAME = /(?:^|\/)readme(\.(?:md|markdown|txt|rst))?$/i;
/** Paths that have the word in them. */
const LIKE_MOST = 50;
const PIECE_BYTES = 64 * 1024;
/** What one person may ask the source at a time. */
const ASKED_MOST = 3;
/** A disk, or the machine that has it, may answer nobody for long. */
const DISK_MS = 10_000;
const USUAL = 'README.md';
/** On no Hub. */
const NOWHERE = { page: undefined, raw: undefined } as const;

const isMarkdown = (path: string): boolean => /\.(?:md|markdown)$/i.test(path);

const depthOf = (path: string): number => path.split('/').length;

/** What is shown of what has been read; undefined: it is no text. */
const textOf = (bytes: Uint8Array, isWhole: boolean): TextFound | undefined => {
  // Of a character that the end cuts through nothing is shown.
  const text = new TextDecoder('utf-8').decode(bytes, { stream: !isWhole });
  return text.includes('\0') ? undefined : { text, isWhole };
};

const noneIn = (name: string): AppError => new AppError('gone', `${name} has no README that I could show.`);

/** The beginning of a file of a snapshot. @returns undefined: it is no text */
const readHere = async (
  copies: Pick<Executor, 'read'>,
  file: Pick<PieceWanted, 'repoFolder' | 'commit' | 'path'>,
): Promise<TextFound | undefined> => {
  const pieces: Buffer[] = [];
  for (let start = 0; start < TEXT_MOST_BYTES; ) {
    const { size, content } = await copies.read({ ...file, start, bytes: PIECE_BYTES });
    const piece = Buffer.from(content, 'base64');
    pieces.push(piece);
    start += piece.length;
    if (piece.length === 0 || start >= size) return textOf(Buffer.concat(pieces), true);
  }
  return textOf(Buffer.concat(pieces), false);
};

/** Counts what each person asks for at a time. */
const createTurnstile = () => {
  const asking = new Map<number, number>();
  /** @throws AppError constraint */
  return async <T>(userId: number, work: () => Promise<T>): Promise<T> => {
    const now = asking.get(userId) ?? 0;
    if (now >= ASKED_MOST)
      throw new AppError('constraint', 'Three READMEs are being asked for already. Ask again when they have come.');
    asking.set(userId, now + 1);
    try {
      return await work();
    } finally {
      const left = (asking.get(userId) ?? 1) - 1;
      if (left > 0) asking.set(userId, left);
      else asking.delete(userId);
    }
  };
};

type Repo = Pick<RepoRef, 'type' | 'id'>;

const located = ({ repoUrl }: ReadmeSource, repo: Repo, commit: string, path: string) => {
  const [page, file] = [repoUrl(repo), path.split('/').map(encodeURIComponent).join('/')];
  return {
    isMarkdown: isMarkdown(path),
    page: `${page}/blob/${commit}/${file}`,
    raw: `${page}/resolve/${commit}/${file}`,
  };
};

/** What is asked of the source. */
const createAsking = (source: ReadmeSource) => {
  const at = async (
    questions: Pick<Questions, 'readText'>,
    repo: Repo,
    commit: string,
    signal: AbortSignal,
  ): Promise<Readme> => {
    try {
      const found = await questions.readText({ ...repo, commit, path: USUAL }, signal);
      if (found.text.includes('\0')) throw noneIn(repo.id);
      return { ...found, ...located(source, repo, commit, USUAL) };
    } catch (error) {
      if (error instanceof AppError && error.code === 'gone') throw noneIn(repo.id);
      throw error;
    }
  };
  return {
    at,
    now: async (
      questions: Pick<Questions, 'head' | 'readText'>,
      ref: RepoRef,
      signal: AbortSignal,
    ): Promise<Readme> => {
      const { commit, canonicalId } = await questions.head(ref, signal);
      return at(questions, { type: ref.type, id: canonicalId }, commit, signal);
    },
  };
};

/** READMEs of what lies here and of what the source has. */
export const createReadmes = ({ store, hosts, source }: ReadmesDeps): Readmes => {
  const asking = createAsking(source);
  const counted = createTurnstile();
  const here = async ({ copyId, wantsCopyId, sourceUrl }: Model): Promise<Readme | undefined> => {
    const copy = store.copies.getCopy(copyId ?? wantsCopyId ?? 0);
    if (!copy || !hosts.isThere(copy.hostId)) return undefined;
    const copies = hosts.of(copy.hostId);
    const { repoType: type, name: id, commitSha: commit } = copy;
    const files = store.copies.copyFilesLike(copy.id, 'readme', LIKE_MOST).filter(({ path }) => NAME.test(path));
    const repoFolder = repoFolderName({ type, id });
    const there = await copies.filesThere({ repoFolder, commit, files });
    for (const path of there.toSorted((one, other) => depthOf(one) - depthOf(other))) {
      // Another program may take it away meanwhile.
      const found = await readHere(copies, { repoFolder, commit, path }).catch(() => undefined);
      const where = located(source, { type, id }, commit, path);
      if (found) return { ...found, ...where, ...(sourceUrl === null ? {} : NOWHERE) };
    }
    return undefined;
  };
  return {
    here: (model) => within(DISK_MS, () => here(model)),
    isAskable: ({ sourceUrl }) => sourceUrl === null,
    ofModel: async ({ repoType: type, name: id, revision, commitSha, tokenOf }, signal) => {
      const questions = questionsAbout(source, [tokenOf]);
      if (commitSha !== null) return asking.at(questions, { type, id }, commitSha, signal);
      return asking.now(questions, { type, id, revision }, signal);
    },
    ofRepo: ({ userId, ref }, signal) =>
      counted(userId, async () => {
        try {
          return await asking.now(source, ref, signal);
        } catch (error) {
          const person = isClosed(error) ? source.ofPerson?.(userId) : undefined;
          if (!person) throw error;
          return asking.now(person, ref, signal);
        }
      }),
    pageOf: source.repoUrl,
  };
};
