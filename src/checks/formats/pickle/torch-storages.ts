import { table } from '../../../lib/table.ts';
import type { Value } from './stack.ts';

/** The numbers of tensors, which PyTorch writes apart from the pickle that names them. */
export interface Storages {
  /** Notes what the pickle says lies elsewhere. */
  readonly note: (id: Value) => void;
  /** Bytes by key, in the order of their first mention; undefined of those whose type is not known. */
  readonly sizes: ReadonlyMap<string, number | undefined>;
}

/** Bytes of a number, by the class of the storage (torch/storage.py, `_LegacyStorage`). */
const BYTES = table<number>({
  DoubleStorage: 8,
  FloatStorage: 4,
  HalfStorage: 2,
  BFloat16Storage: 2,
  LongStorage: 8,
  IntStorage: 4,
  ShortStorage: 2,
  CharStorage: 1,
  ByteStorage: 1,
  BoolStorage: 1,
  ComplexDoubleStorage: 16,
  ComplexFloatStorage: 8,
  QUInt8Storage: 1,
  QInt8Storage: 1,
  QInt32Storage: 4,
  UntypedStorage: 1,
});

const STORAGES_MOST = 1_000_000;

/** Reads the persistent ids of torch/serialization.py: `('storage', class, key, location, numel)`, older ones with a view behind it. */
export const createStorages = (): Storages => {
  const sizes = new Map<string, number | undefined>();
  return {
    sizes,
    note: (id) => {
      if (!Array.isArray(id)) return;
      const [tag, type, key, , count] = id as readonly Value[];
      if (tag !== 'storage' || typeof key !== 'string' || sizes.size >= STORAGES_MOST) return;
      const isClass = typeof type === 'object' && !Array.isArray(type) && 'name' in type;
      const bytes = isClass ? BYTES[type.name?.slice(type.name.lastIndexOf('.') + 1) ?? ''] : undefined;
      const size = bytes !== undefined && typeof count === 'number' ? bytes * count : undefined;
      const known = sizes.get(key);
      // Several tensors may share numbers, and each says how many it sees: the most of it has to be there.
      sizes.set(key, known === undefined ? size : Math.max(known, size ?? known));
    },
  };
};
