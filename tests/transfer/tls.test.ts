import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import { createBulkConnections, PREFIX_BYTES } from '../../src/transfer/bulk/connections.ts';
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
  const from = Number(new URL(request.url ?? '', 'https://it').searchParams.get('from'));
  const body = content.subarray(from + Number(start), from + Number(end) + 1);
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

it('what connections for small files bring over TLS is the same, though all read into one memory', async () => {
  const egress = createEgress({ endpoints: [url.origin], allowedHosts: [] });
  const small = createBulkConnections({ clock: systemClock, egress, stallTimeoutMs: () => STALL_MS });
  const before = connections;
  const dice = createDice(6);
  const ask = (from: number, bytes: number): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const memory = Buffer.alloc(PREFIX_BYTES + bytes);
      small.ask(
        { origin: url.origin, target: `/file?from=${from}`, headers: {}, bytes },
        {
          onHead: ({ length }) => (length === bytes ? memory : undefined),
          onBytes: () => undefined,
          onWhole: () => resolve(memory.subarray(PREFIX_BYTES)),
          onBroken: () => reject(new Error('broken')),
        },
      );
    });
  const askForSome = async (): Promise<void> => {
    for (let round = 0; round < 12; round += 1) {
      const from = dice(content.length - 131_072);
      const bytes = 1 + dice(131_071);
      const got = await ask(from, bytes);
      expect(got.equals(content.subarray(from, from + bytes))).toBe(true);
    }
  };
  try {
    await Promise.all(Array.from({ length: 8 }, askForSome));
    expect(connections - before).toBe(8);
    expect(small.look()).toBe(8);
  } finally {
    small.close();
  }
});
