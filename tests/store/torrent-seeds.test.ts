import { beforeEach, describe, expect, it } from 'vitest';
import { toIso } from '../../src/lib/clock.ts';
import { bringTo } from '../helpers/statuses.ts';
import { type Bench, CHAT, openBench } from './setup.ts';

const HASH = 'b'.repeat(40);
const MAGNET = `magnet:?xt=urn:btih:${HASH}&dn=a`;
const HOUR_MS = 3_600_000;

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});

/** @returns its copy */
const put = (name: string, sourceUrl: string, commitSha = HASH): number => {
  const { store } = bench;
  const { id } = store.models.createModel({ chatId: CHAT, name, commitSha, sourceUrl, sizeBytes: 5, files: [] });
  const session = store.sessions.createDownloadSession(id);
  store.sessions.updateDownloadSession(session.id, 'in_progress');
  bringTo(store, id, 'completed');
  store.sessions.updateDownloadSession(session.id, 'completed');
  const copy = store.models.getModel(id)?.copyId ?? 0;
  store.copies.setComplete(copy, '/files/custom');
  return copy;
};
const found = (hours = 1) =>
  bench.store.webFiles.torrentsSince(toIso(bench.clock.now() - hours * HOUR_MS)).map(({ id }) => id);
const change = (copy: number, what: string): void => {
  bench.raw.prepare(`UPDATE copies SET ${what} WHERE id = ?`).run(copy);
};

describe('torrents that may be given to others', () => {
  it('are those that lie whole on this machine', () => {
    const whole = put('files/custom/a', MAGNET);
    // Of a part, or of a file on the web.
    put('files/custom/b', MAGNET, 'c'.repeat(40));
    put('files/custom/c', `https://example.org/${HASH}`);
    expect(bench.store.webFiles.torrentsSince(toIso(bench.clock.now() - HOUR_MS))).toStrictEqual([
      {
        id: whole,
        name: 'files/custom/a',
        commitSha: HASH,
        sourceUrl: MAGNET,
        path: '/files/custom',
        completedAt: toIso(bench.clock.now()),
      },
    ]);
  });

  it.each(['files_gone = 1', 'files_broken = 1', "state = 'left'"])('are none with %s', (what) => {
    const copy = put('files/custom/a', MAGNET);
    expect(found()).toStrictEqual([copy]);
    change(copy, what);
    expect(found()).toStrictEqual([]);
  });

  it('are none on another machine', () => {
    const copy = put('files/custom/a', MAGNET);
    bench.raw.pragma('foreign_keys = OFF');
    change(copy, 'host_id = 2');
    expect(found()).toStrictEqual([]);
  });

  it('were downloaded less than so long ago', () => {
    const copy = put('files/custom/a', MAGNET);
    bench.clock.pass(HOUR_MS - 1);
    expect(found()).toStrictEqual([copy]);
    bench.clock.pass(1);
    expect(found()).toStrictEqual([]);
  });
});

describe('a torrent that is given', () => {
  const endsAt = '2026-01-01T00:00:00.000Z';

  it('is known with all that was given of it, and why it is not given', () => {
    const { webFiles } = bench.store;
    const copy = put('files/custom/a', MAGNET);
    expect(webFiles.torrentSeed(copy)).toBe(undefined);
    webFiles.noteSeed(copy, { endsAt, givenBytes: 3, refusal: undefined });
    webFiles.noteSeed(copy, { endsAt, givenBytes: 4, refusal: undefined });
    expect(webFiles.torrentSeed(copy)).toStrictEqual({ endsAt, givenBytes: 7, refusal: undefined });
    webFiles.noteSeed(copy, { endsAt, givenBytes: 0, refusal: 'links' });
    expect(webFiles.torrentSeed(copy)).toStrictEqual({ endsAt, givenBytes: 7, refusal: 'links' });
  });

  it('ends for all that are not named, and what was given stays', () => {
    const { webFiles } = bench.store;
    const [one, other] = [put('files/custom/a', MAGNET), put('files/custom/b', MAGNET)];
    for (const copy of [one, other]) webFiles.noteSeed(copy, { endsAt, givenBytes: 3, refusal: undefined });
    webFiles.endSeeds([one]);
    expect(webFiles.torrentSeed(one)?.endsAt).toBe(endsAt);
    expect(webFiles.torrentSeed(other)).toStrictEqual({ endsAt: undefined, givenBytes: 3, refusal: undefined });
  });

  it('is forgotten with its copy, and not noted of one that has gone', () => {
    const { webFiles } = bench.store;
    webFiles.noteSeed(999, { endsAt, givenBytes: 3, refusal: undefined });
    expect(webFiles.torrentSeed(999)).toBe(undefined);
  });
});
