import { describe, expect, it } from 'vitest';
import { renderCheckFailed } from '../../src/bot/outbox/check-failed.ts';
import { type CheckResult, importsOf, wholeOf } from '../../src/domain/checks/check.ts';
import type { CheckOutcome } from '../../src/store/verifying/copy-checks.ts';
import { bringTo } from '../helpers/statuses.ts';
import { type Bench, CHAT, GROUP, openBench } from '../store/setup.ts';

const nothing = { weightFiles: 1, tensors: 2, faults: [], unread: [], imports: [] };
const fault = { path: 'model.safetensors', reason: 'is not there' };
const fits = { neededBytes: 9e9, contextTokens: 4096, memoryBytes: 8e9, gpuBytes: 0, freeBytes: 1e9 };
const of = (changes: Partial<Parameters<typeof wholeOf>[0]>, more: Partial<CheckResult> = {}): CheckOutcome => ({
  result: { whole: wholeOf({ ...nothing, ...changes }), ...more },
});

/** What a notice says when this has come of the check. */
const said = (
  outcome: CheckOutcome,
  chatId = CHAT,
  before: (bench: Bench, modelId: number) => void = () => undefined,
) => {
  const bench = openBench();
  const { store } = bench;
  store.users.upsertUser({ userId: CHAT, firstName: 'Ann', username: 'ann' });
  const { id } = bench.add('gpt2', { chatId, requestedBy: CHAT, commitSha: 'a'.repeat(40), files: [] });
  bringTo(store, id, 'completed');
  const copyId = bench.model(id).copyId ?? 0;
  store.copies.setComplete(copyId, '/somewhere');
  store.checks.checkWhenHere(id);
  store.checks.settleCheck(copyId, outcome);
  store.outbox.addNotice({ kind: 'check_failed', modelId: id, chatId });
  before(bench, id);
  const [notice] = store.outbox.dueNotices('9999', 1);
  return notice?.kind === 'check_failed' ? renderCheckFailed(store, notice) : undefined;
};

describe('the notice of a check that went badly', () => {
  it('names the file that is not whole, and offers to repair it', () => {
    const { text, keyboard } = said(of({ faults: [fault] })) ?? {};
    expect(text?.text).toBe('gpt2 · here, but not whole\nNot whole: model.safetensors is not there.');
    expect(keyboard?.inline_keyboard.flat().map((button) => button.text)).toEqual(['Read again and repair']);
  });

  it('says in a red line what would be run, which reading again does not mend', () => {
    const imports = [importsOf('pytorch_model.bin', ['os.system'], true)];
    const { text, keyboard } = said(of({ imports })) ?? {};
    expect(text?.text).toBe('gpt2 · here, but not safe to load\n🔴 pytorch_model.bin would run os.system when loaded.');
    expect(keyboard).toBe(undefined);
  });

  it('says how much too large it is', () => {
    expect(said(of({}, { fits: { ...fits, where: 'none' } }))?.text.text).toBe(
      'gpt2 · here, but does not fit\nDoes not fit: needs about 9 GB of 8 GB memory at 4,096 tokens.',
    );
  });

  it('names the file that does not load, and offers to repair it', () => {
    const loads = { kind: 'failed', path: 'a.gguf', reason: 'is refused by llama.cpp' } as const;
    const { text, keyboard } = said(of({}, { loads })) ?? {};
    expect(text?.text).toBe('gpt2 · here, but does not load\nDoes not load: a.gguf is refused by llama.cpp.');
    expect(keyboard?.inline_keyboard.flat().map((button) => button.text)).toEqual(['Read again and repair']);
    expect(said(of({}, { loads: { kind: 'no_runtime', runtime: 'gguf' } }))).toBe(undefined);
  });

  it('says why nothing could be found out, and in a group whom it is for', () => {
    const outcome = { errorMessage: 'The disk does not answer.' };
    expect(said(outcome)?.text.text).toBe('gpt2 · here, but could not be checked\nThe disk does not answer.');
    expect(said(outcome, GROUP)?.text.text).toMatch(/\nFor Ann$/);
  });

  it('is none where all is well, where it has changed since, and where the model is gone', () => {
    expect(said(of({}, { fits: { ...fits, where: 'memory' } }))).toBe(undefined);
    const bad = of({ faults: [fault] });
    expect(said(bad, CHAT, ({ store, model }, id) => store.copies.setFilesFaulty(model(id).copyId ?? 0, 0, 1))).toBe(
      undefined,
    );
    expect(said(bad, CHAT, ({ store }, id) => void store.models.removeModel(id))).toBe(undefined);
  });
});
