import { safePart } from '../../domain/repo/web-file.ts';

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** What `Content-Disposition` calls the file (RFC 6266): `filename*` before `filename`, quoted or not. */
const namedIn = (disposition: string | undefined): string | undefined => {
  const [, encoded] = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition ?? '') ?? [];
  if (encoded !== undefined) return decoded(encoded);
  const [, quoted, bare] = /;\s*filename\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;\s]+))/i.exec(disposition ?? '') ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? (bare === undefined ? undefined : decoded(bare));
};

const lastOf = ({ pathname }: URL): string => decoded(pathname.split('/').findLast((part) => part !== '') ?? '');

/**
 * What a file is called here: as its server says, else as its address, or the one that this led to, ends. All of them are foreign
 * text, and what is left of it is safe.
 */
export const nameOfFile = (typed: URL, final: URL, disposition: string | undefined): string => {
  const said = [namedIn(disposition), lastOf(typed), lastOf(final)].map((name) => safePart(name ?? ''));
  // An address may end with a number or a word that says nothing: one with an ending comes first.
  const [first] = said.filter((name) => name !== undefined && /\.[A-Za-z0-9]{1,16}$/.test(name));
  return said[0] ?? first ?? said.find((name) => name !== undefined) ?? 'file';
};
