import { beforeEach, describe, expect, it } from 'vitest';
import { wholeOf } from '../../src/domain/checks/check.ts';
import { type Bench, CHAT, openBench } from './setup.ts';
import { bringTo } from '../helpers/statuses.ts';

const result = { whole: wholeOf({ weightFiles: 1, tensors: 2, faults: [], unread: [], imports: [] }) };

let bench: Bench;
let copyId = 0;
beforeEach(() => {
  bench = openBench();
  copyId = put('gpt2');
});

const put = (name: string): number => {
  const { store } = bench;
  const { id } = store.models.createModel({ chatId: CHAT, name, commitSha: 'a'.repeat(40), sizeBytes: 5, files: [] });
  bringTo(store, id, 'completed');
  const copy = store.models.getModel(id)?.copyId ?? 0;
  store.copies.setComplete(copy, '/somewhere');
  return copy;
};
const stateOf = (id = copyId) => bench.store.checks.checkOf(id)?.state;

describe('the check of a copy', () => {
  it('waits from when it is asked for, in the order of asking, and is asked for once', () => {
    const { checks } = bench.store;
    const other = put('org/name');
    expect(checks.requestCheck(other, null)).toBe(true);
    bench.clock.pass(1000);
    expect(checks.requestCheck(copyId, null)).toBe(true);
    expect(checks.requestCheck(copyId, null)).toBe(false);
    expect(checks.requestCheck(copyId, 8192)).toBe(true);
    expect(checks.nextCheck([])?.copyId).toBe(other);
    expect(checks.nextCheck([other])).toMatchObject({ copyId, contextTokens: 8192 });
    expect(checks.nextCheck([other, copyId])).toBe(undefined);
  });

  it('is known until the copy changes, and waits again when it is complete anew', () => {
    const { checks, copies } = bench.store;
    checks.requestCheck(copyId, null);
    checks.settleCheck(copyId, { result });
    expect(checks.checkOf(copyId)).toMatchObject({ state: 'done', result });
    copies.setVerified(copyId);
    expect(stateOf()).toBe('done');
    copies.setFilesGone(copyId, 1);
    expect(checks.checkOf(copyId)).toMatchObject({ state: 'stale', result: null });
    copies.wantAnew(copyId);
    expect(stateOf()).toBe('stale');
    copies.setComplete(copyId, '/somewhere');
    expect(stateOf()).toBe('waiting');
  });

  it('that was refused says why, and has its cards drawn', () => {
    const { checks, models } = bench.store;
    const before = models.getModelByName(CHAT, 'gpt2')?.updatedAt;
    checks.requestCheck(copyId, null);
    checks.settleCheck(copyId, { errorMessage: 'The disk does not answer.' });
    expect(checks.checkOf(copyId)).toMatchObject({ state: 'refused', errorMessage: 'The disk does not answer.' });
    expect(models.getModelByName(CHAT, 'gpt2')?.updatedAt).not.toBe(before);
    // What comes late changes nothing.
    checks.settleCheck(copyId, { result });
    expect(stateOf()).toBe('refused');
  });
});
