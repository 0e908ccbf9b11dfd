import { AppError } from '../../domain/errors.ts';
import { follow, patienceOf, readBody, type UrlSourceOptions } from './follow.ts';

/** Lists of checksums of large releases have some kilobytes. */
const LIST_MOST = 64 * 1024;
/** Of lists in the folder, by how often they are met. */
const LISTS = ['SHA256SUMS', 'sha256sums.txt'];

/**
 * The hash of a file in a list as sha256sum writes it, in either of its forms, or in a file that holds nothing but a hash.
 * @param isOwn the list is of this file alone: its name there does not matter
 * @returns 64 lower-case hex
 */
const hashInList = (text: string, name: string, isOwn: boolean): string | undefined => {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  const found = lines.flatMap((line) => {
    const [, hash, path] = /^\\?([0-9a-f]{64})(?:\s+\*?(\S.*))?$/i.exec(line.trim()) ?? [];
    const [, bsdPath, bsdHash] = /^SHA256 \((.+)\) = ([0-9a-f]{64})$/i.exec(line.trim()) ?? [];
    const sum = hash ?? bsdHash;
    return sum === undefined ? [] : [{ sum: sum.toLowerCase(), name: (path ?? bsdPath)?.split(/[/\\]/).at(-1) }];
  });
  const named = found.find((one) => one.name === name);
  const [only, ...others] = found;
  return named?.sum ?? (isOwn && others.length === 0 ? only?.sum : undefined);
};

/** @returns undefined: there is none, or something else */
const readText = async (options: UrlSourceOptions, url: URL, signal: AbortSignal): Promise<string | undefined> => {
  const followed = await follow(options, url, {}, signal);
  const { answer } = followed;
  const isText = !/html/i.test(answer.header('content-type') ?? '');
  if (answer.status === 200 && isText && Number(answer.header('content-length') ?? 0) <= LIST_MOST)
    return (await readBody(followed, LIST_MOST))?.toString('utf8');
  answer.discard();
  return undefined;
};

/**
 * The SHA-256 that lies beside a file: `<its address>.sha256`, or a list in its folder. Three small requests at most; what cannot be
 * read, or does not come soon, says nothing.
 * @returns 64 hex, or undefined
 * @throws the signal's reason
 */
export const hashBeside = async (
  options: UrlSourceOptions,
  file: URL,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const name = decodeURIComponent(
    /%(?![0-9a-f]{2})/i.test(file.pathname) ? '' : (file.pathname.split('/').at(-1) ?? ''),
  );
  // What stands behind ? belongs to that one file, and may let somebody in.
  if (name === '' || file.search !== '') return undefined;
  const own = new URL(file);
  // Not put together anew: a path that begins with two slashes would be read as another host.
  own.pathname += '.sha256';
  const addresses = [own, ...LISTS.map((list) => new URL(list, file))];
  const ends = patienceOf(options, signal);
  for (const [index, address] of addresses.entries()) {
    try {
      const text = await readText(options, address, ends);
      const hash = text === undefined ? undefined : hashInList(text, name, index === 0);
      if (hash !== undefined) return hash;
    } catch (error) {
      signal.throwIfAborted();
      if (ends.aborted) return undefined;
      if (!(error instanceof AppError)) throw error;
    }
  }
  return undefined;
};
