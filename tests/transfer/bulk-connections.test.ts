import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEgress } from '../../src/lib/net/egress.ts';
import { type Asker, createBulkConnections, PREFIX_BYTES } from '../../src/transfer/bulk/connections.ts';
import { createTestClock } from '../helpers/clock.ts';

const STALL_MS = 1000;
const answerWith = (body: string, more = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`;

/** A server that is told what to send back for each request, and connections to it. */
const setUp = async (answer: (socket: Socket, request: string) => void, allowed = true) => {
  const sockets: Socket[] = [];
  const requests: string[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      requests.push(bytes.toString());
      answer(socket, bytes.toString());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = createTestClock();
  const egress = createEgress({ endpoints: allowed ? [origin] : ['https://hub.example'], allowedHosts: [] });
  let sent = 0;
  const connections = createBulkConnections({
    clock,
    egress,
    stallTimeoutMs: () => STALL_MS,
    onSent: () => (sent += 1),
  });
  onTestFinished(() => {
    connections.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  /** @returns what came; how it broke, if it did */
  const ask = (target = '/a', isWanted = true, bytes = 0): Promise<string> =>
    new Promise((resolve) => {
      let memory: Buffer | undefined;
      let came = 0;
      connections.ask(
        { origin, target, headers: { 'user-agent': 'it' }, bytes },
        {
          onHead: ({ length }) => {
            memory = isWanted ? Buffer.alloc(PREFIX_BYTES + length) : undefined;
            return memory;
          },
          onBytes: (more) => (came += more),
          onWhole: () => resolve(memory?.toString('latin1', PREFIX_BYTES, PREFIX_BYTES + came) ?? 'not wanted'),
          onBroken: (isClosed) => resolve(isClosed ? 'closed' : 'broken'),
        },
      );
    });
  return { connections, clock, sockets, requests, ask, sent: () => sent };
};

describe('an answer over a connection for small files', () => {
  it('comes whole however it is cut, and the next one over the same connection', async () => {
    const { ask, sockets, requests, sent } = await setUp((socket) => {
      socket.setNoDelay(true);
      const left = answerWith('the body of it').split('');
      const next = (): void => {
        const piece = left.shift();
        if (piece !== undefined) socket.write(piece, () => setImmediate(next));
      };
      next();
    });
    expect(await ask('/a?b=c')).toBe('the body of it');
    expect(await ask('/a', true, 14)).toBe('the body of it');
    const [host] = /(?<=host: ).*/.exec(requests[0] ?? '') ?? [];
    expect(requests).toEqual([
      `GET /a?b=c HTTP/1.1\r\nhost: ${host}\r\nuser-agent: it\r\n\r\n`,
      `GET /a HTTP/1.1\r\nhost: ${host}\r\nuser-agent: it\r\nrange: bytes=0-13\r\n\r\n`,
    ]);
    expect([sockets.length, sent()]).toEqual([1, 2]);
  });

  it('that is not wanted is read away, or ends its connection if it is long', async () => {
    const { ask, sockets } = await setUp((socket, request) =>
      socket.write(answerWith('x'.repeat(request.includes('/long') ? 200_000 : 1000))),
    );
    expect(await ask('/short', false)).toBe('not wanted');
    expect(await ask('/short')).toHaveLength(1000);
    expect(sockets).toHaveLength(1);
    expect(await ask('/long', false)).toBe('not wanted');
    expect(await ask('/short')).toHaveLength(1000);
    expect(sockets).toHaveLength(2);
  });

  it.each([
    ['says that its connection ends', answerWith('it', 'connection: close\r\n')],
    ['is followed by what nobody asked for', `${answerWith('it')}HTTP/1.1 200 OK`],
  ])('that %s is the last one there', async (_, text) => {
    const { ask, sockets } = await setUp((socket) => socket.write(text));
    expect([await ask(), await ask()]).toEqual(['it', 'it']);
    expect(sockets).toHaveLength(2);
  });

  it.each([
    ['of chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nit\r\n0\r\n\r\n'],
    ['of an earlier version', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nit'],
    ['without a length', 'HTTP/1.1 200 OK\r\n\r\nit'],
    ['with two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nit'],
    ['that is none', 'hello\r\n\r\n'],
    ['without an end of its head', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}`],
  ])('%s is left to others', async (_, text) => {
    const { ask } = await setUp((socket) => socket.write(text));
    expect(await ask()).toBe('broken');
  });

  it('that ends too early is broken, and one that was asked for as the connection closed is told apart', async () => {
    let asked = 0;
    const { ask } = await setUp((socket) => {
      asked += 1;
      if (asked === 1) socket.write(answerWith('it'));
      else if (asked === 2) socket.destroy();
      else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nit');
    });
    expect([await ask(), await ask(), await ask()]).toEqual(['it', 'closed', 'broken']);
  });
});

