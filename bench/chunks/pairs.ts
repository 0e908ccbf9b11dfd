import { tryPair } from '../../tests/copies/chunks-pairs.ts';
import { mb } from './update.ts';

/** @param seed of the first; each has the next number */
export const pairs = async (count: number, seed: number): Promise<boolean> => {
  console.log(`pairs: ${count}, with something that goes wrong`);
  let [bytes, fetched, less, wrong] = [0, 0, 0, 0];
  for (let number = seed; number < seed + count; number += 1) {
    const found = await tryPair(number).catch((error: unknown) => ({
      isRight: false,
      size: 0,
      fetched: 0,
      fault: String(error),
    }));
    bytes += found.size;
    fetched += found.fetched;
    if (found.fetched < found.size / 2) less += 1;
    if (found.isRight) continue;
    wrong += 1;
    console.log(`  pair ${number} is wrong: ${found.fault}`);
  }
  console.log(
    `  ${mb(fetched)} of ${mb(bytes)} fetched; of ${less} less than half, ${count - less} whole or nearly; wrong: ${wrong}`,
  );
  return wrong === 0;
};
