import { FAT, HARD_ONLY } from '../../helpers/disks.ts';
import { closeOrder, comeToRest, type Layout, look, openOrder, type Order, someTurns } from './order.ts';
import { finish, modelsOf, passTheHour, removeModel, step } from './steps.ts';

export const LAYOUTS: readonly Layout[] = [
  { name: 'links' },
  { name: 'no links', diskFunctions: FAT },
  { name: 'hard links alone', diskFunctions: HARD_ONLY },
];

const MOST_STEPS = 14;

const goThrough = async (order: Order): Promise<void> => {
  for (let left = 4 + order.dice(MOST_STEPS); left > 0; left -= 1) {
    await step(order);
    await look(order);
    if (order.dice(2) === 0) await comeToRest(order);
    else await someTurns(order);
  }
  order.steps.push('at the end everything comes');
  await finish(order);
  await comeToRest(order);
  order.steps.push('at the end everything is removed');
  for (const model of modelsOf(order)) removeModel(order, model);
  await comeToRest(order);
  await passTheHour(order);
  await comeToRest(order);
  await order.life.queue.lookAfter();
  await comeToRest(order);
  order.ledger.reader.letGo();
};

/**
 * Goes through the random order of this seed, and compares the disk with the rows after each step.
 * @throws what was not as it must be, with the steps that led there
 */
export const runOrder = async (seed: number, layout: Layout): Promise<readonly string[]> => {
  const order = await openOrder(seed, layout);
  try {
    await goThrough(order);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new Error(`${order.steps.join('\n')}\n=> ${said}`, { cause: error });
  } finally {
    await closeOrder(order).catch(() => undefined);
  }
  return order.steps;
};