describe('connections for small files', () => {
  it('are given up when nothing comes for too long, and when nobody uses them', async () => {
    const { ask, clock, connections, requests, sockets } = await setUp((socket, request) => {
      if (!request.includes('/never')) socket.write(answerWith('it'));
    });
    expect(await ask()).toBe('it');
    const asked = ask('/never');
    await expect.poll(() => requests.length).toBe(2);
    clock.pass(STALL_MS);
    expect(connections.look()).toBe(1);
    clock.pass(1);
    expect(connections.look()).toBe(0);
    expect(await asked).toBe('broken');
    expect(await ask()).toBe('it');
    clock.pass(4000);
    expect(connections.look()).toBe(1);
    clock.pass(1);
    expect(connections.look()).toBe(0);
    expect(sockets).toHaveLength(2);
  });

  it('end all together when the program has stood still', async () => {
    const { ask, clock, connections, requests } = await setUp((socket, request) => {
      if (!request.includes('/never')) socket.write(answerWith('it'));
    });
    expect(await ask()).toBe('it');
    const asked = ask('/never');
    await expect.poll(() => requests.length).toBe(2);
    clock.turn(60_000);
    expect(connections.look()).toBe(0);
    expect(await asked).toBe('closed');
  });

  it('stand, however long nobody has asked for anything before', async () => {
    const { ask, clock, connections, requests } = await setUp((socket, request) => {
      if (!request.includes('/never')) socket.write(answerWith('it'));
    });
    clock.pass(60_000);
    expect(await ask()).toBe('it');
    expect(connections.look()).toBe(1);
    clock.pass(4001);
    expect(connections.look()).toBe(0);
    clock.pass(60_000);
    void ask('/never');
    await expect.poll(() => requests.length).toBe(2);
    expect(connections.look()).toBe(1);
  });

  it('are new ones for what is asked again after the program has stood still', async () => {
    const { ask, clock, connections, requests, sockets } = await setUp((socket, request) => {
      if (!request.includes('/never')) socket.write(answerWith('it'));
    });
    await Promise.all([ask(), ask(), ask()]);
    const [host = ''] = /(?<=host: ).*(?=\r)/.exec(requests[0] ?? '') ?? [];
    const end = Promise.withResolvers<string>();
    const question = { origin: `http://${host}`, headers: { 'user-agent': 'it' }, bytes: 0 };
    const asker = (onClosed: () => void): Asker => ({
      onHead: () => undefined,
      onBytes: () => undefined,
      onWhole: () => end.resolve('answered'),
      onBroken: (isClosed) => (isClosed ? onClosed() : end.resolve('broken')),
    });
    const again = asker(() => end.resolve('closed again'));
    connections.ask(
      { ...question, target: '/never' },
      asker(() => connections.ask({ ...question, target: '/' }, again)),
    );
    await expect.poll(() => requests.length).toBe(4);
    clock.turn(60_000);
    expect(connections.look()).toBe(1);
    expect(await end.promise).toBe('answered');
    expect(sockets).toHaveLength(4);
  });

  it('go nowhere where nothing may be sent, and take nothing that could be read as two requests', async () => {
    const refused = await setUp((socket) => socket.write(answerWith('it')), false);
    expect(await refused.ask()).toBe('broken');
    expect(refused.sockets).toHaveLength(0);
    const { ask, requests } = await setUp((socket) => socket.write(answerWith('it')));
    expect(await ask('/a b')).toBe('broken');
    expect(await ask('/a\r\nx: y')).toBe('broken');
    expect(requests).toEqual([]);
  });

  it('say nothing more to whoever has dropped a request', async () => {
    const { connections, requests } = await setUp(() => undefined);
    const asker = {
      onHead: () => undefined,
      onBytes: () => undefined,
      onWhole: () => heard.push('whole'),
      onBroken: () => heard.push('broken'),
    };
    const heard: string[] = [];
    const origin = 'http://127.0.0.1:1';
    connections.ask({ origin, target: '/', headers: {}, bytes: 0 }, asker);
    connections.drop(asker);
    expect([connections.look(), heard, requests]).toEqual([0, [], []]);
  });
});
