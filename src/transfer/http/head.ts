/** The head of an answer that the fast path understands: HTTP/1.1 with a length, nothing unusual. */
export interface Head {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes of the body. */
  readonly length: number;
  /** Where the body begins in the buffer. */
  readonly bodyAt: number;
  readonly keepAlive: boolean;
}

/** `more`: not all of it is there; `odd`: somebody with more knowledge of HTTP must look at it. */
export type HeadReading = Head | 'more' | 'odd';

/** Longer heads are odd. */
export const HEAD_MOST = 16 * 1024;
const HEADERS_MOST = 100;

const STATUS_LINE = /^HTTP\/1\.1 ([2-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/;
/** What is sent is stricter than what is read. */
const PLAIN_TARGET = /^[\x21-\x7e]+$/;
const PLAIN_LINE = /^[\x20-\x7e]+$/;
const PLAIN_HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\x20-\x7e]*$/;
/** What decides where a body ends, or what it is, must not be said twice. */
const ONCE = new Set(['content-length', 'content-range', 'content-encoding', 'location', 'etag', 'connection']);
/** Other framings than a length, and answers that are followed by something else. */
const NEVER = new Set(['transfer-encoding', 'upgrade', 'trailer']);

const readHeaders = (lines: readonly string[]): Map<string, string> | undefined => {
  const headers = new Map<string, string>();
  if (lines.length > HEADERS_MOST) return undefined;
  for (const line of lines) {
    if (!HEADER_LINE.test(line)) return undefined;
    const colon = line.indexOf(':');
    const key = line.slice(0, colon).toLowerCase();
    if (NEVER.has(key) || (ONCE.has(key) && headers.has(key))) return undefined;
    let from = colon + 1;
    while (line[from] === ' ' || line[from] === '\t') from += 1;
    headers.set(key, line.slice(from).trimEnd());
  }
  return headers;
};

/**
 * Reads the head of an answer at the beginning of `bytes`. Strict and bounded: a text that two readers could take for
 * two different things is `odd`.
 */
export const readHead = (bytes: Buffer): HeadReading => {
  const end = bytes.subarray(0, HEAD_MOST).indexOf('\r\n\r\n');
  if (end < 0) return bytes.length >= HEAD_MOST ? 'odd' : 'more';
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const [, status] = STATUS_LINE.exec(first) ?? [];
  const headers = readHeaders(lines);
  if (status === undefined || headers === undefined) return 'odd';
  const length = headers.get('content-length') ?? '';
  const connection = headers.get('connection')?.toLowerCase() ?? 'keep-alive';
  if (!/^\d{1,15}$/.test(length) || !/^(?:keep-alive|close)$/.test(connection)) return 'odd';
  // These have no body whatever their length says (RFC 9112, 6.3).
  if (status === '204' || status === '304') return 'odd';
  return {
    status: Number(status),
    headers,
    length: Number(length),
    bodyAt: end + 4,
    keepAlive: connection === 'keep-alive',
  };
};

/** Headers as they go over the wire, or undefined if one of them cannot be written down safely. */
export const writeHeaders = (headers: Readonly<Record<string, string>>): string | undefined => {
  let lines = '';
  for (const name of Object.keys(headers)) {
    const line = `${name}: ${headers[name]}`;
    if (!PLAIN_HEADER.test(line)) return undefined;
    lines += `${line}\r\n`;
  }
  return lines;
};

/**
 * The request as it goes over the wire, or undefined if something in it cannot be written down safely.
 * @param target path and query
 * @param lines headers that were written
 */
export const writeTo = (host: string, target: string, lines: string): string | undefined =>
  PLAIN_TARGET.test(target) && PLAIN_LINE.test(host)
    ? `GET ${target} HTTP/1.1\r\nhost: ${host}\r\n${lines}\r\n`
    : undefined;

/** The same of a URL. */
export const writeRequest = (url: URL, headers: Readonly<Record<string, string>>): string | undefined => {
  const lines = writeHeaders(headers);
  return lines === undefined ? undefined : writeTo(url.host, `${url.pathname}${url.search}`, lines);
};
