import { expect, it } from 'vitest';
import { within } from '../../src/lib/async/within.ts';

const never = (): Promise<string> => new Promise(() => undefined);

it('gives what comes in time', async () => {
  expect(await within(60_000, async () => 'here')).toBe('here');
});

it('gives nothing when the time is over, and lets a failure that comes after that be', async () => {
  const { promise, reject } = Promise.withResolvers<string>();
  expect(await within(1, never)).toBeUndefined();
  expect(await within(1, () => promise)).toBeUndefined();
  reject(new Error('too late'));
});

it('hands on what fails in time', async () => {
  await expect(within(60_000, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});
