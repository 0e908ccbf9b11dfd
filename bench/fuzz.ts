/**
 * Throws bent answers at the reader of the fast path, over real connections, and prints what became of them:
 *
 *     node bench/fuzz.ts [--answers=1000000] [--seed=1]
 *
 * Every body that is handed over to its end must be the bytes that lie behind the head of that answer, of the length that
 * the head names once; each connection must end or go on; memory must not grow.
 */
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/lib/clock.ts';
import { createBuffers } from '../src/transfer/http/buffers.ts';
import { writeRequest } from '../src/transfer/http/head.ts';
import { type Connection, OddAnswer, openConnection } from '../src/transfer/http/connection.ts';
import { createDice } from '../tests/helpers/dice.ts';

const { values } = parseArgs({
  options: { answers: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const total = Number(values.answers);
const dice = createDice(Number(values.seed));
const LINES = 32;
const STALL_MS = 300;
const LOOK_MS = 100;
const never = new AbortController().signal;

const PARTS = [
  '\r\n',
  '\n',
  '\r',
  ':',
  ' ',
  '\0',
  'Content-Length: 7\r\n',
  'content-length:3\r\n',
  '5',
  '-',
  ',',
  'Transfer-Encoding: chunked\r\n',
  'Connection: close\r\n',
  'é',
  '\r\n\r\n',
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.0 ',
];

/** @returns an answer, right or bent, with a body that no other answer has */
const bend = (number: number): { readonly raw: Buffer; readonly isBent: boolean } => {
  const body = `<${number}>`.repeat(1 + dice(dice(20) === 0 ? 3000 : 4));
  const code = dice(4) === 0 ? '206 Partial Content' : '200 OK';
  let text = `HTTP/1.1 ${code}\r\nServer: x\r\nContent-Length: ${body.length}\r\nETag: "${number}"\r\n\r\n${body}`;
  if (dice(3) === 0) return { raw: Buffer.from(text, 'latin1'), isBent: false };
  for (let changes = 1 + dice(4); changes > 0; changes -= 1) {
    const at = dice(text.length);
    text = text.slice(0, at) + (PARTS[dice(PARTS.length)] ?? '') + text.slice(at + dice(4));
  }
  return { raw: Buffer.from(text.slice(0, dice(10) === 0 ? dice(text.length) : undefined), 'latin1'), isBent: true };
};

/** What has been sent in answer to each request under way, by its number. */
const sent = new Map<number, Buffer | undefined>();

const answer = (socket: Socket, number: number): void => {
  const { raw, isBent } = bend(number);
  // Whoever asked may have given up by now.
  if (sent.has(number)) sent.set(number, raw);
  for (let at = 0; at < raw.length; ) {
    const end = dice(3) === 0 ? Math.min(raw.length, at + 1 + dice(raw.length)) : raw.length;
    socket.write(raw.subarray(at, end));
    at = end;
  }
  // Few are left open however short the answer was: then the reader has to give it up.
  if (dice(1000) > 0 && (isBent || dice(4) === 0)) socket.end();
};

const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    const number = /^GET \/(\d+) /.exec(data.toString('latin1'))?.[1];
    if (number !== undefined) answer(socket, Number(number));
  });
});
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve);
});
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const buffers = createBuffers(LINES);
const lines = new Set<Connection>();
const ticker = setInterval(() => {
  for (const connection of lines) connection.look(performance.now());
}, LOOK_MS);

/** Is it what a strict reader finds in what was sent? Written apart from the reader that is tested. */
const isRight = (raw: Buffer, body: Buffer): boolean => {
  const text = raw.toString('latin1');
  const at = text.indexOf('\r\n\r\n');
  const lengths = text.slice(0, at).match(/^content-length:.*$/gim) ?? [];
  const length = Number(lengths[0]?.split(':')[1]);
  return at > 0 && lengths.length === 1 && body.equals(raw.subarray(at + 4, at + 4 + length)) && body.length === length;
};

const counts = { whole: 0, odd: 0, broken: 0, stalled: 0, reused: 0, wrong: 0 };
let next = 0;
let idle: Connection | undefined;

const askOnce = async (number: number, kept: Connection | undefined): Promise<Connection | undefined> => {
  const url = new URL(`${origin}/${number}`);
  let isIdle = false;
  const connection =
    kept ??
    openConnection(url, {
      clock: systemClock,
      buffers,
      pieceBytes: () => Infinity,
      stallMs: () => STALL_MS,
      onSession: () => undefined,
      onIdle: (one) => (idle = one),
      onEnd: (one) => lines.delete(one),
    });
  lines.add(connection);
  if (kept) counts.reused += 1;
  sent.set(number, undefined);
  try {
    const got = await connection.ask(writeRequest(url, {}) ?? '', never);
    const pieces: Buffer[] = [];
    for await (const piece of got.body) pieces.push(Buffer.from(piece));
    got.discard();
    const raw = sent.get(number);
    if (raw && isRight(raw, Buffer.concat(pieces))) counts.whole += 1;
    else {
      counts.wrong += 1;
      console.error(JSON.stringify(raw?.toString('latin1')), JSON.stringify(Buffer.concat(pieces).toString('latin1')));
    }
    isIdle = idle === connection;
  } catch (error) {
    if (error instanceof OddAnswer) counts.odd += 1;
    else if (error instanceof Error && 'code' in error && error.code === 'ETIMEDOUT') counts.stalled += 1;
    else counts.broken += 1;
  }
  sent.delete(number);
  if (isIdle && lines.has(connection)) return connection;
  connection.end();
  return undefined;
};

const rssAt: number[] = [];
const worker = async (): Promise<void> => {
  let kept: Connection | undefined;
  while (next < total) {
    next += 1;
    if (next % Math.ceil(total / 4) === 0) rssAt.push(process.memoryUsage().rss / 1e6);
    kept = await askOnce(next, kept);
  }
  kept?.end();
};

const began = performance.now();
await Promise.all(Array.from({ length: LINES }, worker));
clearInterval(ticker);
server.close();
const seconds = (performance.now() - began) / 1000;
console.log(`${total} answers in ${seconds.toFixed(0)} s, seed ${values.seed}`);
console.log(
  `handed over whole: ${counts.whole}, of them wrong: ${counts.wrong}; over a kept connection: ${counts.reused}`,
);
console.log(`left to undici: ${counts.odd}; broken off: ${counts.broken}; given up after a stall: ${counts.stalled}`);
console.log(
  `connections that hang: ${lines.size}; RSS at each quarter: ${rssAt.map((mb) => mb.toFixed(0)).join(', ')} MB`,
);
if (counts.wrong > 0 || lines.size > 0) process.exitCode = 1;
