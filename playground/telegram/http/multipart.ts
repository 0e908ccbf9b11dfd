export interface Part {
  readonly name: string;
  /** Present for files. */
  readonly fileName: string | undefined;
  readonly contentType: string | undefined;
  readonly data: Buffer;
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** One attribute of a content-disposition line; an unquoted value goes up to the next `;` and may hold spaces. */
const attribute = (line: string, name: string): string | undefined => {
  const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;]*))`, 'i').exec(line);
  if (!match) return undefined;
  return match[1] === undefined ? decode((match[2] ?? '').trim()) : match[1].replace(/\\(.)/g, '$1');
};

const parsePart = (raw: Buffer): Part | undefined => {
  const headerEnd = raw.indexOf('\r\n\r\n');
  if (headerEnd < 0) return undefined;
  const headers = raw.subarray(0, headerEnd).toString('utf8').split('\r\n');
  const header = (name: string): string | undefined =>
    headers
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const disposition = `;${header('content-disposition') ?? ''}`;
  const name = attribute(disposition, 'name');
  if (name === undefined) return undefined;
  return {
    name,
    fileName: attribute(disposition, 'filename'),
    contentType: header('content-type'),
    data: raw.subarray(headerEnd + 4),
  };
};

/**
 * Splits a multipart/form-data body in the manner of tdlib (tdnet/HttpReader.cpp), which takes file names without quotes,
 * also such with spaces; the usual parsers lose those.
 * @returns undefined if the body does not hold what the content type promises
 */
export const parseMultipart = (contentType: string, body: Buffer): readonly Part[] | undefined => {
  const boundary = /boundary=(?:"([^"]+)"|([^;]+))/i.exec(contentType);
  const text = boundary?.[1] ?? boundary?.[2]?.trim();
  if (!text) return undefined;
  const delimiter = Buffer.from(`\r\n--${text}`);
  // The first delimiter may stand at the very beginning, without a line break before it.
  const whole = Buffer.concat([Buffer.from('\r\n'), body]);
  const parts: Part[] = [];
  let start = whole.indexOf(delimiter);
  while (start >= 0) {
    const from = start + delimiter.length;
    if (whole.subarray(from, from + 2).toString() === '--') return parts;
    const next = whole.indexOf(delimiter, from);
    if (next < 0) return undefined;
    const part = parsePart(whole.subarray(from + 2, next));
    if (part) parts.push(part);
    start = next;
  }
  return undefined;
};
