import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, SentFile } from './answer.ts';
import type { Exchange } from './exchange.ts';
import type { FaultOf } from '../faults.ts';
import { readRange, type Span } from './range.ts';

const CHUNK = 1 << 18;
const PAUSES_PER_SECOND = 20;

const lengthOf = ({ start, end }: Span): number => end - start;

/** Breaks the connection: the other side sees ECONNRESET. */
export const breakConnection = ({ response }: Exchange): void => {
  response.socket?.resetAndDestroy();
};

/** Resolves when the bytes have left the process, which is how the speed of the reader comes back to us. */
export const writeBytes = (exchange: Exchange, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    exchange.response.write(bytes, (error) => {
      if (error) return reject(error);
      exchange.record.bytesSent += bytes.length;
      exchange.log.touch(exchange.record);
      return resolve();
    });
  });

interface Sending {
  readonly file: SentFile;
  readonly span: Span;
  readonly bytesPerSecond: number | undefined;
  /** Place in the file of a byte to be changed, and to what, if that matters. */
  readonly corrupt: { readonly at: number; readonly byte: number | undefined } | undefined;
}

/** Sends a span of a file as fast as the other side reads, or as the limit allows. */
const sendSpan = async (exchange: Exchange, { file, span, bytesPerSecond, corrupt }: Sending): Promise<void> => {
  const step = Math.max(
    1,
    Math.min(CHUNK, Math.ceil((bytesPerSecond ?? Number.POSITIVE_INFINITY) / PAUSES_PER_SECOND)),
  );
  for (let at = span.start, length = 0; at < span.end; at += length) {
    length = await exchange.faults.room(exchange.hit, Math.min(step, span.end - at), exchange.gone);
    const chunk = file.content.read(at, at + length);
    const place = (corrupt?.at ?? -1) - at;
    const right = chunk[place];
    if (right !== undefined) chunk[place] = corrupt?.byte ?? right ^ 0xff;
    await writeBytes(exchange, chunk);
    if (bytesPerSecond !== undefined) {
      await pause((chunk.length / bytesPerSecond) * 1000, undefined, { signal: exchange.gone });
    }
  }
};

/** What the header says will come. */
interface Plan {
  readonly status: 200 | 206;
  readonly span: Span;
  /** The file is a body in itself: it is no range of anything. */
  readonly isBody?: boolean;
}

/** @returns undefined for 416 */
const planOf = ({ request, faults, hit }: Exchange, given: number, size: number): Plan | undefined => {
  if (given === 206) return { status: 206, span: { start: 0, end: size }, isBody: true };
  // HTTP knows no ranges of a HEAD request.
  const asked = request.method === 'GET' ? readRange(request.headers.range, size) : undefined;
  if (asked === undefined || faults.take('ignore_range', hit)) return { status: 200, span: { start: 0, end: size } };
  if (asked === 'unsatisfiable') return undefined;
  if (!faults.take('wrong_range', hit, () => size > 1)) return { status: 206, span: asked };
  const start = asked.start > 0 ? asked.start - 1 : 1;
  const end = asked.start > 0 ? asked.end - 1 : Math.max(2, asked.end);
  return { status: 206, span: { start, end: Math.max(end, start + 1) } };
};

type Ending = 'complete' | 'reset' | 'stall' | 'closed early';

/** How much of the announced span is really sent, and what comes then. */
const cutOf = ({ faults, hit }: Exchange, span: Span, announced: number): { bytes: number; ending: Ending } => {
  const isWithin = (fault: { readonly bytes: number }): boolean => fault.bytes < announced;
  const reset = faults.take('reset_after', hit, isWithin);
  if (reset) return { bytes: reset.bytes, ending: 'reset' };
  const stall = faults.take('stall_after', hit, isWithin);
  if (stall) return { bytes: stall.bytes, ending: 'stall' };
  return { bytes: announced, ending: announced < lengthOf(span) ? 'closed early' : 'complete' };
};

const sendBody = async (exchange: Exchange, file: SentFile, { span }: Plan, promised: number): Promise<void> => {
  const { faults, hit, response } = exchange;
  const missing = faults.take(
    'short_body',
    hit,
    ({ announced }) => announced === 'full' && lengthOf(span) > 0,
  )?.missing;
  const { bytes, ending } = cutOf(exchange, span, Math.max(0, promised - (missing ?? 0)));
  const sent = { start: span.start, end: span.start + bytes };
  const placeOf = ({ offset, of }: FaultOf<'corrupt'>): number => (of === 'answer' ? span.start + offset : offset);
  const isSent = (fault: FaultOf<'corrupt'>): boolean => placeOf(fault) >= sent.start && placeOf(fault) < sent.end;
  const corrupt = faults.take('corrupt', hit, isSent);
  await sendSpan(exchange, {
    file,
    span: sent,
    bytesPerSecond: faults.take('slow', hit)?.bytesPerSecond ?? exchange.bytesPerSecond,
    corrupt: corrupt && { at: placeOf(corrupt), byte: corrupt.byte },
  });
  if (ending === 'reset') breakConnection(exchange);
  else if (missing !== undefined && ending !== 'stall') response.socket?.end();
  else if (ending !== 'stall') response.end();
};

/** Sends a file or the range that was asked for, with the faults that strike. */
export const sendFile = async (exchange: Exchange, answer: Answer, file: SentFile): Promise<void> => {
  const { request, response, faults, hit, record } = exchange;
  const plan = planOf(exchange, answer.status, file.size);
  if (!plan) {
    record.status = 416;
    response.writeHead(416, { ...answer.headers, 'Content-Range': `bytes */${file.size}`, 'Content-Length': 0 });
    response.end();
    return;
  }
  const { status, span, isBody = false } = plan;
  const hasBody = request.method === 'GET';
  const short = faults.take(
    'short_body',
    hit,
    ({ announced }) => hasBody && announced !== 'full' && lengthOf(span) > 0,
  );
  const promised = Math.max(0, lengthOf(span) - (short?.missing ?? 0));
  record.status = status;
  response.writeHead(status, {
    ...answer.headers,
    'Content-Length': promised,
    ...(status === 206 && !isBody && { 'Content-Range': `bytes ${span.start}-${span.end - 1}/${file.size}` }),
  });
  if (!hasBody) {
    response.end();
    return;
  }
  // The headers go out even if the body never comes.
  response.flushHeaders();
  await sendBody(exchange, file, plan, promised);
};
