import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import { createBulkConnections } from '../../src/transfer/bulk/connections.ts';
import { createErrand, type Outcome } from '../../src/transfer/bulk/errand.ts';
import { createMemories } from '../../src/transfer/bulk/memories.ts';

const NAME = 'a'.repeat(40);

/** An errand to a server that says this, if anything, and ends; or says nothing and waits. */
const setUp = async (answer: string | undefined) => {
  const asked = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (answer !== undefined) socket.end(answer);
      asked.resolve();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const egress = createEgress({ endpoints: [endpoint], allowedHosts: [] });
  const connections = createBulkConnections({ clock: systemClock, egress, stallTimeoutMs: () => 60_000 });
  onTestFinished(() => {
    connections.close();
    server.close();
  });
  const told: string[] = [];
  const hub = createHub({
    endpoint,
    userAgent: 'hubgram-test/1',
    onRequest: ({ outcome }) => void told.push(outcome),
    clock: systemClock,
  });
  const finding = hub.findingIn?.({ type: 'model', id: 'org/name', commit: NAME });
  if (!finding) throw new Error('there is no finding');
  const end = Promise.withResolvers<Outcome>();
  const errand = createErrand({
    connections,
    memories: createMemories(),
    onReceived: () => undefined,
    onCome: () => undefined,
    onOver: (_errand, outcome) => end.resolve(outcome),
  });
  errand.begin({
    job: {
      finding,
      files: [].values(),
      wanted: () => undefined,
      taker: {},
      checkFloor: async () => undefined,
      received: () => undefined,
      done: () => undefined,
      left: () => undefined,
    },
    file: undefined,
    about: { path: 'config.json', etag: NAME, size: 2, temporary: '/nowhere/it.tmp', finalPath: '/nowhere/it' },
  });
  return { errand, told, asked: asked.promise, end: end.promise };
};

it.each([
  ['breaks before its end', 'HTTP/1.1 404 Not Found\r\ncontent-length: 20\r\n\r\nit', ['refused']],
  ['does not come', '', ['no_answer']],
])('a question whose answer %s is counted once', async (_, answer, expected) => {
  const { told, end } = await setUp(answer);
  expect(await end).toBe('left');
  expect(told).toEqual(expected);
});

it('a question that nobody wants to be answered any more is no failure of the Hub', async () => {
  const { errand, told, asked, end } = await setUp(undefined);
  await asked;
  errand.giveUp();
  expect(await end).toBe('left');
  expect(told).toEqual([]);
});
