import { describe, expect, it, onTestFinished } from 'vitest';
import { createChecks } from '../../../src/checks/checks.ts';
import { createLoading } from '../../../src/checks/loads/loading.ts';
import { createLoadLock } from '../../../src/checks/loads/load-lock.ts';
import { createTalking } from '../../../src/checks/talks/talking.ts';
import type { Model } from '../../../src/domain/model.ts';
import type { Outcome } from '../../../src/domain/talks/outcome.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { createTalkDesk, type TalkDesk } from '../../../src/library/talks/talks.ts';
import { headFor } from '../../../playground/hub/repos/file-head.ts';
import { loadableGguf, talkingGguf } from '../../checks/loadable.ts';
import { onnxOf, onnxTensor } from '../../checks/made.ts';
import { hasRuntime, RUNTIMES_DIR } from '../../helpers/checks.ts';
import { createTestClock } from '../../helpers/clock.ts';
import { type CheckingBench, openChecking } from '../checking/bench.ts';
import { cacheOf } from '../checking/folders.ts';

const ANN = 1;
const BOB = 2;
const HELLO = { 'tiny.gguf': talkingGguf(['▁Hello']) };
const ENDLESS = { 'tiny.gguf': talkingGguf(['▁Hello'], { ending: 'hang' }) };

interface TalksBench extends CheckingBench {
  readonly desk: () => TalkDesk;
  readonly loadLock: ReturnType<typeof createLoadLock>;
  readonly clock: ReturnType<typeof createTestClock>;
  /** The program ends, and another one begins on the same rows. */
  readonly again: () => Promise<void>;
  /** Begins a talk. @returns the number of its turn */
  readonly begin: (who: number, model: Model, said?: string) => number;
  /** What came of a turn. */
  readonly outcome: (turn: number) => Promise<Outcome>;
}

const openTalks = ({ runtimesDir = RUNTIMES_DIR, freeBytes = 4e9 } = {}): TalksBench => {
  const bench = openChecking();
  const { store, folder } = bench;
  const cacheDir = cacheOf(folder);
  const loadLock = createLoadLock();
  const clock = createTestClock();
  let updateId = 0;
  const start = (): TalkDesk => {
    const opened = createTalkDesk({
      store,
      checks: createChecks({ cacheDir }),
      loading: createLoading({ cacheDir, runtimesDir, threads: 1 }),
      talking: createTalking({ cacheDir, runtimesDir, threads: 1, tokensMost: 1_000_000 }),
      loadLock,
      memory: async () => ({ totalBytes: 8e9, freeBytes, gpus: [] }),
      isOn: () => true,
      clock,
      log: silentLog,
    });
    opened.start();
    return opened;
  };
  let desk = start();
  for (const userId of [ANN, BOB]) {
    store.users.upsertUser({ userId, firstName: 'One', username: null });
    store.users.setRole(userId, 'member');
    store.chats.upsertChat({ chatId: userId, kind: 'private', title: 'One' });
  }
  onTestFinished(() => desk.close());
  return {
    ...bench,
    desk: () => desk,
    loadLock,
    clock,
    again: async () => {
      await desk.close();
      desk = start();
    },
    begin: (who, model, said) => {
      updateId += 1;
      const asked = { chatId: who, userId: who, threadId: null, replyTo: null, updateId };
      expect(desk.begin(asked, model, said)).toBe(undefined);
      return store.talks.listTurns(100).at(-1)?.id ?? 0;
    },
    outcome: async (turn) => {
      await expect.poll(() => store.talks.getTurn(turn)?.outcome ?? null, { timeout: 60_000 }).not.toBe(null);
      return store.talks.getTurn(turn)?.outcome as Outcome;
    },
  };
};

