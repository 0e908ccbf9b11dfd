import { randomUUID } from 'node:crypto';
import { SIGNED_RANGES, type Signing } from '../api/signing.ts';
import type { HubRequest } from '../http/hub-request.ts';
import { type Answer, text } from '../http/answer.ts';
import { type Content, givenContent } from '../repos/content.ts';
import { readJoined } from '../repos/woven-content.ts';
import type { Storage } from './storage.ts';
import { type Xorb, xorbContent } from './xorb.ts';

/** Chunks of a xorb, by index, and where they lie in it; the last byte is within (huggingface.co/docs/xet/api). */
export interface XorbRange {
  readonly chunks: { readonly start: number; readonly end: number };
  readonly bytes: { readonly start: number; readonly end: number };
}

export interface XorbFetch {
  readonly url: string;
  readonly ranges: readonly XorbRange[];
}

export const rangeOf = ({ offsets }: Xorb, chunks: XorbRange['chunks']): XorbRange => ({
  chunks: { start: chunks.start, end: chunks.end },
  bytes: { start: offsets[chunks.start] ?? 0, end: (offsets[chunks.end] ?? 0) - 1 },
});

const spoken = ({ bytes }: XorbRange): string => `${bytes.start}-${bytes.end}`;

/** An address of some ranges of a xorb, and of no others. */
export const fetchOf = (origin: string, signing: Signing, xorb: Xorb, ranges: readonly XorbRange[]): XorbFetch => {
  const path = `/xorbs/default/${xorb.hash}`;
  return { url: `${origin}${path}?${signing.signRanges(path, `bytes=${ranges.map(spoken).join(',')}`)}`, ranges };
};

type Readable = Pick<Content, 'size' | 'read'>;

/** Signed are all ranges together, and each by itself. */
const isSigned = (asked: string | undefined, signed: string): boolean =>
  asked !== undefined &&
  (asked === signed ||
    signed
      .slice('bytes='.length)
      .split(',')
      .some((range) => asked === `bytes=${range}`));

const sliceOf = (content: Readable, from: number, to: number): Readable => ({
  size: to - from,
  read: (start, end) => content.read(from + start, from + end),
});

/** Ranges of a file one after the other, each with its place before it (RFC 9110, 14.6). */
const partsOf = (content: Readable, range: string, boundary: string): Readable[] =>
  range
    .slice('bytes='.length)
    .split(',')
    .flatMap((each) => {
      const [first = 0, last = 0] = each.split('-').map(Number);
      const head = `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${each}/${content.size}\r\n\r\n`;
      return [givenContent(head), sliceOf(content, first, last + 1)];
    });

const XORB = { 'Content-Type': 'application/octet-stream', 'Accept-Ranges': 'bytes', 'X-HF-CDN-Pop': 'sample' };

/**
 * `/xorbs/default/{hash}` on the CDN, whose signature is known to be good.
 * @returns undefined if exactly these ranges are not what the address was signed for
 */
export const xorbAnswer = (storage: Storage, request: HubRequest): Answer | undefined => {
  const xorb = storage.xorb(request.parts[2] ?? '');
  const { range } = request.headers;
  if (!xorb) return text(404, 'The specified key does not exist.');
  if (!isSigned(range, request.query.get(SIGNED_RANGES) ?? '')) return undefined;
  const content = xorbContent(xorb);
  if (!range?.includes(','))
    return {
      status: 200,
      headers: { ...XORB, ETag: `"${xorb.hash}"` },
      file: { path: xorb.hash, content, size: content.size },
    };
  const boundary = randomUUID();
  const body = readJoined([...partsOf(content, range, boundary), givenContent(`\r\n--${boundary}--\r\n`)]);
  const headers = { ...XORB, 'Content-Type': `multipart/byteranges; boundary=${boundary}` };
  return { status: 206, headers, file: { path: xorb.hash, content: body, size: body.size } };
};
