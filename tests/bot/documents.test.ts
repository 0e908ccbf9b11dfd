import { createServer, type RequestListener } from 'node:http';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api } from 'grammy';
import { expect, it, onTestFinished } from 'vitest';
import { createConnections } from '../../src/bot/telegram/connections.ts';
import { createDocuments } from '../../src/bot/telegram/files/documents.ts';

const TOKEN = '42:AAsecret';
const DOCUMENT = { file_id: 'f', file_unique_id: 'u' };

/** A Bot API that gives every file this place, and for the place does what it is told. */
const openServer = async (path: string, give: RequestListener) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url?.startsWith('/file/')) give(request, response);
    else {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ok: true, result: { ...DOCUMENT, file_path: path } }));
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const apiRoot = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connections = createConnections(apiRoot, undefined);
  const stop = new AbortController();
  onTestFinished(() => {
    connections.close();
    server.closeAllConnections();
    server.close();
  });
  const documents = createDocuments({ apiRoot, token: TOKEN, connections, signal: stop.signal });
  const api = new Api(TOKEN, { apiRoot });
  return { asked, stop, read: (bytesMost = 100) => documents.readText(api, DOCUMENT, bytesMost) };
};

it('is fetched from where Telegram says', async () => {
  const { read, asked } = await openServer('documents/file_0.txt', (_request, response) => response.end('org/a'));
  expect(await read()).toBe('org/a');
  expect(asked.at(-1)).toBe(`/file/bot${TOKEN}/documents/file_0.txt`);
});

it('is fetched whatever ending it has', async () => {
  const { read, asked } = await openServer('documents/file_0.c++ %2e#зип (1)', (_request, response) =>
    response.end('org/a'),
  );
  expect(await read()).toBe('org/a');
  expect(decodeURIComponent(asked.at(-1) ?? '')).toBe(`/file/bot${TOKEN}/documents/file_0.c++ %2e#зип (1)`);
});

it.each([
  '../bot42:AAsecret/getMe',
  '/var/lib/telegram/file',
  'a/../b',
  'a/./b',
  'a//b',
  'a\\..\\b',
  'C:/x',
  'http://example.org/x',
  '?x',
  '',
])('is not fetched from a place that is none: “%s”', async (path) => {
  const { read, asked } = await openServer(path, (_request, response) => response.end('org/a'));
  await expect(read()).rejects.toThrow('Telegram does not give me that document.');
  expect(asked.filter((url) => url.startsWith('/file/'))).toEqual([]);
});

it('is given up where it is longer than it was said to be, or has no end', async () => {
  let hasEnded = false;
  const { read } = await openServer('documents/file_0.txt', (_request, response) => {
    const more = (): void => {
      if (!hasEnded) response.write('x'.repeat(1000), more);
    };
    response.on('close', () => {
      hasEnded = true;
    });
    more();
  });
  await expect(read()).rejects.toThrow('A list may have 100 B. Send a shorter one.');
});

it.each([
  ['an error', (status: number) => status],
  ['a redirect to elsewhere', () => 302],
])('is told in a sentence that holds no token where Telegram answers with %s', async (_name, statusOf) => {
  const { read } = await openServer('documents/file_0.txt', (_request, response) => {
    response.writeHead(statusOf(404), { location: 'http://127.0.0.1:9/' });
    response.end();
  });
  await expect(read()).rejects.toMatchObject({ code: 'unavailable', message: expect.not.stringContaining('AAsecret') });
});

it('is told the same way where the connection breaks', async () => {
  const { read } = await openServer('documents/file_0.txt', (request) => request.socket.destroy());
  const error: unknown = await read().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'unavailable' });
  expect(JSON.stringify([error, (error as Error).cause, (error as Error).stack])).not.toContain('AAsecret');
});

it('is not waited for at the end of the program', async () => {
  const { read, stop } = await openServer('documents/file_0.txt', () => stop.abort());
  await expect(read()).rejects.toMatchObject({ name: 'AbortError' });
});

/** What a Bot API server of one's own with `--local` has on the disk, and beside it. */
const openDisk = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-local-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const own = join(folder, TOKEN, 'documents');
  mkdirSync(own, { recursive: true });
  mkdirSync(join(folder, 'beside'));
  writeFileSync(join(folder, 'beside', 'secret'), 'secret/one');
  writeFileSync(join(own, 'file_0.txt'), 'org/a');
  symlinkSync(join(folder, 'beside', 'secret'), join(own, 'link.txt'));
  symlinkSync(join(folder, 'beside'), join(own, 'folder'));
  return folder;
};

it('of a server of one’s own is read from the disk where the server says', async () => {
  const { read, asked } = await openServer(join(openDisk(), TOKEN, 'documents/file_0.txt'), (_request, response) =>
    response.end(),
  );
  expect(await read()).toBe('org/a');
  expect(await read('org/a'.length)).toBe('org/a');
  await expect(read('org/a'.length - 1)).rejects.toThrow('A list may have 4 B.');
  expect(asked.filter((url) => url.startsWith('/file/'))).toEqual([]);
});

it.each([
  'beside/secret',
  `${TOKEN}/documents/link.txt`,
  `${TOKEN}/documents/folder/secret`,
  `${TOKEN}/../beside/secret`,
  `${TOKEN}/documents`,
  TOKEN,
  `${TOKEN}x/secret`,
])('is read from no other place of the disk, whatever the server says: “%s”', async (path) => {
  const { read } = await openServer(`${openDisk()}/${path}`, (_request, response) => response.end());
  await expect(read()).rejects.toThrow('Telegram does not give me that document.');
});