describe('a talk', () => {
  it('is none where nothing is there that opens models', async () => {
    const bench = openTalks({ runtimesDir: '/nowhere' });
    const turn = bench.begin(ANN, bench.put(ANN, 'org/tiny', HELLO));
    expect(await bench.outcome(turn)).toEqual({ kind: 'no_runtime' });
    expect(bench.store.talks.talkOf(ANN, ANN)).toBe(undefined);
    expect(bench.loadLock.isTaken()).toBe(false);
  });

  it('is none with what llama.cpp does not load, nor with what is broken', async () => {
    const bench = openTalks();
    const onnx = bench.put(ANN, 'org/onnx', { 'model.onnx': onnxOf(onnxTensor(Buffer.alloc(24)), [2, 3]) });
    expect(await bench.outcome(bench.begin(ANN, onnx))).toEqual({ kind: 'other_form', isOnnx: true });
    const cut = bench.put(ANN, 'org/cut', { 'tiny.gguf': loadableGguf().subarray(0, -1) });
    expect(await bench.outcome(bench.begin(ANN, cut))).toEqual({ kind: 'not_whole' });
    // A header that can be read, and not a single tensor.
    const hollow = bench.put(ANN, 'org/hollow', { 'tiny.gguf': Buffer.from(headFor('tiny.gguf', 200) ?? '') });
    expect(await bench.outcome(bench.begin(ANN, hollow))).toEqual({ kind: 'no_weights' });
  });

  it('takes along what is said while a model is only made ready, once, and drops it if it is not', async () => {
    const bench = openTalks({ runtimesDir: '/nowhere' });
    const ready = bench.begin(ANN, bench.put(ANN, 'org/tiny', HELLO));
    const talk = bench.store.talks.talkOf(ANN, ANN)!;
    const asked = { chatId: ANN, userId: ANN, threadId: null, replyTo: null, updateId: 1000 };
    expect(bench.desk().say(talk, asked, 'Hi')).toBe(undefined);
    expect(bench.desk().say(talk, { ...asked, updateId: 1001 }, 'And now?')).toBe('busy');
    const [, said] = bench.store.talks.listTurns(100);
    expect(said).toMatchObject({ asked: 'Hi', outcome: null });
    expect(bench.desk().live(said!)).toBe(undefined);
    expect(await bench.outcome(ready)).toEqual({ kind: 'no_runtime' });
    expect(bench.store.talks.listTurns(100).map(({ id }) => id)).toEqual([ready]);
  });

  it('is left with all that was said in it, and tells so once', async () => {
    const bench = openTalks({ runtimesDir: '/nowhere' });
    const release = await bench.loadLock.take(new AbortController().signal);
    onTestFinished(release);
    const ready = bench.begin(ANN, bench.put(ANN, 'org/tiny', HELLO));
    const talk = bench.store.talks.talkOf(ANN, ANN)!;
    const asked = { chatId: ANN, userId: ANN, threadId: null, replyTo: null, updateId: 1000 };
    expect(bench.desk().say(talk, asked, 'Hi')).toBe(undefined);
    expect(bench.desk().end(talk)).toBe(true);
    expect(await bench.outcome(ready)).toEqual({ kind: 'left' });
    expect(bench.store.talks.listTurns(100).map(({ id }) => id)).toEqual([ready]);
  });
});

