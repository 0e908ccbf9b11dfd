import { safePart } from '../../domain/repo/web-file.ts';

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Servers write UTF-8 into headers, which are read byte by byte: as that, if it can be that. */
const asWritten = (header: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(header, 'latin1'));
  } catch {
    return header;
  }
};

/**
 * What `Content-Disposition` calls the file (RFC 6266): `filename*` before `filename`, quoted or not. Percent signs mean nothing in
 * the latter; servers write them all the same, and browsers read them (aria2/aria2#1028).
 */
const namedIn = (disposition: string | undefined): string | undefined => {
  const text = asWritten(disposition ?? '');
  const [, encoded] = /;\s*filename\*\s*=\s*"?utf-8'[^']*'([^;\s"]+)/i.exec(text) ?? [];
  if (encoded !== undefined) return decoded(encoded);
  const [, quoted, bare] = /;\s*filename\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;]+))/i.exec(text) ?? [];
  const name = quoted?.replace(/\\(.)/g, '$1') ?? bare?.trim();
  return name === undefined ? undefined : decoded(name);
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
