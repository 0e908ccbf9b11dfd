import { table } from '../../lib/table.ts';

/** What a text says before any of it is checked. */
export interface Reading {
  readonly type: 'model' | 'dataset' | 'space';
  readonly id: string;
  readonly revision?: string | undefined;
  readonly tag?: string | undefined;
  readonly path?: string | undefined;
  readonly folder?: string | undefined;
}

/** Why a text is no reference: another host, too many parts, or not readable at all. */
export type Misfit = 'host' | 'parts' | 'form';

const HUB_HOSTS: readonly string[] = ['huggingface.co', 'www.huggingface.co', 'hf.co', 'www.hf.co'];
const TYPES = table<Reading['type']>({ models: 'model', datasets: 'dataset', spaces: 'space' });

/** What stands after the id in the Hub's addresses; a repository so named would be read wrongly, and there is none. */
const PAGES = new Set([
  'tree',
  'blob',
  'resolve',
  'raw',
  'blame',
  'edit',
  'commits',
  'commit',
  'discussions',
  'settings',
]);
const FILE_PAGES = new Set(['blob', 'resolve', 'raw', 'blame', 'edit']);

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // A lone `%` is legal in a file name.
  }
};

const splitAt = (text: string, mark: string): [string, string | undefined] => {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
};

const takeType = (parts: readonly string[]): [Reading['type'], readonly string[]] => {
  const type = TYPES[parts[0] ?? ''];
  return type === undefined ? ['model', parts] : [type, parts.slice(1)];
};

/** The name's own ends: `name`, `name@revision`, `name:tag`, and both in either order. */
const takeEnds = (text: string): { name: string; revision: string | undefined; tag: string | undefined } => {
  const [beforeAt, afterAt] = splitAt(text, '@');
  const [name, tag] = splitAt(beforeAt, ':');
  const [revision, laterTag] = afterAt === undefined ? [undefined, undefined] : splitAt(afterAt, ':');
  return { name, revision, tag: tag ?? laterTag };
};

/** `refs/pr/1` and `refs/convert/parquet` are the only revisions whose slashes stand unencoded in addresses. */
const takeRevision = (parts: readonly string[]): [string | undefined, readonly string[]] => {
  const length = parts[0] === 'refs' && (parts[1] === 'pr' || parts[1] === 'convert') ? 3 : 1;
  return [parts.slice(0, length).join('/') || undefined, parts.slice(length)];
};

const joined = (parts: readonly string[]): string | undefined => (parts.length === 0 ? undefined : parts.join('/'));

/** The page of a repository may show what is in one of its files, which only its query names. */
const shownFile = (query: string): string | undefined => new URLSearchParams(query).get('show_file_info') || undefined;

/** The path of `https://huggingface.co/…`: `[datasets/]org/name[:tag][/page/revision/path]`, and what stands behind `?`. */
const readAddress = (address: string, query: string): Reading => {
  const [type, parts] = takeType(address.split('/').filter(Boolean).map(decode));
  const nameLength = PAGES.has(parts[1] ?? '') ? 1 : 2;
  const { name, revision, tag } = takeEnds(parts.slice(0, nameLength).join('/'));
  const page = parts[nameLength] ?? '';
  const reading: Reading = { type, id: name, revision, tag };
  const path = shownFile(query);
  if (page === '' && path !== undefined) return { ...reading, path };
  if (!PAGES.has(page) || page === 'discussions' || page === 'settings') return reading;
  const [pageRevision, rest] = takeRevision(parts.slice(nameLength + 1));
  const at = { ...reading, revision: pageRevision ?? revision };
  if (FILE_PAGES.has(page)) return { ...at, path: joined(rest) };
  if (page !== 'tree') return at;
  return path === undefined ? { ...at, folder: joined(rest) } : { ...at, path };
};

/** `hf://[datasets/]org/name[@revision][/path]`; a one-part id can only have a path after a revision. */
const readHfUri = (text: string): Reading => {
  const raw = text.split('/');
  const isFolder = raw.at(-1) === '';
  const [type, parts] = takeType(raw.filter(Boolean));
  const nameLength = parts[0]?.includes('@') ? 1 : 2;
  const { name, revision: typed, tag } = takeEnds(parts.slice(0, nameLength).join('/'));
  const after = parts.slice(nameLength).map(decode);
  const [revision, rest] = typed === undefined ? [undefined, after] : takeRevision([decode(typed), ...after]);
  const page = joined(rest);
  const reading: Reading = { type, id: name, revision, tag };
  return isFolder ? { ...reading, folder: page } : { ...reading, path: page };
};

/**
 * Reads a link (`https://…`, `hf://…`, or a Hub host without its scheme).
 * The address is taken apart here and not by `URL`, which would quietly resolve `..` and take `host\@other` apart in its own way.
 * @returns undefined if the text is no link at all
 */
export const readLink = (text: string, hosts: readonly string[]): Reading | Misfit | undefined => {
  const known = [...HUB_HOSTS, ...hosts.map((host) => host.toLowerCase())];
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  if (scheme?.[1]?.toLowerCase() === 'hf') return readHfUri(text.slice(scheme[0].length));
  const [, authority = '', address = '', query = ''] =
    /^([^/?#]*)([^?#]*)(?:\?([^#]*))?/.exec(text.slice(scheme?.[0].length ?? 0)) ?? [];
  if (!scheme) {
    return known.includes(authority.toLowerCase()) ? readAddress(address, query) : undefined;
  }
  if (!/^https?$/i.test(scheme[1] ?? '')) return 'host';
  return known.includes(authority.toLowerCase().replace(/:443$/, '')) ? readAddress(address, query) : 'host';
};

/** Reads `[datasets/]name`, `[datasets/]org/name`, each with `@revision` and `:tag`. */
export const readPlain = (text: string): Reading | Misfit => {
  const { name, revision, tag } = takeEnds(text);
  const [type, parts] = takeType(name.split('/'));
  // Hostile paths have many parts too, but for them "use hf://" would be the wrong advice.
  if (parts.length > 2) return parts.every((part) => /^\w/.test(part)) ? 'parts' : 'form';
  return { type, id: parts.join('/'), revision, tag };
};

/** The words of a message that may be links, without what stands around them; also those with nothing between them. */
export const wordsOf = (text: string): string[] =>
  (text.replace(/[,;|](?=https?:\/\/)/gi, ' ').match(/[^\s<>"“”«»`]+/g) ?? []).map((word) =>
    word.replace(/^.*\]\(|^[('[{]+/, '').replace(/[.,;:!?)\]}']+$/, ''),
  );
