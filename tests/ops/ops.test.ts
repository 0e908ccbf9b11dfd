import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { formatMetrics } from '../../src/ops/metrics/exposition.ts';
import { type Ops, type OpsOptions, startOps } from '../../src/ops/ops.ts';

const WELL = { ok: true, checks: {} };

const running: Ops[] = [];

afterEach(async () => {
  for (const ops of running.splice(0)) await ops.close();
});

const start = async (options: Partial<OpsOptions> = {}): Promise<Ops> => {
  const ops = await startOps({ port: 0, health: async () => WELL, log: silentLog, ...options });
  running.push(ops);
  return ops;
};

test('listens on this machine only unless told otherwise', async () => {
  const { url } = await start();
  expect(new URL(url).hostname).toBe('127.0.0.1');
});

test('/healthz answers 200 with what was looked at while all is well', async () => {
  const report = { ok: true, checks: { database: { ok: true, message: 'It can be written to.' } } };
  const { url } = await start({ health: async () => report });
  const response = await fetch(`${url}/healthz?from=test`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual(report);
});

test('/healthz answers 503 when something is wrong, and looks anew each time', async () => {
  let ok = false;
  const { url } = await start({ health: async () => ({ ok, checks: {} }) });
  expect((await fetch(`${url}/healthz`)).status).toBe(503);
  ok = true;
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('HEAD answers like GET without a body', async () => {
  const { url } = await start({ health: async () => ({ ok: false, checks: {} }) });
  const response = await fetch(`${url}/healthz`, { method: 'HEAD' });
  expect(response.status).toBe(503);
  expect(await response.text()).toBe('');
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is refused', async (method) => {
  const { url } = await start();
  const response = await fetch(`${url}/healthz`, { method });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, HEAD');
});

test.each(['/', '/healthz/', '/metrics', '//healthz', '/../etc/passwd'])('%s is not there', async (path) => {
  const { url } = await start();
  expect((await fetch(`${url}${path}`)).status).toBe(404);
});

test('/metrics answers in the format of Prometheus', async () => {
  const { url } = await start({
    metrics: async () => [
      {
        name: 'hubgram_models',
        help: 'Models by status.',
        type: 'gauge',
        samples: [{ value: 2, labels: { status: 'failed' } }],
      },
    ],
  });
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await response.text()).toBe(
    '# HELP hubgram_models Models by status.\n# TYPE hubgram_models gauge\nhubgram_models{status="failed"} 2\n',
  );
});

test('metrics are escaped, and may be without samples or labels', () => {
  const text = formatMetrics([
    {
      name: 'a_total',
      help: 'One\nline \\ "quoted"',
      type: 'counter',
      samples: [{ value: 1.5, labels: { name: 'a"b\\c\nd', kind: 'x' } }, { value: 0 }],
    },
    { name: 'b', help: 'None.', type: 'gauge', samples: [] },
  ]);
  expect(text).toBe(
    '# HELP a_total One\\nline \\\\ "quoted"\n# TYPE a_total counter\na_total{name="a\\"b\\\\c\\nd",kind="x"} 1.5\na_total 0\n# HELP b None.\n# TYPE b gauge\n',
  );
});

test('a look that fails is answered with 500 and logged, and the next one is answered', async () => {
  const logged: object[] = [];
  const log: Log = { ...silentLog, error: (fields) => logged.push(fields) };
  let broken = true;
  const { url } = await start({
    log,
    health: async () => {
      if (broken) throw new Error('the database is closed');
      return WELL;
    },
  });
  const response = await fetch(`${url}/healthz`);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('database');
  expect(logged).toMatchObject([{ err: { message: 'the database is closed' }, path: '/healthz' }]);
  broken = false;
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('a port that is taken is told in a sentence', async () => {
  const { url } = await start();
  const port = Number(new URL(url).port);
  const error = await start({ port }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({
    code: 'operational',
    message: `Can't listen on port ${port} of 127.0.0.1: another program has it. Choose another port.`,
  });
});

test('an address of another machine is told in a sentence', async () => {
  // Nobody has it (RFC 5737).
  await expect(start({ host: '192.0.2.1' })).rejects.toMatchObject({
    code: 'operational',
    message:
      "Can't listen on port 0 of 192.0.2.1: that is no address of this machine (EADDRNOTAVAIL). Choose another address.",
  });
});

test('who asks slowly keeps a connection for seconds, and others are answered meanwhile', {
  timeout: 15_000,
}, async () => {
  const { url } = await start();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const ended = new Promise((resolve) => void socket.on('close', resolve));
  const answered = once(socket.setEncoding('utf8'), 'data');
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await answered)[0]).toMatch(/^HTTP\/1\.1 408 /);
  await ended;
});

test('close ends at once, even with a request half sent and a connection kept alive', async () => {
  const ops = await start();
  const port = Number(new URL(ops.url).port);
  await (await fetch(`${ops.url}/healthz`)).text();
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
  socket.on('error', () => {}); // A reset is one way of ending.
  const ended = new Promise((resolve) => void socket.on('close', resolve));
  await ops.close();
  await ended;
  await expect(fetch(`${ops.url}/healthz`)).rejects.toThrow('fetch failed');
});

test('a histogram has its buckets, its sum and its count', () => {
  const distribution = { buckets: [{ atMost: 0.5, count: 1 }], sum: 2.5, count: 2 };
  expect(formatMetrics([{ name: 'a_seconds', help: 'A.', type: 'histogram', distribution }])).toBe(
    '# HELP a_seconds A.\n# TYPE a_seconds histogram\na_seconds_bucket{le="0.5"} 1\na_seconds_bucket{le="+Inf"} 2\na_seconds_sum 2.5\na_seconds_count 2\n',
  );
});
