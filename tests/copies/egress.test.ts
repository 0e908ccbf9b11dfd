import { afterEach, describe, expect, it } from 'vitest';
import type { Proxies } from '../../src/lib/net/proxies.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import { bytesOf, type OddServer, oneFile, type OneFile, sendRange, startServer } from './odd-server.ts';

const content = bytesOf(70_000);
const PUBLIC = [{ address: '203.0.114.1', family: 4 }];
const HERE = [{ address: '127.0.0.1', family: 4 }];

let server: OddServer;
let one: OneFile;
afterEach(async () => {
  await one?.close();
  await server?.close();
});

/** A public Hub, as far as its name says; it is never asked. Every other name leads to this machine. */
const start = async (host: string, allowedHosts: readonly string[] = [], proxies?: Proxies): Promise<void> => {
  server = await startServer((request, response) => sendRange(content, request, response));
  const egress = createEgress({
    endpoints: ['https://hub.example'],
    allowedHosts,
    resolve: async (name) => (name === 'hub.example' ? PUBLIC : HERE),
  });
  const { port } = new URL(server.origin);
  one = await oneFile(content, () => ({ url: `http://${host}:${port}/file` }), { egress, proxies });
};

describe('a file that a public Hub says lies on this machine', () => {
  it.each(['127.0.0.1', 'localhost', 'rebound.example'])(
    'is not fetched from %s: nothing is sent there',
    async (host) => {
      await start(host);
      await expect(one.start().done).rejects.toMatchObject({
        code: 'integrity',
        message: expect.stringContaining('no public place') as unknown,
      });
      expect(server.requests).toEqual([]);
      expect(await one.published()).toBe('absent');
    },
  );

  it('is not fetched beside a proxy, over connections of another kind', async () => {
    const proxies = { http_proxy: 'http://127.0.0.1:1', no_proxy: '*' };
    await start('rebound.example', [], proxies);
    await expect(one.start().done).rejects.toMatchObject({ code: 'integrity' });
    expect(server.requests).toEqual([]);
    await Promise.all([one.close(), server.close()]);
    await start('rebound.example', ['rebound.example'], proxies);
    await one.start().done;
    expect(await one.published()).toBe('right');
  });

  it.each([
    ['rebound.example', 'rebound.example'],
    ['rebound.example', '127.0.0.0/8'],
    ['127.0.0.1', '127.0.0.1'],
  ])('is fetched from %s where %s is allowed', async (host, allowed) => {
    await start(host, [allowed]);
    await one.start().done;
    expect(await one.published()).toBe('right');
  });
});
