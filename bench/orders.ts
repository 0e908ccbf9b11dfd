/**
 * Goes through random orders of what people, programs and machines do to copies, on disks with and without links: added, updated,
 * removed, undone, kept for an hour, killed in between. Compares the disk with the rows after each step. Ends with code 1 if anything was not as it must be.
 *
 *     node bench/orders.ts [--orders=2000] [--seed=<random>] [--layout=links]
 *
 * Order number n has the seed `seed + n`; a failure says which one it was.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { LAYOUTS, runOrder } from '../tests/queue/orders/run.ts';

const { values: options } = parseArgs({
  options: {
    orders: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(randomInt(1, 2 ** 30)) },
    layout: { type: 'string' },
  },
});
const [ORDERS, SEED] = [Number(options.orders), Number(options.seed)];
const layouts = LAYOUTS.filter(({ name }) => options.layout === undefined || name === options.layout);

console.log(`seed ${SEED}, ${ORDERS} orders`);
let failed = 0;
let steps = 0;
for (let at = 0; at < ORDERS; at += 1) {
  const layout = layouts[at % layouts.length];
  if (!layout)
    throw new Error(`There is no layout ${options.layout}; there are ${LAYOUTS.map(({ name }) => name).join(', ')}`);
  try {
    steps += (await runOrder(SEED + at, layout)).length;
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${error instanceof Error ? error.message : String(error)}\n`);
  }
  if ((at + 1) % 100 === 0) console.log(`${at + 1} orders, ${steps} steps, ${failed} failed`);
}
console.log(`${ORDERS} orders, ${steps} steps, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
