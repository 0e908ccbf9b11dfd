/* domain/repo: what people write to mean a repository, a web file or a torrent, and what they may say of it. */

import { shorten } from '../../lib/text/shorten.ts';
import { AppError, refuse } from '../errors.ts';
import { hubPage } from './hub-pages.ts';
import type { RepoType } from '../listing.ts';
import { readLink, readPlain, type Reading, wordsOf } from './repo-forms.ts';
import { webFileParts } from './web-file.ts';

/** A person's way of naming a repository, read. */
export interface RepoRef {
  readonly type: RepoType;
  /** As typed: the cache folder is named by it. */
  readonly id: string;
  readonly revision?: string;
  /** What stood after `:`: a GGUF label (`Q4_K_M`) or another value of `quantize`. */
  readonly tag?: string;
  /** Exactly one file. */
  readonly path?: string;
  /** Everything in one folder (from a `/tree/` link), without a slash at the end. */
  readonly folder?: string;
  /** Of a file that lies at a web address: where. */
  readonly url?: string;
  /** Of such a file: the SHA-256 that somebody has given for it, 64 hex. */
  readonly sha256?: string;
}

/** Room for two names, a revision and a path; what is longer was not meant as a reference. */
const MAX_TEXT = 1500;
const MAX_REVISION = 200;
const MAX_PATH_BYTES = 1000;
/** The longest file name that ext4, XFS, APFS and NTFS take. */
const MAX_PART_BYTES = 255;

