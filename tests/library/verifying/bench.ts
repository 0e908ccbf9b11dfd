import { openSync, closeSync, readSync, writeSync, statSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Model } from '../../../src/domain/model.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { Patience } from '../../../src/library/adopting/left-behind.ts';
import { createVerifying, type Verifying } from '../../../src/library/verifying/verifying.ts';
import type { Queue } from '../../../src/queue/queue.ts';
import type { Verification } from '../../../src/store/verifying/verifications.ts';
import { type Between, type QueueBench, setUp, USER_AGENT } from '../../queue/setup.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import type { Source } from '../../../src/sources/port.ts';
import type { SampleHubOptions } from '../../../playground/hub/sample-hub.ts';

export interface VerifyingBench extends QueueBench {
  readonly verifying: () => Verifying;
  /** The program ends, as by a signal, and starts again on the same rows and files. */
  readonly restart: () => Promise<Verifying>;
  /** Has a model read again, or all of a chat. */
  readonly verify: (chatId: number, modelId?: number) => Verification | undefined;
  /** Its state and those of its items, as words. */
  readonly states: (verification: Verification | undefined) => string;
  /** Where a file of a model truly lies. */
  readonly pathOf: (model: Model, path: string) => string;
}

let updates = 1000;

/** Verifications over a queue with real copies, against a sample Hub. */
export const openVerifying = async (
  options: SampleHubOptions,
  between: Between & { readonly inspect?: Source['inspect']; readonly patience?: Patience } = {},
): Promise<VerifyingBench> => {
  const bench = await setUp(options, {}, between);
  const { store, clock } = bench;
  const { inspect } = createHub({ endpoint: bench.hub.url, userAgent: USER_AGENT, clock });
  let queue: Queue = bench.queue;
  const begin = (): Verifying =>
    createVerifying({
      store,
      queue,
      source: { inspect: between.inspect ?? inspect },
      patience: between.patience,
      clock,
      log: silentLog,
    });
  let verifying = begin();
  queue.start();
  onTestFinished(async () => {
    await verifying.close();
    await bench.close();
  });
  return {
    ...bench,
    verifying: () => verifying,
    restart: async () => {
      await verifying.close();
      await queue.close();
      queue = bench.restarted();
      verifying = begin();
      verifying.start();
      return verifying;
    },
    verify: (chatId, modelId) =>
      verifying.request({ chatId, userId: 1, threadId: null, messageId: 1, updateId: (updates += 1) }, modelId),
    states: (verification) => {
      if (!verification) return 'none';
      const sums = bench.store.verifications.sumItems(verification.id).map(({ state, items }) => `${items} ${state}`);
      return [bench.store.verifications.getVerification(verification.id)?.state, ...sums].join(', ');
    },
    pathOf: ({ downloadPath }, path) => realpathSync(join(downloadPath ?? '', path)),
  };
};

/** Changes one byte in the middle. */
export const damage = (path: string): void => {
  const file = openSync(path, 'r+');
  const at = Math.floor(statSync(path).size / 2);
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  writeSync(file, Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  closeSync(file);
};
