import { createServer, request as ask, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo, startSampleHub } from '../../playground/hub/sample-hub.ts';
import { ANN, openWorld, type World } from '../helpers/world.ts';

let world: World;
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await world?.close();
  await Promise.all(closers.splice(0).map((close) => close()));
});

const FILES = 60;
const many = defineRepo({
  id: 'sample/many',
  files: Array.from({ length: FILES }, (_, at) => ({ path: `data/${at}.json`, content: `{"at":${at}}` })),
});

const say = (text: string): void => {
  world.telegram.say(ANN, ANN, text);
};

describe('the limit of the Hub', () => {
  it('is waited for before a refusal is earned, and the card says so', async () => {
    world = await openWorld({
      hub: { repos: [many], limits: { quotas: { resolvers: 70 }, windowSeconds: 8, enforced: true } },
    });
    await world.start().printed('is running');
    say('/add sample/many quantize=all');
    await world.sees(ANN, /sample\/many:all · downloading\nWaiting for the Hub’s limit: \d+ s\n/);
    await world.sees(ANN, `${FILES} files verified`);
    expect(world.hub.requests.filter(({ status }) => status === 429)).toEqual([]);
  });
});

describe('a second Hub', () => {
  it('is asked without the token while the first is down, also in the middle', async () => {
    const large = defineRepo({ id: 'sample/large', files: [{ path: 'model.safetensors', size: 30_000_000 }] });
    world = await openWorld({ hub: { repos: [large, many], throttleBytesPerSecond: 300_000 } });
    const mirror = await startSampleHub({ repos: [large, many] });
    closers.push(() => mirror.close());
    await world.start({ HUBGRAM_FALLBACK_ENDPOINT: mirror.url, HF_TOKEN: 'hf_sample' }).printed('is running');
    say('/add sample/large');
    await world.sees(ANN, /sample\/large · downloading\n[█░]+ [1-9]\d? %/);
    expect(mirror.requests).toEqual([]);
    await world.hub.takeDown('hub');
    await world.hub.takeDown('cdn');
    say('/add sample/many quantize=all');
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

describe('behind a proxy', () => {
  it('Telegram, the Hub and its files are reached through it alone', async () => {
    world = await openWorld();
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
    say('/add sample/tiny-llama');
    await world.sees(ANN, 'verified and ready');
    expect(new Set(proxy.asked)).toEqual(new Set(['telegram.test', 'hub.test']));
  });

  it('a wrong address is told without its password', async () => {
    world = await openWorld();
    const bot = world.start({ https_proxy: 'socks5://ann:secret@proxy.test' });
    expect(await bot.exited).toBe(2);
    expect(bot.output()).toContain('Expected: the address of a proxy, http or https');
    expect(bot.output()).not.toContain('secret');
  });
});
