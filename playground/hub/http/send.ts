import { gzipSync } from 'node:zlib';
import type { Answer, SentFile } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { sendFile, writeBytes } from './send-file.ts';

/** Below this the CDN does not compress (CloudFront: 1000 bytes). */
const COMPRESSED_FROM = 1000;

const isText = (path: string): boolean => /\.(json|md|txt|py|ya?ml|jinja|csv)$|(^|\/)\.gitattributes$/.test(path);

const isCompressed = ({ request, hit }: Exchange, file: SentFile): boolean =>
  hit.host === 'hub' &&
  request.method === 'GET' &&
  request.headers.range === undefined &&
  /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')) &&
  isText(file.path) &&
  file.size >= COMPRESSED_FROM;

/** Compressed on the way: the length is not known when the headers are sent, and the ETag is a weak one. */
const sendCompressed = async (exchange: Exchange, { headers }: Answer, file: SentFile): Promise<void> => {
  const { response, record } = exchange;
  record.status = 200;
  response.writeHead(200, {
    ...headers,
    ...(headers['ETag'] !== undefined && { ETag: `W/${headers['ETag']}` }),
    'Content-Encoding': 'gzip',
    Vary: 'Accept-Encoding',
  });
  await writeBytes(exchange, gzipSync(file.content.read(0, file.size)));
  response.end();
};

const ETAG = /^(x-linked-)?etag$/i;

const withChangedEtag = ({ faults, hit }: Exchange, answer: Answer): Answer => {
  const [named] = Object.entries(answer.headers).filter(([name]) => ETAG.test(name));
  const fault = named && faults.take('changed_etag', hit);
  if (!named || !fault) return answer;
  const etag = `"${fault.etag ?? 'c'.repeat(named[1].length - 2)}"`;
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, ETAG.test(name) ? etag : value]);
  return { ...answer, headers: Object.fromEntries(headers) as Answer['headers'] };
};

/** Sends an answer, with the faults that strike while it is sent. */
export const sendAnswer = async (exchange: Exchange, given: Answer): Promise<void> => {
  const { request, response, record, faults, hit } = exchange;
  const answer = withChangedEtag(exchange, given);
  if (answer.file) {
    const send = isCompressed(exchange, answer.file) ? sendCompressed : sendFile;
    await send(exchange, answer, answer.file);
    return;
  }
  const rewritten = typeof answer.body === 'string' ? faults.take('rewritten', hit) : undefined;
  const body = Buffer.from(rewritten ? rewritten.rewrite(String(answer.body)) : (answer.body ?? ''));
  record.status = answer.status;
  response.writeHead(answer.status, { ...answer.headers, 'Content-Length': body.length });
  if (request.method !== 'HEAD' && body.length > 0) await writeBytes(exchange, body);
  response.end();
};
