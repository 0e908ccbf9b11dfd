import { createDice } from '../../tests/helpers/dice.ts';
import { mb, openUpdate, type Parts, sentSince } from './update.ts';

const HEADER_MOST = 16e6;
const TENSORS_MOST = 0.12;
/** One in so many. */
const CHANGED = 20;

const measure = async (path: string, before: Parts, after: Parts): Promise<{ sent: number; isRight: boolean }> => {
  const update = await openUpdate(path, before);
  try {
    const { hub } = update;
    const whole = await update.run();
    await update.move(after);
    const since = hub.requests.length;
    const changed = await update.run();
    const sent = sentSince(hub, since);
    const { file, reconstruction, token } = hub.traffic(since);
    console.log(`  first revision: ${mb(sentSince(hub, 0) - sent)} in ${(whole.transferMs / 1000).toFixed(1)} s`);
    console.log(
      `  update: ${mb(sent)} in ${(changed.transferMs / 1000).toFixed(1)} s, ${changed.cpu.toFixed(1)} s of the processor`,
    );
    console.log(
      `  ${file.requests} ranges, ${reconstruction.requests} reconstructions (${mb(reconstruction.bytes)}), ${token.requests} tokens`,
    );
    return { sent, isRight: await update.isRight() };
  } finally {
    await update.close();
  }
};

/** @param bytes of the file */
export const header = async (bytes: number): Promise<boolean> => {
  const head = `GGUF${'h'.repeat(5_000_000)}`;
  const weights = { seed: 'weights', size: bytes };
  console.log(`header: ${mb(bytes)}, 300 bytes more in front`);
  const { sent, isRight } = await measure('model.gguf', [head, weights], [head, 't'.repeat(300), weights]);
  console.log(`  ${mb(sent)} of ${mb(bytes)} fetched (at most ${mb(HEADER_MOST)}), hash right: ${isRight}`);
  return isRight && sent <= HEADER_MOST;
};

/** @param bytes of the file, about */
export const tensors = async (bytes: number, seed: number): Promise<boolean> => {
  const dice = createDice(seed);
  const count = 400;
  const sizes = Array.from({ length: count }, () => Math.round((bytes / count) * (0.2 + dice(1600) / 1000)));
  const changed = new Set<number>();
  while (changed.size < count / CHANGED) changed.add(dice(count));
  const partsOf = (isNew: (at: number) => boolean): Parts =>
    sizes.map((size, at) => ({ seed: `${isNew(at) ? 'new' : 'old'} ${at}`, size }));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const changedBytes = [...changed].reduce((sum, at) => sum + (sizes[at] ?? 0), 0);
  console.log(`tensors: ${count} of together ${mb(total)}, ${changed.size} of them (${mb(changedBytes)}) are others`);
  const { sent, isRight } = await measure(
    'model.safetensors',
    partsOf(() => false),
    partsOf((at) => changed.has(at)),
  );
  console.log(
    `  ${((100 * sent) / total).toFixed(1)} % fetched (at most ${100 * TENSORS_MOST} %), hash right: ${isRight}`,
  );
  return isRight && sent <= TENSORS_MOST * total;
};
