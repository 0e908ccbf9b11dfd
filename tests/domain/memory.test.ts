import { describe, expect, test } from 'vitest';
import { type Memory, memoryFit } from '../../src/domain/memory.ts';
import { fitOf, fitOfAll, type SizedChoices } from '../../src/domain/repo/choice-fit.ts';

const card = (totalBytes: number) => ({ name: 'card', totalBytes });
const memory = (totalBytes: number, ...gpus: readonly number[]): Memory => ({
  totalBytes,
  freeBytes: 0,
  gpus: gpus.map(card),
});

describe('weights and a fifth more', () => {
  test.each([
    [memory(12), 10, 'memory'],
    [memory(12), 11, 'none'],
    [memory(12, 12), 10, 'gpu'],
    [memory(12, 12), 20, 'memory'],
    [memory(12, 12), 21, 'none'],
    [memory(12, 6, 6), 10, 'gpu'],
  ])('%j, %i: %s', (there, weightBytes, fit) => {
    expect(memoryFit(there, weightBytes)).toBe(fit);
  });
});

describe('a picker', () => {
  const choice = (label: string, totalBytes?: number) => ({ label, totalBytes });
  const picker = (rest: Partial<SizedChoices>): SizedChoices => ({ choices: [], freeBytes: 100, ...rest });

  test('the disk comes before the memory, of which only the weights count', () => {
    const room = { freeBytes: 100, memory: memory(12) };
    expect(fitOf({ ...choice('a', 101), weightBytes: 1 }, room)).toBe('disk');
    expect(fitOf({ ...choice('a', 100), weightBytes: 10 }, room)).toBe('memory');
    expect(fitOf(choice('a', 100), room)).toBe('none');
    expect(fitOf(choice('a', 100), { freeBytes: 100 })).toBeUndefined();
    expect(fitOf(choice('a'), { freeBytes: 0, memory: memory(0) })).toBeUndefined();
  });

  test('names the largest that fits where the usual one does not', () => {
    const choices = [choice('a', 5), choice('b', 10), choice('c', 40), choice('d', 200)];
    const fit = fitOfAll(picker({ choices, suggested: 'c', memory: memory(12) }));
    expect(fit).toMatchObject({ usualIsTooLarge: true, fits: ['memory', 'memory', 'none', 'disk'] });
    expect(fit.largest?.label).toBe('b');
    expect(fitOfAll(picker({ choices, suggested: 'a' }))).toMatchObject({ usualIsTooLarge: false });
  });
});
