import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Checks } from '../../../src/checks/checks.ts';
import { twoTensors } from '../../checks/made.ts';
import { type CheckingBench, openChecking } from './bench.ts';

const [ANNS, BOBS] = [1, 2];
const WHOLE = { 'model.safetensors': twoTensors() };
const CHILD = fileURLToPath(new URL('./killed-child.ts', import.meta.url));

/** Checks of which none begins before a test lets it, or it is given up. */
const held = () => {
  const gates: (() => void)[] = [];
  const begun: string[] = [];
  let [open, most] = [0, 0];
  const between = (real: Checks): Checks => ({
    start: (wanted, signal) => {
      const gate = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => gate.reject(signal.reason));
      gates.push(gate.resolve);
      begun.push(wanted.repoFolder.replace('models--org--', ''));
      open += 1;
      most = Math.max(most, open);
      const done = gate.promise.then(() => real.start(wanted, signal).done);
      const close = (): void => void (open -= 1);
      done.then(close, close);
      return { state: () => ({ filesDone: 0, filesTotal: 1, currentFile: 'model.safetensors' }), done };
    },
  });
  return { between, begun, most: () => most, release: () => gates.shift()?.() };
};

describe('checks of two chats', () => {
  it('run one at a time, in the order in which they were asked for', async () => {
    const { between, begun, most, release } = held();
    const bench = openChecking(between);
    const one = bench.put(ANNS, 'org/one', WHOLE);
    const two = bench.put(BOBS, 'org/two', WHOLE);
    expect(bench.checking().request(one)).toBe(undefined);
    expect(bench.checking().request(two)).toBe(undefined);
    expect(bench.checking().request(two)).toBe('already');
    await expect.poll(() => bench.checking().progress(one.copyId ?? 0)).toMatchObject({ filesTotal: 1 });
    expect(bench.checking().progress(two.copyId ?? 0)).toBe(undefined);
    release();
    await expect.poll(() => bench.state(one)).toBe('done');
    await expect.poll(() => begun).toEqual(['one', 'two']);
    expect(bench.state(two)).toBe('waiting');
    release();
    await expect.poll(() => bench.state(two)).toBe('done');
    expect(most()).toBe(1);
  });
});

describe('a check that waits, and one that runs', () => {
  it('are both gone on with after a restart', async () => {
    const { between, begun, most, release } = held();
    const bench = openChecking(between);
    const runs = bench.put(ANNS, 'org/runs', WHOLE);
    const waits = bench.put(BOBS, 'org/waits', WHOLE);
    bench.checking().request(runs);
    bench.checking().request(waits, 8192);
    await expect.poll(() => begun).toEqual(['runs']);
    await bench.restart();
    expect([bench.state(runs), bench.state(waits)]).toEqual(['waiting', 'waiting']);
    await expect.poll(() => begun).toEqual(['runs', 'runs']);
    release();
    release();
    await expect.poll(() => bench.state(runs)).toBe('done');
    await expect.poll(() => begun).toEqual(['runs', 'runs', 'waits']);
    release();
    await expect.poll(() => bench.state(waits)).toBe('done');
    expect(most()).toBe(1);
    expect(bench.store.checks.checkOf(waits.copyId ?? 0)).toMatchObject({
      contextTokens: 8192,
      result: { whole: { weightFiles: 1, tensors: 2, faultCount: 0 } },
    });
  });

  it('are both gone on with after kill -9', async () => {
    const bench = openChecking();
    const runs = bench.put(ANNS, 'org/runs', WHOLE);
    const waits = bench.put(BOBS, 'org/waits', { 'model.safetensors': twoTensors().subarray(1) });
    for (const { copyId } of [runs, waits]) bench.store.checks.requestCheck(copyId ?? 0, null);
    const child = spawn(process.execPath, [CHILD, bench.folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('in the middle\n');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect([bench.state(runs), bench.state(waits)]).toEqual(['waiting', 'waiting']);
    bench.checking().start();
    await expect.poll(() => bench.state(runs)).toBe('done');
    await expect.poll(() => bench.state(waits)).toBe('done');
    const found = [runs, waits].map(({ copyId }) => bench.store.checks.checkOf(copyId ?? 0)?.result?.whole.faultCount);
    expect(found).toEqual([0, 1]);
  });
});

describe('what a check behind a download finds', () => {
  const BROKEN = { 'model.safetensors': twoTensors().subarray(1) };
  const notices = ({ store }: CheckingBench): string[] =>
    store.outbox.dueNotices('9999', 100).map(({ kind, modelId }) => `${kind} #${modelId}`);
  const isTold = ({ store }: CheckingBench): boolean => store.checks.untoldChecks(10).length === 0;

  it('is told once if it is bad, in each chat that wanted to know, and after a restart no more', async () => {
    const bench = openChecking();
    const bad = bench.put(ANNS, 'org/bad', BROKEN, { init: true });
    const theirs = bench.put(BOBS, 'org/bad', BROKEN, { init: true });
    const good = bench.put(ANNS, 'org/good', WHOLE, { init: true });
    const silent = bench.put(ANNS, 'org/silent', BROKEN);
    expect(theirs.copyId).toBe(bad.copyId);
    expect(bench.checking().request(silent)).toBe(undefined);
    bench.checking().start();
    await expect.poll(() => [bad, good, silent].map(bench.state)).toEqual(['done', 'done', 'done']);
    await expect.poll(() => notices(bench)).toEqual([`check_failed #${bad.id}`, `check_failed #${theirs.id}`]);
    await expect.poll(() => isTold(bench)).toBe(true);
    await bench.restart();
    bench.checking().request(bad);
    await expect.poll(() => bench.state(bad)).toBe('done');
    expect(isTold(bench)).toBe(true);
    expect(notices(bench)).toHaveLength(2);
  });

  it('is told of a model that is here, when that is asked for, known or not', async () => {
    const bench = openChecking();
    const model = bench.put(ANNS, 'org/bad', BROKEN);
    expect(bench.state(model)).toBe(undefined);
    bench.store.checks.checkWhenHere(model.id);
    expect(bench.state(model)).toBe('waiting');
    bench.checking().start();
    await expect.poll(() => notices(bench)).toEqual([`check_failed #${model.id}`]);
    bench.store.checks.checkWhenHere(model.id);
    expect(bench.state(model)).toBe('done');
    await expect.poll(() => notices(bench)).toHaveLength(2);
  });
});
