import { describe, expect, it } from 'vitest';
import { parseRepoRef } from '../../../src/domain/repo/repo.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { withFallback } from '../../../src/sources/huggingface/fallback.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import type { Source } from '../../../src/sources/port.ts';
import { defineRepo } from '../../../playground/hub/sample-hub.ts';
import { openHub } from '../../../playground/tests/hub/with-hub.ts';
import { COMMIT, info, type Script, startClosedHub, startOddHub } from './odd-hub.ts';

const never = new AbortController().signal;
const sourceAt = (url: string): Source => createHub({ endpoint: url, userAgent: 'hubgram-test/1', clock: systemClock });
const ref = parseRepoRef('org/name');

const repo = defineRepo({ id: 'org/name', files: [{ path: 'config.json', content: '{}' }], gitTags: ['v1'] });
const another = (title: string) => ({ files: [{ path: 'config.json', content: title }], title });

describe('where a revision is', () => {
  it('is one small question, of a branch, a tag or a commit', async () => {
    const hub = await openHub({ repos: [repo] });
    const { id: first } = hub.commitOf('org/name');
    const { id: second } = hub.updateRepo('org/name', another('Second'));
    const source = sourceAt(hub.url);
    const about = { canonicalId: 'org/name', gated: false, disabled: false };
    expect(await source.head(ref, never)).toEqual({ commit: second, ...about });
    expect(hub.requests).toHaveLength(1);
    expect(hub.requests[0]?.bytesSent).toBeLessThan(300);
    expect(await source.head({ ...ref, revision: 'v1' }, never)).toEqual({ commit: first, ...about });
    expect(await source.head({ ...ref, revision: first }, never)).toEqual({ commit: first, ...about });
    expect(hub.requests).toHaveLength(3);
  });

  it('is told with what has become of the repository', async () => {
    const hub = await openHub({ repos: [repo] });
    hub.updateRepo('org/name', { renameTo: 'org/other', gated: 'manual', disabled: true });
    expect(await sourceAt(hub.url).head(ref, never)).toMatchObject({
      canonicalId: 'org/other',
      gated: 'manual',
      disabled: true,
    });
  });

  it('is asked for once more of a mirror that does not know what to be brief about', async () => {
    const server = await startOddHub((_request, _response, url) =>
      url.search === '' ? { body: info() } : { status: 400, headers: { 'x-error-message': 'no such key' } },
    );
    expect(await sourceAt(server.url).head(ref, never)).toMatchObject({ commit: COMMIT });
    expect(server.seen).toHaveLength(2);
  });

  it.each<[string, unknown]>([
    ['no commit', info({ sha: 'main' })],
    ['no id', info({ id: '../../etc' })],
    ['a list', []],
  ])('is not taken from an answer with %s', async (_, body) => {
    const { url } = await startOddHub(() => ({ body }));
    await expect(sourceAt(url).head(ref, never)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is refused if another commit is named than was asked for', async () => {
    const { url } = await startOddHub(() => ({ body: info() }));
    await expect(sourceAt(url).head({ ...ref, revision: 'a'.repeat(40) }, never)).rejects.toThrow('another commit');
  });

  it.each<[string, (url: string) => Promise<unknown>, string]>([
    ['a repository that is gone', (url) => sourceAt(url).head(parseRepoRef('org/gone'), never), 'not_found'],
    ['a branch that is gone', (url) => sourceAt(url).head({ ...ref, revision: 'old' }, never), 'not_found'],
  ])('has a sentence for %s', async (_, ask, code) => {
    const hub = await openHub({ repos: [repo] });
    await expect(ask(hub.url)).rejects.toMatchObject({ code });
  });

  it('is known by the second Hub while the first is down', async () => {
    const { url } = await startClosedHub();
    const hub = await openHub({ repos: [repo] });
    const both = withFallback(sourceAt(url), sourceAt(hub.url), systemClock);
    const { id: commit } = hub.commitOf('org/name');
    expect(await both.head(ref, never)).toMatchObject({ commit });
    expect(await both.inBackground.head(ref, never)).toMatchObject({ commit });
    expect(await both.inBackground.commits(ref, { since: commit, most: 5 }, never)).toEqual([]);
  });
});

describe('the commits since one that is known', () => {
  it('are told by their titles, the newest first, so many at most, by one question', async () => {
    const hub = await openHub({ repos: [repo] });
    const { id: since } = hub.commitOf('org/name');
    const ids = ['Second', 'Third', 'Fourth'].map((title) => hub.updateRepo('org/name', another(title)).id);
    const told = (most: number) => sourceAt(hub.url).commits(ref, { since, most }, never);
    expect(await told(5)).toEqual([
      { id: ids[2], title: 'Fourth' },
      { id: ids[1], title: 'Third' },
      { id: ids[0], title: 'Second' },
    ]);
    expect((await told(2)).map(({ title }) => title)).toEqual(['Fourth', 'Third']);
    expect(hub.requests).toHaveLength(2);
  });

  it('are none where nothing has come', async () => {
    const hub = await openHub({ repos: [repo] });
    const { id: since } = hub.commitOf('org/name');
    expect(await sourceAt(hub.url).commits(ref, { since, most: 5 }, never)).toEqual([]);
  });

  it('have titles of one line that end somewhere, whatever their authors wrote', async () => {
    const entry = (title: unknown) => ({ id: COMMIT, title });
    const script: Script = () => ({ body: [entry('one\n\u202Etwo\u0000'), entry('x'.repeat(5000)), entry(7)] });
    const { url } = await startOddHub(script);
    const titles = (await sourceAt(url).commits(ref, { since: 'b'.repeat(40), most: 5 }, never)).map(
      (one) => one.title,
    );
    expect(titles).toEqual(['one two', `${'x'.repeat(199)}…`, '']);
  });

  it.each<[string, unknown]>([
    ['an object', {}],
    ['a commit without an id', [{ title: 'x' }]],
  ])('are not read from %s', async (_, body) => {
    const { url } = await startOddHub(() => ({ body }));
    const asked = sourceAt(url).commits(ref, { since: COMMIT, most: 5 }, never);
    await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('of a gated repository are told to nobody who may not read it', async () => {
    const hub = await openHub({ repos: [repo] });
    hub.updateRepo('org/name', { gated: 'auto' });
    const asked = sourceAt(hub.url).commits(ref, { since: COMMIT, most: 5 }, never);
    await expect(asked).rejects.toMatchObject({ code: 'gated' });
  });
});

describe('what nobody waits for', () => {
  /** A Hub that allows so many requests more. */
  const openLimited = (left: number) =>
    startOddHub(() => ({ body: info(), headers: { ratelimit: `"api";r=${left};t=200` } }));

  it('is not asked where little is left of what the Hub allows, and people are', async () => {
    const server = await openLimited(200);
    const source = sourceAt(server.url);
    await source.head(ref, never);
    await expect(source.inBackground.head(ref, never)).rejects.toMatchObject({ code: 'rate_limited' });
    expect(server.seen).toHaveLength(1);
    await source.head(ref, never);
    expect(server.seen).toHaveLength(2);
  });

  it('is asked as long as enough is left', async () => {
    const server = await openLimited(201);
    const source = sourceAt(server.url);
    await source.head(ref, never);
    await source.inBackground.head(ref, never);
    expect(server.seen).toHaveLength(2);
  });
});
