import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createSocketWire } from '../../src/transfer/http/socket-wire.ts';
import type { Answer, Wire } from '../../src/transfer/http/wire.ts';
import { createTestClock, type TestClock } from '../helpers/clock.ts';
import { createDice } from '../helpers/dice.ts';
import { bytesOf } from '../copies/odd-server.ts';

const content = bytesOf(1_500_000);
const never = new AbortController().signal;
const STALL_MS = 30_000;

let server: Server;
let wire: Wire;
let clock: TestClock;
let fallbacks = 0;
let sockets = 0;

/** A server that answers each request by writing to the socket as it likes. */
const serve = async (answer: (socket: Socket, request: number) => void): Promise<URL> => {
  let requests = 0;
  sockets = 0;
  fallbacks = 0;
  server = createServer((socket) => {
    sockets += 1;
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (data) => {
      text += data.toString();
      if (!text.endsWith('\r\n\r\n')) return;
      text = '';
      requests += 1;
      answer(socket, requests);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  clock = createTestClock();
  wire = createSocketWire({
    clock,
    timeoutMs: () => STALL_MS,
    pieceBytes: () => Infinity,
    fallback: {
      get: async (): Promise<Answer> => {
        fallbacks += 1;
        throw new Error('left to the fallback');
      },
      close: async () => undefined,
    },
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/file`);
};
afterEach(async () => {
  await wire.close();
  await new Promise((resolve) => server.close(resolve));
});

const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n';

const head = (length: number): string => `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`;

const bodyOf = async (answer: Answer): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  // A piece is lent: what is kept is a copy.
  for await (const piece of answer.body) pieces.push(Buffer.from(piece));
  answer.discard();
  return Buffer.concat(pieces);
};

describe('bytes over a socket', () => {
  it('are the same however they are cut up, over one connection', async () => {
    const dice = createDice(9);
    const url = await serve((socket) => {
      const all = Buffer.concat([Buffer.from(head(content.length)), content]);
      for (let at = 0; at < all.length; ) {
        const end = Math.min(all.length, at + 1 + dice(dice(3) === 0 ? 20 : 100_000));
        socket.write(all.subarray(at, end));
        at = end;
      }
    });
    for (let round = 0; round < 6; round += 1) {
      const answer = await wire.get(url, {}, never);
      expect((await bodyOf(answer)).equals(content)).toBe(true);
    }
    expect(sockets).toBe(1);
  });

  it('that are taken slowly wait, and are not lost', async () => {
    const url = await serve((socket) => socket.write(Buffer.concat([Buffer.from(head(content.length)), content])));
    const answers = await Promise.all(Array.from({ length: 4 }, () => wire.get(url, {}, never)));
    const slowly = async (answer: Answer): Promise<Buffer> => {
      const pieces: Buffer[] = [];
      for await (const piece of answer.body) {
        await new Promise((resolve) => setImmediate(resolve));
        pieces.push(Buffer.from(piece));
      }
      return Buffer.concat(pieces);
    };
    for (const body of await Promise.all(answers.map(slowly))) expect(body.equals(content)).toBe(true);
  });

  it('that stop too early are handed over, and then it is said', async () => {
    const url = await serve((socket) =>
      socket.end(Buffer.concat([Buffer.from(head(content.length)), content.subarray(0, 900_000)])),
    );
    const answer = await wire.get(url, {}, never);
    let bytes = 0;
    const taking = (async () => {
      for await (const piece of answer.body) bytes += piece.length;
    })();
    await expect(taking).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(bytes).toBe(900_000);
    answer.discard();
  });

  it('beyond the length are no part of it, nor of the next answer', async () => {
    const url = await serve((socket) =>
      socket.write(`${head(5)}helloHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil`),
    );
    for (let round = 0; round < 3; round += 1) {
      expect((await bodyOf(await wire.get(url, {}, never))).toString()).toBe('hello');
    }
    expect(sockets).toBe(3);
  });

  it('nobody wants end the connection if they are many, and not if they are few', async () => {
    const url = await serve((socket, request) =>
      socket.write(request === 1 ? `${head(5)}hello` : Buffer.concat([Buffer.from(head(content.length)), content])),
    );
    (await wire.get(url, {}, never)).discard();
    (await wire.get(url, {}, never)).discard();
    expect(sockets).toBe(1);
    expect(await bodyOf(await wire.get(url, {}, never))).toHaveLength(content.length);
    expect(sockets).toBe(2);
  });

  it('over a kept connection that the server has closed are asked for again', async () => {
    const url = await serve((socket, request) => {
      if (request === 2) socket.destroy();
      else socket.write(`${head(5)}hello`);
    });
    for (let round = 0; round < 2; round += 1) {
      expect((await bodyOf(await wire.get(url, {}, never))).toString()).toBe('hello');
    }
    expect(sockets).toBe(2);
  });

  it('in an odd answer are left to the fallback, and soon the whole place', async () => {
    const url = await serve((socket) => socket.end(CHUNKED));
    for (let round = 0; round < 5; round += 1) {
      await expect(wire.get(url, {}, never)).rejects.toThrow('left to the fallback');
    }
    expect(fallbacks).toBe(5);
    expect(sockets).toBe(3);
  });

  it('come from a place that was odd before: at once if it was so now and then, else after a while', async () => {
    let answer = CHUNKED;
    const url = await serve((socket) => socket.end(answer));
    const ask = async (next: string): Promise<string> => {
      answer = next;
      const asked = wire.get(url, {}, never);
      return asked.then(
        async (plain) => (await bodyOf(plain)).toString(),
        () => 'fallback',
      );
    };
    const plain = `${head(5)}hello`;
    const seen: string[] = [];
    const nowAndThen = Array.from({ length: 5 }, () => [CHUNKED, plain, plain, plain, plain]).flat();
    for (const next of nowAndThen) seen.push(await ask(next));
    expect(seen).toEqual(nowAndThen.map((next) => (next === plain ? 'hello' : 'fallback')));
    for (const next of [CHUNKED, plain, CHUNKED, plain, CHUNKED, plain, CHUNKED]) await ask(next);
    clock.pass(599_000);
    expect(await ask(plain)).toBe('fallback');
    clock.pass(1000);
    expect(await ask(plain)).toBe('hello');
  });

  it('are given up with the reason of the signal', async () => {
    const url = await serve((socket) => socket.write(head(10)));
    const abort = new AbortController();
    const answer = await wire.get(url, {}, abort.signal);
    const taking = bodyOf(answer);
    abort.abort(new Error('paused'));
    await expect(taking).rejects.toThrow('paused');
  });
});

describe('after the machine has slept', () => {
  /** Lets time go by until it has settled, in steps that are no standstill. @returns how much went by */
  const passUntilSettled = async (work: Promise<unknown>): Promise<number> => {
    let isSettled = false;
    let passedMs = 0;
    const settle = (): void => void (isSettled = true);
    work.then(settle, settle);
    const pass = (): boolean => {
      clock.pass(200);
      passedMs += 200;
      return isSettled;
    };
    await expect.poll(pass, { interval: 20 }).toBe(true);
    return passedMs;
  };

  it('a connection on which nothing comes any more is given up long before its time, and told as stalled', async () => {
    const url = await serve((socket) => socket.write(`${head(10)}hello`));
    const answer = await wire.get(url, {}, never);
    const taking = bodyOf(answer);
    clock.turn(8 * 3_600_000);
    const passedMs = await passUntilSettled(taking);
    await expect(taking).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(passedMs).toBeLessThan(STALL_MS / 2);
  });

  it('or was stopped for a minute, what has come meanwhile is read, over the same connection', async () => {
    const asked = Promise.withResolvers<Socket>();
    const url = await serve((socket) => asked.resolve(socket));
    const asking = wire.get(url, {}, never);
    const socket = await asked.promise;
    clock.pass(10 * STALL_MS);
    socket.write(`${head(5)}hello`);
    // The other side may run meanwhile, but nothing of ours does: at the end all timers are due before anything is read.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
    expect((await bodyOf(await asking)).toString()).toBe('hello');
    expect(sockets).toBe(1);
  });

  it('no request goes out over a connection that was kept', async () => {
    const ended = Promise.withResolvers<void>();
    const url = await serve((socket) => {
      socket.on('close', () => ended.resolve());
      socket.write(`${head(5)}hello`);
    });
    await bodyOf(await wire.get(url, {}, never));
    clock.turn(3_600_000);
    await ended.promise;
    await bodyOf(await wire.get(url, {}, never));
    expect(sockets).toBe(2);
  });
});