/** Control, format (bidirectional overrides, zero width), surrogate, private and line separator characters. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;
// Built from the class above, because a pattern with `g` remembers where it stopped and cannot be shared with test().
const ALL_INVISIBLE = new RegExp(INVISIBLE.source, 'gu');

/** The rule of huggingface_hub's `validate_repo_id` for one half of an id, with ASCII only, as the Hub itself has it. */
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?$/;
const TAG = /^[A-Za-z0-9][\w.-]{0,95}$/;
/** Nearly all paths there are; whether the others are safe takes longer to find out, and it is asked several times for each of thousands. */
const PLAIN_PATH = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/;
const REVISION = /^[\p{L}\p{N}_][\p{L}\p{N}_.+#=,/-]*$/u;

/** A person's text, short enough and harmless enough to be shown back to them. */
const shown = (text: string): string => `“${shorten(text.replace(ALL_INVISIBLE, ''), 60)}”`;

/**
 * True for a path that may become a file below a folder of ours: relative, `/`-separated, no `.`, `..`, `.git` or empty
 * part, no backslash, control character or drive letter, no part that file systems refuse for its length.
 * (git refuses `.git` in a tree, so a listing that has it was not made by git.)
 */
export const isSafePath = (path: string): boolean => {
  if (path.length <= MAX_PART_BYTES && PLAIN_PATH.test(path)) return true;
  if (Buffer.byteLength(path) > MAX_PATH_BYTES || /[\p{Cc}\p{Cs}\\]/u.test(path) || /^[A-Za-z]:/.test(path))
    return false;
  return path.split('/').every((part) => {
    const isName = part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git';
    return isName && Buffer.byteLength(part) <= MAX_PART_BYTES;
  });
};

/** True for what may become `refs/<revision>` in the cache and part of a URL; git's own rules for names, a bit narrower. */
export const isRevision = (text: string): boolean =>
  text.length <= MAX_REVISION &&
  REVISION.test(text) &&
  text.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock')) &&
  !text.includes('..') &&
  !text.endsWith('.');

/** True for a name that the Hub could have: `gpt2`, `org/name`. */
export const isRepoId = (id: string): boolean => {
  const parts = id.split('/');
  const looksRight = parts.length <= 2 && parts.every((part) => NAME.test(part));
  return looksRight && !id.includes('--') && !id.includes('..') && !id.endsWith('.git');
};

const checkId = (id: string): void => {
  if (!isRepoId(id)) {
    refuse(
      `${shown(id)} is not a name the Hub could have. Names look like gpt2 or org/name: letters, digits, “-”, “_” and “.”, no “--”, no “..”, no “.git” at the end.`,
    );
  }
};

const checkRest = (reading: Reading): void => {
  const { revision, tag, path, folder } = reading;
  if (revision !== undefined && !isRevision(revision)) {
    refuse(`${shown(revision)} cannot be a revision. A branch (main), a tag (v1.0) or a commit can.`);
  }
  if (tag !== undefined && !TAG.test(tag)) {
    refuse(`${shown(tag)} cannot be a quant. After “:” stands a label such as Q4_K_M.`);
  }
  const inside = path ?? folder;
  if (inside !== undefined && (!isSafePath(inside) || INVISIBLE.test(inside))) {
    refuse(`${shown(inside)} cannot be a path inside a repository.`);
  }
};

const read = (text: string, hosts: readonly string[]): Reading => {
  const reading = readLink(text, hosts) ?? readPlain(text);
  if (typeof reading !== 'string') return reading;
  if (reading === 'host') refuse(`${shown(text)} is not on the Hub. Links to huggingface.co and hf.co are understood.`);
  if (reading === 'parts') {
    refuse(`${shown(text)} has too many parts. Write org/name, or hf://org/name/path for one file.`);
  }
  refuse(`${shown(text)} is not an address that can be read. Write org/name or paste the repository's link.`);
};

/** The id of the Space that a text names; undefined if it names something else, or nothing. */
export const spaceIn = (text: string, hosts: readonly string[] = []): string | undefined => {
  const trimmed = text.trim();
  if (trimmed.length > MAX_TEXT || /\s/.test(trimmed)) return undefined;
  const reading = readLink(trimmed, hosts) ?? readPlain(trimmed);
  const isSpace = typeof reading === 'object' && reading.type === 'space' && reading.id.includes('/');
  return isSpace && isRepoId(reading.id) ? reading.id : undefined;
};

const readRef = (trimmed: string, hosts: readonly string[]): RepoRef => {
  if (trimmed === '') refuse('Which repository? Write gpt2, org/name, or paste a link from huggingface.co.');
  if (trimmed.length > MAX_TEXT) {
    refuse(`${shown(trimmed)} is too long for a repository name (${trimmed.length} characters).`);
  }
  if (INVISIBLE.test(trimmed)) {
    refuse(`${shown(trimmed)} contains invisible characters. Type the name, or copy it from its page again.`);
  }
  if (/\s/.test(trimmed)) refuse(`${shown(trimmed)} contains spaces. One repository at a time, please.`);
  const reading = read(trimmed, hosts);
  const first = reading.id.split('/')[0] ?? '';
  const page = reading.type === 'model' ? hubPage(first) : undefined;
  if (reading.type === 'space' || page !== undefined) refuse(`${shown(trimmed)} ${page ?? hubPage('spaces')}`);
  if (reading.id === '') refuse(`${shown(trimmed)} names no repository. Add its name: org/name.`);
  checkId(reading.id);
  checkRest(reading);
  const { type, id, revision, tag, path, folder } = reading;
  return {
    type,
    id,
    ...(revision !== undefined && { revision }),
    ...(tag !== undefined && { tag }),
    ...(path !== undefined && { path }),
    ...(folder !== undefined && { folder }),
  };
};

/**
 * Reads any form people use to name a repository: `gpt2`, `org/name`, `org/name@revision`, `org/name:Q4_K_M`,
 * `datasets/org/name`, `hf://…`, and links to the Hub's pages (`/tree/`, `/blob/`, `/resolve/`, …).
 * @param hosts further hosts (`name` or `name:port`) whose links mean the Hub: a mirror's, the sample hub's
 * @throws AppError('validation') with a sentence that shows at most 60 characters of the text
 */
export const parseRepoRef = (text: string, hosts: readonly string[] = []): RepoRef => {
  const trimmed = text.trim();
  return webFileParts(trimmed) ? { type: 'model', id: trimmed } : readRef(trimmed, hosts);
};

/** The same repository at another revision (`revision=` beside a reference). @throws AppError('validation') */
export const withRevision = (ref: RepoRef, revision: string): RepoRef => {
  checkRest({ type: ref.type, id: ref.id, revision });
  return { ...ref, revision };
};

/**
 * The repository's folder in the Hugging Face cache, named by the id as typed: `models--gpt2`, `datasets--org--name`. What is kept
 * of a file from a web address has one of its own: `files--text--a.gguf`.
 */
export const repoFolderName = (ref: Pick<RepoRef, 'type' | 'id'>): string =>
  webFileParts(ref.id) ? ref.id.replaceAll('/', '--') : `${ref.type}s--${ref.id.replace('/', '--')}`;

/** The repository of such a folder; undefined if it can be no model's and no dataset's. */
export const repoOfFolder = (folder: string): Pick<RepoRef, 'type' | 'id'> | undefined => {
  const [, type, name = ''] = /^(model|dataset)s--(.+)$/.exec(folder) ?? [];
  // No name of the Hub's has two dashes in a row.
  const id = name.replace('--', '/');
  return type !== undefined && isRepoId(id) ? { type: type === 'model' ? 'model' : 'dataset', id } : undefined;
};

/** The shortest text that `parseRepoRef` reads as the same reference. */
export const formatRepoRef = (ref: RepoRef): string => {
  const name = `${ref.type === 'dataset' ? 'datasets/' : ''}${ref.id}`;
  const inside = ref.path ?? ref.folder;
  if (inside === undefined) {
    return `${name}${ref.revision === undefined ? '' : `@${ref.revision}`}${ref.tag === undefined ? '' : `:${ref.tag}`}`;
  }
  // A one-part id needs the revision, or its first folder would read as its second part.
  const revision = ref.revision ?? (ref.id.includes('/') ? undefined : 'main');
  const at = revision === undefined ? '' : `@${encodeURIComponent(revision)}`;
  const encoded = inside.split('/').map(encodeURIComponent).join('/');
  return `hf://${name}${at}/${encoded}${ref.folder === undefined ? '' : '/'}`;
};

/** Why a word is no reference, in a sentence; undefined if it is one. */
const refusalOf = (word: string, hosts: readonly string[]): string | undefined => {
  try {
    parseRepoRef(word, hosts);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
};

/** Whether `parseRepoRef` reads it. */
export const isRepoRef = (word: string, hosts: readonly string[]): boolean => refusalOf(word, hosts) === undefined;

/**
 * The links in a message that name a repository, as they stand there.
 * Links to other pages of the Hub (`/docs/…`, `/spaces/…`) are passed over: there is nothing to add.
 */
export const findHubLinks = (text: string, hosts: readonly string[] = []): string[] =>
  wordsOf(text).filter((word) => readLink(word, hosts) !== undefined && isRepoRef(word, hosts));

/** The first Space that a message links to, as it stands there. */
export const findSpace = (text: string, hosts: readonly string[] = []): string | undefined =>
  wordsOf(text).find((word) => readLink(word, hosts) !== undefined && spaceIn(word, hosts) !== undefined);

/** What the first link of a message to a page of the Hub is, in a sentence, if it names no repository. */
export const findHubPage = (text: string, hosts: readonly string[] = []): string | undefined => {
  const isOnHub = (word: string): boolean => typeof readLink(word, hosts) === 'object';
  return wordsOf(text)
    .filter(isOnHub)
    .map((word) => refusalOf(word, hosts))
    .find((sentence) => sentence !== undefined);
};
