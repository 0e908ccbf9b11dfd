import { table } from '../../../lib/table.ts';
import type { Cursor } from '../../bytes/cursor.ts';
import { unread } from '../../bytes/fault.ts';
import { isAllowedImport } from '../allowed-imports.ts';
import { type Fields, type Import, NONE, OTHER, type PickleStack, type Value } from './stack.ts';
import { numbersIn } from '../product.ts';

/**
 * joblib writes arrays into the middle of a pickle: behind the opcode that has built this class their numbers follow, and the pickle goes
 * on behind them (joblib/numpy_pickle.py, `NumpyArrayWrapper` and `NumpyUnpickler.load_build`).
 */
const WRAPPER = /^(?:sklearn\.externals\.)?joblib\.numpy_pickle\.NumpyArrayWrapper$/;

/** Whether it is that class, by its name. */
export const isWrapper = (name: string | undefined): boolean => name !== undefined && WRAPPER.test(name);

/** Bytes of a number, by what numpy calls the kind of it (`numpy.dtype.kind`); of texts by the letter. */
const UNIT = table<number>({ b: 1, i: 1, u: 1, f: 1, c: 1, m: 1, M: 1, S: 1, U: 4 });

/** What a numpy type takes, as it is written: `<f4`, `|b1`, `U10`, `<M8[ns]`. Objects are pickles; undefined: nobody here knows. */
export const bytesOfType = (code: string): number | 'object' | undefined => {
  const [, kind = '', digits = ''] = /^[<>|=]?([A-Za-z])(\d{0,9})(?:\[\w+\])?$/.exec(code) ?? [];
  if (kind === 'O') return 'object';
  if ((kind === 'm' || kind === 'M') && digits !== '8') return undefined;
  const unit = UNIT[kind];
  return unit === undefined || digits === '' ? undefined : unit * Number(digits);
};

/** Of what is allowed, these make nothing but what they are called; of all else that is not told in red nobody knows what comes of it. */
const MAKES_ITS_OWN = /^(?:numpy|collections|datetime|builtins|__builtin__)\./;

const isImport = (value: Value): value is Import =>
  typeof value === 'object' && !Array.isArray(value) && 'name' in value;

const isOther = (name: string): boolean => MAKES_ITS_OWN.test(name) || !isAllowedImport(name);

/** What comes of calling something. */
export const called = (callable: Value, args: Value): Value => {
  if (!isImport(callable) || callable.name === undefined) return undefined;
  const [first] = Array.isArray(args) ? (args as readonly Value[]) : [];
  if (callable.name === 'numpy.dtype') return typeof first === 'string' ? { type: first } : undefined;
  // What it is made with is set of it, too, and by no name.
  if (isWrapper(callable.name)) return { isWrapper: true, isBuilt: true };
  return isOther(callable.name) ? OTHER : undefined;
};

/** An object of a class, with nothing set of it yet. */
export const newOf = (made: Value): Value => {
  if (!isImport(made) || made.name === undefined) return undefined;
  return isWrapper(made.name) ? { isWrapper: true, isBuilt: false } : OTHER;
};

/** More than any array has. */
const FIELDS_MOST = 32;

/** Sets what is known by its name of what may be told of an array. */
export const setFields = ({ top }: PickleStack, pairs: readonly Value[]): void => {
  const of = top();
  if (typeof of !== 'object' || !('fields' in of)) return;
  for (let index = 0; index < pairs.length; index += 2) {
    const key = pairs[index];
    if (typeof key !== 'string' || of.fields.size >= FIELDS_MOST) of.isLost = true;
    else of.fields.set(key, pairs[index + 1]);
  }
};

/** What is told of an array that follows. */
interface ArrayAhead {
  readonly shape: readonly number[];
  /** As numpy names it. */
  readonly type: string;
  /** It begins at a round number, behind a byte that says how many are left free before it. */
  readonly isAligned: boolean;
}

const ALIGNED = 'numpy_array_alignment_bytes';

const isShape = (value: Value): value is readonly number[] =>
  Array.isArray(value) && value.every((side) => typeof side === 'number');

const aheadOf = ({ fields, isLost }: Fields): ArrayAhead | undefined => {
  const [shape, type, aligned] = ['shape', 'dtype', ALIGNED].map((name) => fields.get(name));
  const isAligned = typeof aligned === 'number';
  const isPlain = isAligned || aligned === NONE || !fields.has(ALIGNED);
  if (isLost || !isPlain || !isShape(shape) || typeof type !== 'object' || !('type' in type)) return undefined;
  return { shape, type: type.type, isAligned };
};

/** What numpy says of a type besides its name: that it holds no others, and takes so many bytes (`dtype.__reduce__`). */
const isTypeState = (type: string, state: Value): boolean => {
  if (!Array.isArray(state) || state.length < 8) return false;
  const [, , inside, names, offsets, bytes] = state as readonly Value[];
  const isPlain = inside === NONE && names === NONE && offsets === NONE;
  return isPlain && (bytes === -1 || bytes === bytesOfType(type));
};

/** @throws Fault or Unread */
const skipArray = (
  cursor: Cursor,
  { shape, type, isAligned }: ArrayAhead,
  readObjects: (cursor: Cursor) => void,
): void => {
  const each = bytesOfType(type);
  const count = numbersIn(shape);
  if (each === undefined || count === undefined) return unread('holds an array of a form that a check does not know');
  if (each === 'object') return readObjects(cursor);
  if (isAligned) cursor.skip(cursor.u8());
  return cursor.skip(count * each);
};

/**
 * Goes behind the numbers of an array, where what is built at this place tells of one. Whoever hides something makes two readers differ in
 * where these end: what is not told plainly is followed no further.
 * @param of what lies on top of the stack
 * @param state what is set of it
 * @param readObjects where the array is one of objects, they are a pickle
 * @returns true: it was an array, which lies there in its place
 * @throws Fault or Unread
 */
export const passArray = (cursor: Cursor, of: Value, state: Value, readObjects: (cursor: Cursor) => void): boolean => {
  if (of === undefined || isImport(of)) return unread('holds arrays in a way that a check does not follow');
  if (typeof of !== 'object') return false;
  if ('type' in of && !isTypeState(of.type, state))
    return unread('holds an array of a form that a check does not know');
  if (!('isWrapper' in of) || !of.isWrapper) return false;
  const ahead = typeof state === 'object' && 'fields' in state && !of.isBuilt ? aheadOf(state) : undefined;
  if (!ahead) return unread('holds an array of which it does not plainly say how large it is');
  of.isBuilt = true;
  skipArray(cursor, ahead, readObjects);
  return true;
};
