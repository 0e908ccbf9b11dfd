import { expect, it } from 'vitest';
import { createSmallFile, SMALL_BYTES, type Spare } from '../../src/transfer/files/small-file.ts';

/** Receives a file of this size and lets go of it. */
const receive = async (spare: Spare, size: number): Promise<void> => {
  const file = createSmallFile(
    { etag: 'a'.repeat(40), size, partPath: '/nowhere/part', finalPath: '/nowhere/blob' },
    spare,
  );
  await file.write(Buffer.alloc(size, 'x'), 0);
  await file.close();
};

const lengthsIn = (spare: Spare): [number, number][] => [...spare].map(([length, kept]) => [length, kept.length]);

it.each([
  [0, 4096],
  [4096, 4096],
  [4097, 32_768],
  [32_768, 32_768],
  [32_769, SMALL_BYTES],
  [SMALL_BYTES, SMALL_BYTES],
])('a file of %i bytes is received into %i, which the next one gets', async (size, length) => {
  const spare: Spare = new Map();
  await receive(spare, size);
  expect(lengthsIn(spare)).toEqual([[length, 1]]);
  const [memory] = spare.get(length) ?? [];
  await receive(spare, length);
  expect(spare.get(length)).toEqual([memory]);
  expect(spare.get(length)?.[0]).toBe(memory);
});

it('memory that is too short for a file is left to others', async () => {
  const spare: Spare = new Map();
  await receive(spare, 10);
  await receive(spare, 10_000);
  expect(lengthsIn(spare)).toEqual([
    [4096, 1],
    [32_768, 1],
  ]);
});
