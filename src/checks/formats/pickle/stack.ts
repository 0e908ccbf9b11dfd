import { unread } from '../../bytes/fault.ts';

/** A name that a pickle imports, as it writes it; undefined: it works the name out while it is loaded. */
export interface Import {
  readonly name: string | undefined;
}

/** An object of which only this is known: whether joblib reads an array where it is built, and whether that has been. */
export interface Made {
  readonly isWrapper: boolean;
  isBuilt: boolean;
}
export const OTHER: Made = { isWrapper: false, isBuilt: false };
export const NONE: Made = { isWrapper: false, isBuilt: false };

/** A type of numpy, as it is written. */
export interface NumberType {
  readonly type: string;
}

/** What is set of an object, by name. */
export interface Fields {
  readonly fields: Map<string, Value>;
  /** Something was set that is not known by name: then none of it is. */
  isLost: boolean;
}

/**
 * What is known of a value without making it: texts, numbers, imports, tuples of these, and what it takes to find the end of an array;
 * undefined of all else.
 */
export type Value = string | number | Import | Made | NumberType | Fields | readonly Value[] | undefined;

const MARK = Symbol('mark');

/** Deep enough for what stands before an import or a tensor; what lies deeper is not asked for again. */
const DEPTH_MOST = 4096;
/** Of what is remembered under a number. */
const TEXT_MOST = 512;
const MEMO_MOST = 1_000_000;
/** Numbers out of turn, which no pickler gives. */
const SCATTERED_MOST = 1_000_000;

/** The stack and the memo of a pickle, as far as they tell what is imported. Whatever is not known is undefined, never a guess. */
export interface PickleStack {
  readonly push: (value: Value) => void;
  readonly mark: () => void;
  readonly pop: () => Value;
  readonly top: () => Value;
  /** What lies above the last mark, which goes as well. */
  readonly popToMark: () => readonly Value[];
  readonly put: (index: number) => void;
  readonly memoize: () => void;
  readonly get: (index: number) => Value;
}

const isKept = (value: Value): boolean =>
  typeof value === 'string'
    ? value.length <= TEXT_MOST
    : ![undefined, OTHER, NONE].includes(value as Made | undefined) && !Array.isArray(value);

/**
 * How many numbers of the memo are taken: what is memoized gets this as its number (Lib/pickle.py, `load_memoize`). A pickle may mix
 * that with numbers of its own choice, and one that is counted wrongly would be taken for another value. @throws Unread
 */
const createTaken = () => {
  // Picklers count from 0 or 1: what follows one upon the other is known by its ends.
  let [first, next] = [0, 0];
  const scattered = new Set<number>();
  return {
    count: (): number => next - first + scattered.size,
    note: (index: number): void => {
      if (first === next) [first, next] = [index, index];
      if (index === next) {
        do next += 1;
        while (scattered.delete(next));
      } else if (index < first || index > next) scattered.add(index);
      if (scattered.size > SCATTERED_MOST) unread('numbers its values in a way that a check does not follow');
    },
  };
};

/** Of a pickle that begins; however deep it grows, only so much of it is kept. */
export const createPickleStack = (): PickleStack => {
  let stack: (Value | typeof MARK)[] = [];
  const memo = new Map<number, Value>();
  const taken = createTaken();

  const grow = (value: Value | typeof MARK): void => {
    if (stack.length >= DEPTH_MOST) stack = stack.slice(DEPTH_MOST / 2);
    stack.push(value);
  };
  const pop = (): Value => {
    const value = stack.pop();
    return value === MARK ? undefined : value;
  };
  const top = (): Value => {
    const value = stack.at(-1);
    return value === MARK ? undefined : value;
  };
  const put = (index: number): void => {
    taken.note(index);
    const value = top();
    if (isKept(value) && memo.size < MEMO_MOST) memo.set(index, value);
    else memo.delete(index);
  };
  return {
    push: grow,
    mark: () => grow(MARK),
    pop,
    top,
    popToMark: () => {
      const at = stack.lastIndexOf(MARK);
      const above = stack.splice(Math.max(at, 0)).slice(at < 0 ? 0 : 1);
      return above as Value[];
    },
    put,
    memoize: () => put(taken.count()),
    get: (index) => memo.get(index),
  };
};
