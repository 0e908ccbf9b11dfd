import { describe, expect, it } from 'vitest';
import { PERIOD_MS } from '../../src/store/watching/traffic.ts';
import { CHAT, openBench } from './setup.ts';
import { fullScans, plansOf } from './plans.ts';

describe('what came over the network', () => {
  it('is one number for five minutes, to the edge', () => {
    const { store, clock } = openBench();
    const { watching } = store;
    const since = clock.iso();
    watching.addTraffic(1);
    clock.move(PERIOD_MS - 1);
    watching.addTraffic(2);
    clock.move(1);
    watching.addTraffic(4);
    watching.addTraffic(8, CHAT);
    expect(watching.trafficSince(since)).toEqual([
      { period: since, bytes: 3 },
      { period: clock.iso(), bytes: 4 },
    ]);
    expect(watching.trafficSince(since, CHAT)).toEqual([{ period: clock.iso(), bytes: 8 }]);
    expect(watching.trafficSince(clock.iso())).toHaveLength(1);
    expect(watching.pruneTraffic(clock.iso())).toBe(1);
    expect(watching.trafficSince(since)).toEqual([{ period: clock.iso(), bytes: 4 }]);
  });

  it('in a group goes with it to its new id, added to what came there', () => {
    const { store, clock } = openBench();
    store.watching.addTraffic(5, -5);
    store.watching.addTraffic(7, -1005);
    store.chats.migrateChat(-5, -1005);
    expect(store.watching.trafficSince(clock.iso(), -1005)).toEqual([{ period: clock.iso(), bytes: 12 }]);
  });
});

describe('what is free on the disk', () => {
  it('is the last word of five minutes, and none of a time to come', () => {
    const { store, clock } = openBench();
    const { watching } = store;
    const since = clock.iso();
    watching.noteDiskLevel(9);
    clock.move(PERIOD_MS - 1);
    watching.noteDiskLevel(8);
    clock.move(1);
    watching.noteDiskLevel(7);
    const [first, second] = [
      { period: since, freeBytes: 8 },
      { period: clock.iso(), freeBytes: 7 },
    ];
    expect(watching.diskLevelsSince(since)).toEqual([first, second]);
    clock.turn(-1);
    expect(watching.diskLevelsSince(since)).toEqual([first]);
    watching.pruneDiskLevels(since);
    clock.turn(1);
    expect(watching.diskLevelsSince(since)).toEqual([first]);
  });
});

describe('what is to come by itself', () => {
  it('is what is missing of it, once for all that want the same, and at most the size of all', () => {
    const { store, add, run } = openBench();
    const running = run(add('org/a', { sizeBytes: 100 }));
    const session = store.sessions.startOrContinue(running.id, 100);
    store.sessions.updateDownloadSession(session.id, 'in_progress', { bytesDownloaded: 30, errorMessage: 'Gone.' });
    add('org/b', { sizeBytes: 10 });
    add('org/later', { sizeBytes: 1000, onDemand: true });
    expect([store.watching.bytesComing(), store.watching.bytesComingAtMost()]).toEqual([80, 110]);
    expect(store.watching.lastFault()).toBe('Gone.');
  });
});

describe('the ends of a day', () => {
  it('are counted by how they ended and what they failed of, with retries, of one chat or of all', () => {
    const { store, clock, add } = openBench();
    const end = (name: string, status: 'completed' | 'failed', chatId = CHAT, more: object = {}): void => {
      const session = store.sessions.startOrContinue(add(name, { chatId }).id, 10);
      store.sessions.updateDownloadSession(session.id, status, more);
    };
    end('org/old', 'failed');
    clock.move(1);
    const since = clock.iso();
    end('org/a', 'completed', CHAT, { retryCount: 2 });
    end('org/b', 'failed', CHAT, { metadata: { errorCode: 'unreachable' } });
    end('org/c', 'failed', CHAT, { metadata: { errorCode: 'unreachable' } });
    end('org/d', 'failed');
    end('org/e', 'completed', 7);
    const open = store.sessions.startOrContinue(add('org/f').id, 10);
    store.sessions.updateDownloadSession(open.id, 'in_progress', { retryCount: 3 });
    expect(store.watching.countEnds(since, CHAT)).toEqual({
      completed: 1,
      failed: 3,
      cancelled: 0,
      retries: 5,
      kinds: [
        { kind: 'unreachable', amount: 2 },
        { kind: 'fault', amount: 1 },
      ],
    });
    expect(store.watching.countEnds(since)).toMatchObject({ completed: 2, failed: 3 });
    // Set back: nobody knows how long ago they ended.
    clock.turn(-1);
    expect(store.watching.countEnds(clock.iso())).toMatchObject({ completed: 0, failed: 1 });
  });

  it('are found by an index, however long the history is', () => {
    const bench = openBench();
    const plans = plansOf(bench, ({ watching }) => {
      watching.countEnds(bench.clock.iso());
      watching.trafficSince(bench.clock.iso(), CHAT);
    });
    expect(fullScans(bench, plans)).toEqual([]);
  });
});
