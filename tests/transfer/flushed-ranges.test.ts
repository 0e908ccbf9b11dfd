import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFlushedRanges } from '../../src/transfer/files/flushed-ranges.ts';
import { createUnsaved } from '../../src/transfer/files/unsaved.ts';

const MB = 1e6;
const SIZE = 100_000 * MB;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Ranges of a file whose flushes are counted. */
const open = () => {
  const flush = vi.fn<() => Promise<void>>(async () => undefined);
  const part = { size: SIZE, partPath: '/nowhere', etag: 'x' };
  const { save } = createFlushedRanges(part, { control: undefined, unsaved: createUnsaved(), flush });
  return {
    flush,
    /** So much is there after so long. */
    saveAfter: (ms: number, bytes: number): Promise<void> => {
      vi.advanceTimersByTime(ms);
      return save(() => (bytes === 0 ? [] : [{ start: 0, end: bytes }]));
    },
  };
};

it('flushes what comes slowly, and again only when more has come', async () => {
  const { flush, saveAfter } = open();
  await saveAfter(1000, 10 * MB);
  expect(flush).toHaveBeenCalledTimes(1);
  await saveAfter(1000, 10 * MB);
  await saveAfter(20_000, 10 * MB);
  expect(flush).toHaveBeenCalledTimes(1);
  await saveAfter(1000, 11 * MB);
  expect(flush).toHaveBeenCalledTimes(2);
});

it('flushes what comes fast after ten seconds, and not before', async () => {
  const { flush, saveAfter } = open();
  await saveAfter(1000, 480 * MB);
  await saveAfter(8999, 4800 * MB);
  expect(flush).not.toHaveBeenCalled();
  await saveAfter(1, 4800 * MB);
  expect(flush).toHaveBeenCalledTimes(1);
});

it('does not flush at once what begins to come fast after it lay still', async () => {
  const { flush, saveAfter } = open();
  for (let second = 0; second < 8; second += 1) await saveAfter(1000, 0);
  await saveAfter(1000, 480 * MB);
  expect(flush).not.toHaveBeenCalled();
});