describe.skipIf(!hasRuntime('gguf'))('a talk', () => {
  it('is none where too little memory is free, and both numbers are said', async () => {
    const bench = openTalks({ freeBytes: 1000 });
    const turn = bench.begin(ANN, bench.put(ANN, 'org/tiny', HELLO));
    expect(await bench.outcome(turn)).toEqual({
      kind: 'no_memory',
      neededBytes: expect.any(Number),
      freeBytes: 1000,
    });
  });

  it('answers what was said while the model was loaded as soon as it is', async () => {
    const bench = openTalks();
    const ready = bench.begin(ANN, bench.put(ANN, 'org/tiny', HELLO));
    const talk = bench.store.talks.talkOf(ANN, ANN)!;
    const asked = { chatId: ANN, userId: ANN, threadId: null, replyTo: null, updateId: 1000 };
    expect(bench.desk().say(talk, asked, 'Hi')).toBe(undefined);
    const [, said] = bench.store.talks.listTurns(100);
    expect(await bench.outcome(ready)).toMatchObject({ kind: 'ready' });
    expect(await bench.outcome(said?.id ?? 0)).toMatchObject({ kind: 'answer', end: 'end' });
  });

  it('goes on after a restart, with a model that knows nothing of it; whom that cut off is told', async () => {
    const bench = openTalks();
    const endless = bench.put(ANN, 'org/endless', ENDLESS);
    const cut = bench.begin(ANN, endless, 'Begin');
    await expect
      .poll(() => bench.desk().live(bench.store.talks.getTurn(cut)!), { timeout: 60_000 })
      .toMatchObject({ phase: 'writing', text: expect.stringContaining('Hello') });
    // Bob has asked, and waits.
    const hello = bench.put(BOB, 'org/tiny', HELLO);
    const waits = bench.begin(BOB, hello, 'Hi');
    await bench.again();
    expect(await bench.outcome(cut)).toEqual({ kind: 'interrupted' });
    expect(bench.store.talks.talkOf(ANN, ANN)).toMatchObject({ state: 'open' });
    expect(bench.desk().live(bench.store.talks.getTurn(waits)!)).toEqual({ phase: 'waiting', ahead: 1 });
    // It is his turn when Ann has left.
    bench.desk().end(bench.store.talks.talkOf(ANN, ANN)!);
    expect(await bench.outcome(waits)).toMatchObject({ kind: 'answer', end: 'end' });
    expect((await bench.outcome(waits)) as object).not.toHaveProperty('isAnew');
    await bench.again();
    const talk = bench.store.talks.talkOf(BOB, BOB)!;
    const asked = { chatId: BOB, userId: BOB, threadId: null, replyTo: null, updateId: 1000 };
    expect(bench.desk().say(talk, asked, 'And now?')).toBe(undefined);
    expect(bench.desk().say(talk, asked, 'And now?')).toBe(undefined);
    const turns = bench.store.talks.listTurns(100).filter(({ updateId }) => updateId === 1000);
    expect(turns).toHaveLength(1);
    expect(await bench.outcome(turns[0]?.id ?? 0)).toMatchObject({ kind: 'answer', isAnew: true });
  });

  it('waits while a check loads a model, and a check waits for it, as one more that waits', async () => {
    const bench = openTalks();
    const release = await bench.loadLock.take(new AbortController().signal);
    const turn = bench.begin(ANN, bench.put(ANN, 'org/tiny', HELLO), 'Hi');
    const live = (): unknown => bench.desk().live(bench.store.talks.getTurn(turn)!);
    await expect.poll(live).toEqual({ phase: 'checked' });
    release();
    expect(await bench.outcome(turn)).toMatchObject({ kind: 'answer' });
    let isLoading = false;
    const loading = bench.loadLock.take(new AbortController().signal).then((done) => {
      isLoading = true;
      return done;
    });
    await expect.poll(bench.loadLock.isWanted).toBe(true);
    expect(isLoading).toBe(false);
    const isOver = (): boolean => {
      bench.clock.pass(2000);
      return bench.store.talks.talkOf(ANN, ANN) === undefined;
    };
    await expect.poll(isOver, { timeout: 60_000 }).toBe(true);
    (await loading)();
    expect(bench.store.talks.listTurns(100).at(-1)?.outcome).toMatchObject({ kind: 'over' });
  });

  it('is left while it waits for a check, and while it is being opened', async () => {
    const bench = openTalks();
    const release = await bench.loadLock.take(new AbortController().signal);
    const turn = bench.begin(ANN, bench.put(ANN, 'org/tiny', HELLO), 'Hi');
    const row = bench.store.talks.getTurn(turn)!;
    await expect.poll(() => bench.desk().live(row)).toEqual({ phase: 'checked' });
    expect(bench.desk().stop(row)).toBe(true);
    expect(await bench.outcome(turn)).toEqual({ kind: 'left' });
    expect(bench.desk().stop(bench.store.talks.getTurn(turn)!)).toBe(false);
    release();
    expect(bench.loadLock.isTaken()).toBe(false);
  });

  it('ends with its model when that is removed, and gives the memory back', async () => {
    const bench = openTalks();
    const model = bench.put(ANN, 'org/tiny', HELLO);
    expect(await bench.outcome(bench.begin(ANN, model))).toMatchObject({ kind: 'ready' });
    expect(bench.loadLock.isTaken()).toBe(true);
    expect(bench.store.models.removeModel(model.id)).toBe(true);
    await expect.poll(() => bench.store.talks.talkOf(ANN, ANN), { timeout: 60_000 }).toBe(undefined);
    expect(bench.store.talks.listTurns(100).at(-1)?.outcome).toEqual({ kind: 'not_here' });
    await expect.poll(bench.loadLock.isTaken, { timeout: 60_000 }).toBe(false);
  });

  it('is nobody’s any more who has lost access while they waited', async () => {
    const bench = openTalks();
    const release = await bench.loadLock.take(new AbortController().signal);
    const first = bench.begin(ANN, bench.put(ANN, 'org/tiny', HELLO), 'Hi');
    const second = bench.begin(BOB, bench.put(BOB, 'org/tiny', HELLO), 'Hi');
    bench.store.users.setRole(BOB, 'denied');
    release();
    expect(await bench.outcome(first)).toMatchObject({ kind: 'answer' });
    bench.desk().end(bench.store.talks.talkOf(ANN, ANN)!);
    expect(await bench.outcome(second)).toEqual({ kind: 'left' });
  });
});
