import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createSocketWire } from '../../src/transfer/http/socket-wire.ts';
import type { Wire } from '../../src/transfer/http/wire.ts';
import { createDice } from '../helpers/dice.ts';
import { bytesOf } from '../copies/odd-server.ts';

/** A key that guards nothing, and a certificate for 127.0.0.1 that this process alone trusts. */
const pem = readFileSync(join(import.meta.dirname, 'loopback.pem'));
const content = bytesOf(6_000_000);
const never = new AbortController().signal;
/** Longer than a busy machine keeps a process from its turn. */
const STALL_MS = 30_000;

let connections = 0;
let fallbacks = 0;
let wire: Wire;
let url: URL;
const server = createServer({ key: pem, cert: pem }, (request, response) => {
  const [, start = '0', end = '0'] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const body = content.subarray(Number(start), Number(end) + 1);
  response.writeHead(206, { 'content-length': body.length }).end(body);
});
server.on('secureConnection', () => (connections += 1));

const trusted = getCACertificates('default');

beforeAll(async () => {
  setDefaultCACertificates([...trusted, pem.toString()]);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/file`);
  wire = createSocketWire({
    clock: systemClock,
    timeoutMs: () => STALL_MS,
    pieceBytes: () => Infinity,
    fallback: {
      get: async () => {
        fallbacks += 1;
        throw new Error('left to the fallback');
      },
      close: async () => undefined,
    },
  });
});
afterAll(async () => {
  await wire.close();
  server.closeAllConnections();
  server.close();
  // Other files of tests run in this process after it.
  setDefaultCACertificates(trusted);
});

/** @param turns how many turns of the event loop each piece is held */
const fetch = async (start: number, end: number, turns: () => number): Promise<Buffer> => {
  const answer = await wire.get(url, { range: `bytes=${start}-${end - 1}` }, never);
  const pieces: Buffer[] = [];
  for await (const piece of answer.body) {
    for (let left = turns(); left > 0; left -= 1) await turn();
    pieces.push(Buffer.from(piece));
  }
  answer.discard();
  return Buffer.concat(pieces);
};

it('bytes over TLS are the same and never stop, however slowly they are taken', async () => {
  const dice = createDice(5);
  for (let round = 0; round < 60; round += 1) {
    const start = dice(content.length - 1);
    const end = start + 1 + dice(content.length - start - 1);
    const slowness = round % 4;
    const got = await fetch(start, end, () => dice(slowness === 0 ? 1 : slowness * 3));
    expect(got.equals(content.subarray(start, end))).toBe(true);
  }
  expect(connections).toBe(1);
  expect(fallbacks).toBe(0);
});
