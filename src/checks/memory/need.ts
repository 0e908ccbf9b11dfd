/* checks/memory: the memory that a model needs, from what its headers say. */

import type { Need } from '../../domain/checks/fits.ts';
import type { Loadable } from '../../domain/checks/loads.ts';
import { ggufModels } from '../../domain/files/gguf.ts';
import { readWeights } from '../../domain/files/weights.ts';
import type { LookedAt } from '../looked-at.ts';
import { keptByConfig } from './config-attention.ts';
import { keptByGguf } from './gguf-attention.ts';

const sumOf = ({ weights }: LookedAt, paths: readonly string[]): number =>
  paths.reduce((sum, path) => sum + (weights.get(path) ?? 0), 0);

/** What would be loaded, and the memory that it takes. */
interface Needed {
  readonly need: Need;
  /** undefined: nothing here loads such files. */
  readonly loadable?: Loadable;
}

/** Several quantizations of one model: the largest is the one that has to fit, for all to do so. */
const ofGguf = (found: LookedAt): Needed | undefined => {
  const models = ggufModels([...found.files.values()]).flatMap(({ entry, files }): Needed[] => {
    const gguf = found.ggufs.get(entry);
    const paths = files.map(({ path }) => path);
    if (!gguf || paths.some((path) => !found.weights.has(path))) return [];
    const need = { weightBytes: sumOf(found, paths), ...keptByGguf(gguf) };
    return [{ need, loadable: { runtime: 'gguf', path: entry } }];
  });
  return models.toSorted((a, b) => b.need.weightBytes - a.need.weightBytes)[0];
};

/** The weights that PyTorch loads: safetensors before pickles, and of several variants the largest. */
const ofPyTorch = (found: LookedAt): Needed | undefined => {
  const weights = readWeights([...found.files.values()]).filter(({ isIndex }) => !isIndex);
  const plain = weights.filter(({ kind }) => kind === 'safetensors');
  const taken = plain.length > 0 ? plain : weights.filter(({ kind }) => kind === 'torch');
  if (taken.length === 0 || taken.some(({ file }) => !found.weights.has(file.path))) return undefined;
  const variants = [...Map.groupBy(taken, ({ variant }) => variant ?? '').values()];
  const sums = variants.map((variant) =>
    sumOf(
      found,
      variant.map(({ file }) => file.path),
    ),
  );
  const config = found.manifests.get('config.json');
  const isConfig = typeof config === 'object' && config !== null;
  const kept = isConfig ? keptByConfig(config as Record<string, unknown>) : {};
  return { need: { weightBytes: Math.max(...sums), ...kept } };
};

const ofOnnx = ({ weights }: LookedAt): Needed | undefined => {
  const files = [...weights].filter(([path]) => /\.onnx$/i.test(path));
  const [largest] = files.toSorted(([, a], [, b]) => b - a);
  return largest && { need: { weightBytes: largest[1] }, loadable: { runtime: 'onnx', path: largest[0] } };
};

/** The memory that loading these files takes; undefined: nothing of them was read that could be loaded. */
export const needOf = (found: LookedAt): Needed | undefined => {
  const needed = ofGguf(found) ?? ofPyTorch(found) ?? ofOnnx(found);
  return needed && needed.need.weightBytes > 0 ? needed : undefined;
};
