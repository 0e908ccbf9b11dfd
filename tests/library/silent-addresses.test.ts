import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SampleHub, startSampleHub } from '../../playground/hub/sample-hub.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createEgress, isListedIn } from '../../src/lib/net/egress.ts';
import { type Adding, createAdding } from '../../src/library/adding/add.ts';
import { createSettings } from '../../src/settings/settings.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import { createUrlSource } from '../../src/sources/url/url-source.ts';
import { withWebFiles } from '../../src/sources/with-web-files.ts';
import type { AddRequest } from '../../src/store/downloads/add-requests.ts';
import type { Store } from '../../src/store/store.ts';
import { createTransfer, type Transfer } from '../../src/transfer/transfer.ts';
import { queueSaying } from '../helpers/queue.ts';
import { noLimits } from '../helpers/quotas.ts';
import { NO_KEYS } from '../helpers/tokens.ts';
import { startWebServer, type WebServer } from '../helpers/web-server.ts';
import { lookedUp } from '../helpers/look-ups.ts';
import { openLibrary } from './setup.ts';

const LOCAL = ['127.0.0.0/8'];

/** A server that takes every request and answers none. */
const startSilentServer = async () => {
  const asked = new Set<string>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      asked.add(bytes.toString('latin1').split(' ')[1] ?? '');
      server.emit('asked');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ends: (() => void)[] = [];
  server.on('connection', (socket) => ends.push(() => socket.destroy()));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Resolves when so many of its files were asked for. */
    askedFor: async (count: number): Promise<void> => {
      while (asked.size < count) await once(server, 'asked');
    },
    asked: (): number => asked.size,
    close: async () => {
      for (const end of ends) end();
      server.close();
      await once(server, 'close');
    },
  };
};

let hub: SampleHub;
let web: WebServer;
let silent: Awaited<ReturnType<typeof startSilentServer>>;
let transfer: Transfer;
let store: Store;
let adding: Adding;

beforeEach(async () => {
  [hub, web, silent] = [await startSampleHub(), await startWebServer(), await startSilentServer()];
  store = openLibrary();
  transfer = createTransfer({
    egress: createEgress({ endpoints: [], allowedHosts: [] }),
    foreignEgress: createEgress({ endpoints: [], allowedHosts: LOCAL }),
    connections: 4,
    userAgent: 'hubgram/test',
    stallTimeoutMs: () => 60_000,
    bandwidthLimit: () => undefined,
    checkFloor: async () => undefined,
    clock: systemClock,
  });
  const direct = createUrlSource({
    ...NO_KEYS,
    fetch: transfer.askForeign,
    isAllowed: isListedIn(LOCAL),
    userAgent: 'hubgram/test',
    clock: systemClock,
  });
  const ofHub = createHub({ endpoint: hub.url, userAgent: 'hubgram-test/1', clock: systemClock });
  adding = createAdding({
    tokens: NO_KEYS,
    store,
    settings: createSettings(store, { given: {}, log: silentLog }),
    source: withWebFiles(ofHub, { direct, torrent: direct, telegram: direct }),
    hubHosts: [],
    queue: { ...queueSaying(true), memory: async () => ({ totalBytes: 32e9, freeBytes: 20e9, gpus: [] }) },
    spaceFor: () => Promise.resolve({ freeBytes: 1e9, missingBytes: 0 }),
    limits: noLimits(store),
    clock: systemClock,
    log: silentLog,
  });
});

afterEach(async () => {
  await adding.close();
  await transfer.close();
  await silent.close();
  await web.close();
  await hub.close();
});

let messages = 0;
const ask = (chatId: number, ref: string): number => {
  messages += 1;
  return adding.request({ chatId, userId: chatId, threadId: null, messageId: messages, ref, options: {} }).id;
};

const settled = (id: number): Promise<AddRequest> => lookedUp(store, id);

describe('addresses of a server that keeps silent', () => {
  const askForSilence = async (): Promise<readonly number[]> => {
    const ids = Array.from({ length: 10 }, (_, index) => ask(1, `${silent.origin}/${index}.gguf`));
    await silent.askedFor(2);
    return ids;
  };

  it('keep nobody waiting who asks for a repository, also not in the same chat', async () => {
    const ids = await askForSilence();
    for (const chatId of [2, 1]) expect((await settled(ask(chatId, 'gpt2'))).state).toBe('added');
    expect(ids.map((id) => store.addRequests.getAddRequest(id)?.state)).toEqual(ids.map(() => 'looking_up'));
  });

  it('of one chat keep nobody of another waiting for an address', async () => {
    await askForSilence();
    web.files.set('/a.gguf', { body: Buffer.from('a model') });
    expect((await settled(ask(2, `${web.origin}/a.gguf`))).state).toBe('added');
    expect(silent.asked()).toBe(2);
  });
});
