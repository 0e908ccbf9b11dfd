import { forEachLimit } from '../../src/lib/async/for-each-limit.ts';
import { type PairResult, tryPair, USUAL } from '../../tests/copies/chunks-pairs.ts';
import { mb } from './update.ts';

/** Some faults are waited for: meanwhile others are tried. */
const AT_ONCE = 8;

const OUTCOMES: Readonly<Record<PairResult['came'], string>> = {
  inChunks: 'by chunks',
  whole: 'whole from the start',
  wholeAfterAll: 'whole, after what was put together had the wrong hash',
};

/** @param seed of the first; each has the next number */
export const pairs = async (count: number, seed: number): Promise<boolean> => {
  console.log(`pairs: ${count} from seed ${seed}, with something that goes wrong`);
  const began = performance.now();
  const results: PairResult[] = [];
  const wrong: string[] = [];
  await forEachLimit(
    Array.from({ length: count }, (_, at) => seed + at),
    AT_ONCE,
    async (number) => {
      try {
        const result = await tryPair(number, USUAL);
        results.push(result);
        if (!result.isRight) wrong.push(`  pair ${number} is wrong: ${result.fault}`);
      } catch (error) {
        wrong.push(`  pair ${number} has failed: ${String(error)}`);
      }
    },
  );
  const sum = (of: (result: PairResult) => number): number => results.reduce((all, result) => all + of(result), 0);
  for (const [came, words] of Object.entries(OUTCOMES))
    console.log(`  ${results.filter((result) => result.came === came).length} came ${words}`);
  const tried = new Map<string, number>();
  for (const { kind } of results) tried.set(kind, (tried.get(kind) ?? 0) + 1);
  console.log(`  what went wrong: ${[...tried].map(([kind, times]) => `${kind} ${times}`).join(', ')}`);
  console.log(
    `  ${mb(sum(({ fetched }) => fetched))} of ${mb(sum(({ size }) => size))} fetched, in ${((performance.now() - began) / 1000).toFixed(0)} s`,
  );
  for (const line of wrong) console.log(line);
  console.log(`  right: ${count - wrong.length} of ${count}`);
  return wrong.length === 0;
};
