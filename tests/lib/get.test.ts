import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { codeOf } from '../../src/lib/error-code.ts';
import { get, type Got } from '../../src/lib/net/get.ts';
import { freePort } from '../helpers/free-port.ts';

const never = new AbortController().signal;
const TEXT = 'a text that is sent again and again. '.repeat(200);

interface Served {
  readonly url: URL;
  readonly seen: IncomingMessage[];
  readonly sockets: Socket[];
}

const serve = async (answer: RequestListener): Promise<Served> => {
  const seen: IncomingMessage[] = [];
  const sockets: Socket[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/place?of=it`), seen, sockets };
};

/** A place where nobody listens until `listen`. */
const refusing = async (answer: RequestListener): Promise<{ readonly url: URL; readonly listen: () => void }> => {
  const [server, port] = [createServer(answer), await freePort()];
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: new URL(`http://127.0.0.1:${port}/`), listen: () => server.listen(port, '127.0.0.1') };
};

const textOf = async ({ body }: Got): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('an answer', () => {
  it('comes with what it says, and the next over the same connection', async () => {
    const { url, seen, sockets } = await serve((_, response) => {
      response.writeHead(404, { 'x-error-code': 'EntryNotFound', link: ['<a>', '<b>'] }).end(TEXT);
    });
    for (let time = 0; time < 3; time += 1) {
      const got = await get(url, { 'user-agent': 'it', authorization: 'Bearer x' }, never);
      expect([got.status, got.header('x-error-code'), got.header('link'), got.header('etag')]).toEqual([
        404,
        'EntryNotFound',
        '<a>, <b>',
        undefined,
      ]);
      expect(await textOf(got)).toBe(TEXT);
    }
    expect(seen[0]?.url).toBe('/place?of=it');
    expect(seen[0]?.headers).toMatchObject({ 'user-agent': 'it', authorization: 'Bearer x' });
    expect(sockets).toHaveLength(1);
  });

  it('that leads elsewhere is an answer', async () => {
    const { url, seen } = await serve((_, response) => void response.writeHead(302, { location: '/other' }).end());
    const got = await get(url, {}, never);
    got.discard();
    expect([got.status, got.header('location'), seen.length]).toEqual([302, '/other', 1]);
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', (text: string) => text],
  ])('in %s is read as it is meant', async (encoding, pack) => {
    const { url, seen } = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(pack(TEXT));
    });
    expect(await textOf(await get(url, {}, never))).toBe(TEXT);
    expect(seen[0]?.headers['accept-encoding']).toBe('gzip, deflate, br');
  });

  it('in an encoding that was not asked for is none', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'compress' }).end(TEXT);
    });
    expect(await failureOf(textOf(await get(url, {}, never)))).toMatchObject({
      message: expect.any(String) as unknown,
    });
  });

  it.each([false, true])('that breaks in the middle is no shorter one, packed: %s', async (isPacked) => {
    const all = isPacked ? gzipSync(TEXT) : Buffer.from(TEXT);
    const { url, sockets } = await serve((_, response) => {
      response.writeHead(200, isPacked ? { 'content-encoding': 'gzip' } : {});
      response.write(all.subarray(0, all.length / 2), () => sockets.at(-1)?.destroy());
    });
    expect(await failureOf(textOf(await get(url, {}, never)))).toBeInstanceOf(Error);
  });

  it('that is not wanted frees its connection if little is left, and ends it if much is', async () => {
    const { url, sockets } = await serve((request, response) => {
      response.writeHead(200, { 'content-length': Number(request.headers['x-length'] ?? 5) });
      if (request.headers['x-length'] === undefined) response.end('a bit');
      else response.write('much');
    });
    (await get(url, {}, never)).discard();
    await expect
      .poll(async () => {
        (await get(url, {}, never)).discard();
        return sockets.length;
      })
      .toBeLessThanOrEqual(2);
    const got = await get(url, { 'x-length': '1000000' }, never);
    const last = sockets.at(-1);
    got.discard();
    await expect.poll(() => last?.destroyed).toBe(true);
  });
});

describe('no answer', () => {
  it('says why by the code', async () => {
    const { url, sockets } = await serve(() => sockets.at(-1)?.destroy());
    expect(codeOf(await failureOf(get(url, {}, never)))).toBe('ECONNRESET');
    expect(codeOf(await failureOf(get(new URL('http://127.0.0.1:1'), {}, never)))).toBe('ECONNREFUSED');
  });

  it('comes to who has given up: the reason does, before, while and after it is asked', async () => {
    const reason = new Error('given up');
    const { url, seen } = await serve((request, response) => {
      if (request.headers['x-begin'] === 'yes') response.writeHead(200).write('a');
    });
    expect(await failureOf(get(url, {}, AbortSignal.abort(reason)))).toBe(reason);
    expect(seen).toHaveLength(0);
    const asking = new AbortController();
    const asked = failureOf(get(url, {}, asking.signal));
    await expect.poll(() => seen.length).toBe(1);
    asking.abort(reason);
    expect(await asked).toBe(reason);
    const reading = new AbortController();
    const got = await get(url, { 'x-begin': 'yes' }, reading.signal);
    const read = failureOf(textOf(got));
    reading.abort(reason);
    expect(await read).toBe(reason);
  });

  it('over a kept connection that is closed at that moment is asked for again', async () => {
    let answers = 0;
    const { url, sockets } = await serve((request, response) => {
      answers += 1;
      if (answers === 2) request.socket.destroy();
      else response.end('it');
    });
    expect(await textOf(await get(url, {}, never))).toBe('it');
    expect(await textOf(await get(url, {}, never))).toBe('it');
    expect([answers, sockets.length]).toEqual([3, 2]);
  });

  it('over a connection that was begun for another one and refused is asked for again', async () => {
    const { url, listen } = await refusing((_, response) => response.end('it'));
    const stop = new AbortController();
    const given = get(url, {}, stop.signal);
    stop.abort(new Error('no more'));
    listen();
    await failureOf(given);
    expect(await textOf(await get(url, {}, never))).toBe('it');
  });
});
