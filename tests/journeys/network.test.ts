import { createServer, request as ask, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo, startSampleHub } from '../../playground/hub/sample-hub.ts';
import { type AppWorld, type AppWorldOptions, ONE_CONNECTION, openAppWorld } from '../helpers/app.ts';
import { ANN, openWorld } from '../helpers/world.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

const open = async (options: AppWorldOptions): Promise<AppWorld> => {
  const world = await openAppWorld(options);
  closers.push(() => world.close());
  return world;
};

const FILES = 60;
const many = defineRepo({
  id: 'sample/many',
  files: Array.from({ length: FILES }, (_, at) => ({ path: `data/${at}.json`, content: `{"at":${at}}` })),
});

describe('the limit of the Hub', () => {
  // Over before the timer of that wait would be: what is over by the clock is over.
  it('is waited for before a refusal is earned, and the card says so', { timeout: 50_000 }, async () => {
    const limits = { quotas: { resolvers: 70 }, windowSeconds: 55, enforced: true };
    const world = await open({ hub: { repos: [many], limits } });
    await world.start();
    world.say('/add sample/many quantize=all');
    await world.sees(ANN, /sample\/many:all · downloading\nWaiting for the Hub’s limit: \d+ s\n/);
    world.clock.pass(55_000);
    await world.sees(ANN, `${FILES} files verified`);
    expect(world.hub.requests.filter(({ status }) => status === 429)).toEqual([]);
  });
});

describe('a second Hub', () => {
  it('is asked without the token while the first is down, also in the middle', async () => {
    const large = defineRepo({ id: 'sample/large', files: [{ path: 'model.safetensors', size: 8_000_000 }] });
    const world = await open({ hub: { repos: [large, many] } });
    const mirror = await startSampleHub({ repos: [large, many] });
    closers.push(() => mirror.close());
    world.hub.setFault({ kind: 'held', bytes: 4_000_000, path: 'sample/large/model' });
    await world.start({ ...ONE_CONNECTION, HUBGRAM_FALLBACK_ENDPOINT: mirror.url, HF_TOKEN: 'hf_sample' });
    world.say('/add sample/large');
    await world.sees(ANN, /sample\/large · downloading\n[█░]+ [1-9]\d? %/);
    expect(mirror.requests).toEqual([]);
    await world.hub.takeDown('hub');
    await world.hub.takeDown('cdn');
    world.say('/add sample/many quantize=all');
    await world.sees(ANN, /sample\/many:all · completed\n/);
    await world.sees(ANN, /sample\/large · completed\n/);
    expect(mirror.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });
});

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};

/** Passes requests on to a server that answers to its own name only. */
const startFront = (target: URL): Promise<number> =>
  listening(
    createServer((request, response) => {
      const path = new URL(request.url ?? '', target).href.slice(target.origin.length);
      const { method, headers } = request;
      const onward = ask(target, { path, method, headers: { ...headers, host: target.host } }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    }),
  );

/** A proxy that alone knows where certain names lie; it writes down what it was asked for. */
const startProxy = async (places: Readonly<Record<string, number>>) => {
  const asked: string[] = [];
  const place = (host: string): number => {
    const name = host.replace(/:80$/, '');
    asked.push(name);
    return places[name] ?? 1;
  };
  const open = new Set<Socket>();
  const server = createServer((request, response) => {
    const { host, pathname, search } = new URL(request.url ?? '');
    const { method, headers } = request;
    const onward = ask({ host: '127.0.0.1', port: place(host), path: pathname + search, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connect', (request, socket: Socket, head) => {
    const onward = connect(place(request.url ?? ''), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const one of [onward, socket]) open.add(one.on('error', () => socket.destroy()));
  });
  closers.push(async () => {
    for (const socket of open) socket.destroy();
  });
  return { asked, url: `http://127.0.0.1:${await listening(server)}` };
};

// That a wrong address is told without its password: see tests/config/config.test.ts.
it('behind a proxy Telegram, the Hub and its files are reached through it alone', async () => {
  // What is set for a whole process is not set for this one.
  const world = await openWorld();
  closers.push(() => world.close());
  const [telegram, hub] = await Promise.all(
    [world.telegram.apiRoot, world.hub.url].map((url) => startFront(new URL(url))),
  );
  const proxy = await startProxy({ 'telegram.test': telegram ?? 0, 'hub.test': hub ?? 0 });
  await world
    .start({
      HTTP_PROXY: proxy.url,
      TELEGRAM_API_ROOT: 'http://telegram.test',
      HF_ENDPOINT: 'http://hub.test',
      // Nobody but the proxy knows that the Hub lies on this machine, too.
      HUBGRAM_ALLOWED_HOSTS: '127.0.0.1',
    })
    .printed('is running');
  world.telegram.say(ANN, ANN, '/add sample/tiny-llama');
  await world.sees(ANN, 'verified and ready');
  expect(new Set(proxy.asked)).toEqual(new Set(['telegram.test', 'hub.test']));
});
