import type { Need } from '../../domain/checks/fits.ts';
import { ggufModels } from '../../domain/files/gguf.ts';
import { readWeights } from '../../domain/files/weights.ts';
import type { LookedAt } from '../looked-at.ts';
import { cacheOfConfig, cacheOfGguf } from './cache.ts';

const sumOf = ({ weights }: LookedAt, paths: readonly string[]): number =>
  paths.reduce((sum, path) => sum + (weights.get(path) ?? 0), 0);

/** Several quantizations of one model: the largest is the one that has to fit, for all to do so. */
const ofGguf = (found: LookedAt): Need | undefined => {
  const models = ggufModels([...found.files.values()]).flatMap(({ entry, files }) => {
    const gguf = found.ggufs.get(entry);
    const isRead = files.every(({ path }) => found.weights.has(path));
    return gguf && isRead
      ? [
          {
            weightBytes: sumOf(
              found,
              files.map(({ path }) => path),
            ),
            ...cacheOfGguf(gguf),
          },
        ]
      : [];
  });
  return models.toSorted((a, b) => b.weightBytes - a.weightBytes)[0];
};

/** The weights that PyTorch loads: safetensors before pickles, and of several variants the largest. */
const ofPyTorch = (found: LookedAt): Need | undefined => {
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
  return { weightBytes: Math.max(...sums), ...(isConfig ? cacheOfConfig(config as Record<string, unknown>) : {}) };
};

const ofOnnx = ({ weights }: LookedAt): Need | undefined => {
  const sizes = [...weights].flatMap(([path, bytes]) => (path.endsWith('.onnx') ? [bytes] : []));
  return sizes.length > 0 ? { weightBytes: Math.max(...sizes) } : undefined;
};

/** The memory that loading these files takes; undefined: nothing of them was read that could be loaded. */
export const needOf = (found: LookedAt): Need | undefined => {
  const need = ofGguf(found) ?? ofPyTorch(found) ?? ofOnnx(found);
  return need && need.weightBytes > 0 ? need : undefined;
};
