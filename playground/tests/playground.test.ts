import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { type Playground, startPlayground } from '../playground.ts';
import { rawRequest } from './raw-request.ts';

describe('the playground', () => {
  let dataDir: string;
  const running: Playground[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'hubgram-playground-'));
  });
  afterEach(async () => {
    for (const playground of running.splice(0)) await playground.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = async (options: { port?: number; realHubEndpoint?: string } = {}): Promise<Playground> => {
    const playground = await startPlayground({ port: 0, dataDir, log: silentLog, ...options });
    running.push(playground);
    return playground;
  };

  const call = async <T>(playground: Playground, method: string, payload: object = {}): Promise<T> => {
    const response = await fetch(`${playground.apiRoot}/bot${playground.token}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
    });
    return ((await response.json()) as { result: T }).result;
  };

  const say = async (playground: Playground, text: string): Promise<number> => {
    const response = await fetch(`${playground.url}/sim/send`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-playground': '1' },
      body: JSON.stringify({ userId: playground.ownerId, chatId: playground.ownerId, text }),
    });
    return ((await response.json()) as { message: { message_id: number } }).message.message_id;
  };

  test('its sample Hub goes on with the versions that people have published', async () => {
    const id = 'sample/Retuned-GGUF';
    const shaAt = async ({ hfEndpoint }: Playground): Promise<string> =>
      ((await (await fetch(`${hfEndpoint}/api/models/${id}`)).json()) as { sha: string }).sha;
    const first = await start();
    const before = await shaAt(first);
    await fetch(`${first.hfEndpoint}/${id}/publish`, { method: 'POST', redirect: 'manual' });
    const published = await shaAt(first);
    expect(published).not.toBe(before);
    await expect.poll(() => readFile(join(dataDir, 'published.json'), 'utf8').catch(() => '')).toBe(`{"${id}":1}`);
    await first.close();
    running.length = 0;
    expect(await shaAt(await start())).toBe(published);
    await writeFile(join(dataDir, 'published.json'), '{"sample/Retuned-GGUF":"x","org/none":3}');
    expect(await shaAt(await start())).toBe(before);
  });

  test('says whether its models are made up', async () => {
    expect((await start()).isSample).toBe(true);
    expect((await start({ realHubEndpoint: 'http://127.0.0.1:9' })).isSample).toBe(false);
  });

  test('it brings a bot API with two people and a group, and a hub with models', async () => {
    const playground = await start();
    expect(await call(playground, 'getMe')).toMatchObject({ is_bot: true, username: 'hubgram_bot' });
    const response = await fetch(`${playground.url}/sim/state?user=${playground.ownerId}`);
    const state = (await response.json()) as { users: { firstName: string }[]; chats: { title: string }[] };
    expect(state.users.map((user) => user.firstName)).toEqual(['Ann', 'Bob']);
    expect(state.chats.map((chat) => chat.title).toSorted()).toEqual(['GPU box', 'hubgram']);
    const model = await fetch(`${playground.hfEndpoint}/api/models/gpt2`);
    expect(await model.json()).toMatchObject({ id: expect.stringContaining('gpt2') as unknown });
    const about = await fetch(`${playground.url}/sim/about`);
    expect(await about.json()).toEqual({
      hub: 'sample',
      hubUrl: playground.hfEndpoint,
      botUsername: 'hubgram_bot',
      ownerId: playground.ownerId,
    });
  });

  test('a real hub is used when one is named, and the page says so', async () => {
    const playground = await start({ realHubEndpoint: 'https://hub.example' });
    expect(playground.hfEndpoint).toBe('https://hub.example');
    const about = await fetch(`${playground.url}/sim/about`);
    expect(await about.json()).toMatchObject({ hub: 'real', hubUrl: 'https://hub.example' });
  });

  test('a taken port is told in a sentence that says what to do', async () => {
    const first = await start();
    const port = Number(new URL(first.url).port);
    await expect(start({ port })).rejects.toThrow(
      `Port ${port} of 127.0.0.1 is taken, so the playground's page cannot be shown there. Stop what uses it, or set HUBGRAM_PLAYGROUND_PORT`,
    );
  });

  test('the page is served with a strict policy, and nothing outside its folder is', async () => {
    const { url } = await start();
    const page = await fetch(url);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style| style=| on\w+=|https?:\/\//);
    const served = new Set([...html.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path]) => path));
    expect(served.size).toBeGreaterThan(10);
    for (const path of served) {
      const { status, headers } = await fetch(`${url}${path}`);
      expect({ path, status, kept: headers.get('cache-control') }).toEqual({
        path,
        status: 200,
        kept: 'max-age=31536000, immutable',
      });
    }
    for (const path of [
      '/../playground.ts',
      '/%2e%2e/playground.ts',
      '/..%2fplayground.ts',
      '/fonts',
      '/fonts/OFL.txt',
      '/nothing',
    ]) {
      expect(await rawRequest(url, path)).toMatchObject({ status: 404 });
    }
  });

  test('a foreign page can neither read nor write: not under another name, not without the header', async () => {
    const { url, ownerId } = await start();
    const headers = { host: 'evil.example' };
    expect(await rawRequest(url, '/', { headers })).toMatchObject({ status: 421 });
    expect(await rawRequest(url, `/sim/state?user=${ownerId}`, { headers })).toMatchObject({ status: 421 });
    const response = await fetch(`${url}/sim/send`, {
      method: 'POST',
      body: JSON.stringify({ userId: ownerId, chatId: ownerId, text: 'hi' }),
    });
    expect(response.status).toBe(403);
  });

  test('where ids go on is written down whole, whenever it is killed', async () => {
    await start();
    const before = await open(join(dataDir, 'next-id'));
    await running.pop()?.close();
    await start();
    expect(await readFile(join(dataDir, 'next-id'), 'utf8')).toBe('200001');
    // What stood there was left as it was until the new one was there.
    expect(await before.readFile('utf8')).toBe('100001');
    await before.close();
  });

  test('ids go on after a restart, so that a bot that remembers takes nothing new for something old', async () => {
    const first = await start();
    const before = await say(first, 'one');
    const [update] = await call<{ update_id: number }[]>(first, 'getUpdates', { limit: 100, offset: -1 });
    await running.pop()?.close();
    const second = await start();
    const after = await say(second, 'two');
    const [next] = await call<{ update_id: number }[]>(second, 'getUpdates', { limit: 1, timeout: 1 });
    expect(after).toBeGreaterThan(before);
    expect(next!.update_id).toBeGreaterThan(update!.update_id);
    expect(await readFile(join(dataDir, 'next-id'), 'utf8')).toBe('200001');
  });

  test('closing frees the port, even while a page listens', async () => {
    const playground = await start();
    const stream = await fetch(`${playground.url}/sim/events?user=${playground.ownerId}`);
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    await running.pop()?.close();
    await stream.body?.cancel().catch(() => {});
    const port = Number(new URL(playground.url).port);
    const again = await start({ port });
    expect(again.url).toBe(playground.url);
  });
});
