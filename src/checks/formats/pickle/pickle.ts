/* checks/formats/pickle: pickles are read opcode by opcode, and nothing of them is run. */

import type { Cursor } from '../../bytes/cursor.ts';
import { broken, unread } from '../../bytes/fault.ts';
import { integer, memoIndex, quoted, readLine, readText, signedLength, smallLong, unescaped } from './arguments.ts';
import { called, isWrapper, newOf, passArray, setFields } from './joblib.ts';
import { createPickleStack, type Import, NONE, OTHER, type PickleStack, type Value } from './stack.ts';
import { createStorages, type Storages } from './torch-storages.ts';

/** What pickles of a file would do, found out without doing it; also of one that breaks off. */
export interface Imports {
  /** `module.name` of what is imported; undefined among them: it works a name out while it is loaded. */
  readonly names: Set<string | undefined>;
  /** Something is called, as nearly all do: what is imported is not merely loaded. */
  calls: boolean;
}

/** A pickle that was read to its end. */
export interface Pickle {
  readonly opcodes: number;
  /** Tensors that lie elsewhere, by their keys. */
  readonly storages: Storages;
  /** Arrays in the middle of it, as joblib writes them: another program would read on where they begin. */
  readonly arrays: number;
}

/** Some seconds; larger ones hold their numbers as objects, which no loader of models writes. */
const OPCODES_MOST = 20_000_000;
const IMPORTS_MOST = 1000;

interface Scan {
  readonly cursor: Cursor;
  readonly stack: PickleStack;
  readonly imports: Imports;
  readonly storages: Storages;
  /** Whether arrays in the middle of it are passed over; from the import on that says that some may come, it is so or left. */
  readonly isJoblib: boolean;
  mayHaveArrays: boolean;
  arrays: number;
}

const imported = (scan: Scan, name: string | undefined): Import => {
  scan.imports.names.add(name);
  if (scan.imports.names.size > IMPORTS_MOST) unread('imports more than a check looks at');
  scan.mayHaveArrays ||= scan.isJoblib && isWrapper(name);
  return { name };
};

const joined = (module: Value, name: Value): string | undefined =>
  typeof module === 'string' && typeof name === 'string' ? `${module}.${name}` : undefined;

/** The last two values, in the order in which they were put there. */
const popTwo = ({ stack }: Scan): [Value, Value] => {
  const last = stack.pop();
  return [stack.pop(), last];
};

const call =
  (make: (scan: Scan) => Value): Step =>
  (scan) => {
    scan.imports.calls = true;
    scan.stack.push(make(scan));
  };

/** Gives an object what belongs to it. */
const build: Step = (scan) => {
  const { stack, cursor, imports } = scan;
  imports.calls = true;
  const state = stack.pop();
  if (!scan.mayHaveArrays) return;
  // Objects in an array are read by Python's own unpickler, which knows of no arrays.
  if (!passArray(cursor, stack.top(), state, () => void readPickle(cursor, imports))) return;
  scan.arrays += 1;
  stack.pop();
  stack.push(OTHER);
};

const setOfNames = (names: string): readonly number[] => Array.from(names, (name) => name.charCodeAt(0));

type Step = (scan: Scan) => void;

const skipping =
  (lengthOf: (cursor: Cursor) => number): Step =>
  ({ cursor, stack }) => {
    cursor.skip(lengthOf(cursor));
    stack.push(undefined);
  };
const pushing =
  (read: (cursor: Cursor) => Value): Step =>
  ({ cursor, stack }) =>
    stack.push(read(cursor));
const text =
  (lengthOf: (cursor: Cursor) => number): Step =>
  ({ cursor, stack }) =>
    stack.push(readText(cursor, lengthOf(cursor)));

const tuple =
  (length: number): Step =>
  ({ stack }) => {
    const values = Array.from({ length }, stack.pop);
    stack.push(values.toReversed());
  };

const toMark: Step = ({ stack }) => {
  stack.popToMark();
  stack.push(undefined);
};
const dropToMark: Step = ({ stack }) => void stack.popToMark();
const setToMark: Step = ({ stack }) => setFields(stack, stack.popToMark());

const byCode = (...steps: readonly (readonly [codes: readonly number[], step: Step])[]): ReadonlyMap<number, Step> =>
  new Map(steps.flatMap(([codes, step]) => codes.map((code) => [code, step] as const)));

/** What each opcode takes from the file and does to the stack: Lib/pickletools.py. */
const STEPS = byCode(
  [setOfNames('('), ({ stack }) => stack.mark()],
  [setOfNames(')'), ({ stack }) => stack.push([])],
  [setOfNames('0'), ({ stack }) => void stack.pop()],
  [setOfNames('1e'), dropToMark],
  [setOfNames('u'), setToMark],
  [[0x90], dropToMark],
  [setOfNames('2'), ({ stack }) => stack.push(stack.top())],
  [setOfNames('F'), pushing((cursor) => void readLine(cursor))],
  [setOfNames('IL'), pushing((cursor) => integer(readLine(cursor)))],
  [setOfNames('S'), pushing((cursor) => quoted(readLine(cursor)))],
  [setOfNames('V'), pushing((cursor) => unescaped(readLine(cursor)))],
  [setOfNames('G'), skipping(() => 8)],
  [setOfNames('J'), pushing((cursor) => cursor.i32())],
  [setOfNames('K'), pushing((cursor) => cursor.u8())],
  [setOfNames('M'), pushing((cursor) => cursor.u16())],
  [setOfNames('N'), pushing(() => NONE)],
  [setOfNames(']'), pushing(() => undefined)],
  [
    setOfNames('}'),
    ({ stack, mayHaveArrays }) => stack.push(mayHaveArrays ? { fields: new Map(), isLost: false } : undefined),
  ],
  [[0x88, 0x89, 0x8f, 0x97], pushing(() => undefined)],
  [setOfNames('P'), ({ cursor, stack }) => stack.push(void readLine(cursor))],
  [
    setOfNames('Q'),
    ({ stack, storages }) => {
      storages.note(stack.pop());
      stack.push(undefined);
    },
  ],
  [setOfNames('R'), call((scan) => called(...popTwo(scan)))],
  [[0x81], call((scan) => newOf(popTwo(scan)[0]))],
  [[0x92], call(({ stack }) => newOf([stack.pop(), stack.pop(), stack.pop()][2]))],
  [
    setOfNames('o'),
    call(({ stack }) => {
      const [made, ...args] = stack.popToMark();
      return called(made, args);
    }),
  ],
  [setOfNames('b'), build],
  [setOfNames('T'), text(signedLength)],
  [setOfNames('U'), text((cursor) => cursor.u8())],
  [setOfNames('X'), text((cursor) => cursor.u32())],
  [[0x8c], text((cursor) => cursor.u8())],
  [[0x8d], text((cursor) => cursor.u64())],
  [setOfNames('B'), skipping((cursor) => cursor.u32())],
  [setOfNames('C'), skipping((cursor) => cursor.u8())],
  [[0x8e, 0x96], skipping((cursor) => cursor.u64())],
  [[0x8b], skipping(signedLength)],
  [[0x8a], pushing(smallLong)],
  [setOfNames('a'), ({ stack }) => void stack.pop()],
  [
    setOfNames('s'),
    (scan) => {
      const pair = popTwo(scan);
      setFields(scan.stack, pair);
    },
  ],
  [
    setOfNames('c'),
    (scan) => {
      const module = readLine(scan.cursor);
      scan.stack.push(imported(scan, joined(module, readLine(scan.cursor))));
    },
  ],
  [
    setOfNames('i'),
    (scan) => {
      const module = readLine(scan.cursor);
      const made = imported(scan, joined(module, readLine(scan.cursor)));
      call(({ stack }) => called(made, stack.popToMark()))(scan);
    },
  ],
  [
    [0x93],
    (scan) => {
      const name = scan.stack.pop();
      scan.stack.push(imported(scan, joined(scan.stack.pop(), name)));
    },
  ],
  // What such a number means is agreed upon elsewhere.
  [[0x82], extension((cursor) => cursor.u8())],
  [[0x83], extension((cursor) => cursor.u16())],
  [[0x84], extension((cursor) => cursor.i32())],
  [setOfNames('dl'), toMark],
  [[0x91], toMark],
  [setOfNames('t'), ({ stack }) => stack.push(stack.popToMark())],
  [[0x85], tuple(1)],
  [[0x86], tuple(2)],
  [[0x87], tuple(3)],
  [setOfNames('g'), ({ cursor, stack }) => stack.push(stack.get(memoIndex(cursor)))],
  [setOfNames('h'), ({ cursor, stack }) => stack.push(stack.get(cursor.u8()))],
  [setOfNames('j'), ({ cursor, stack }) => stack.push(stack.get(cursor.u32()))],
  [setOfNames('p'), ({ cursor, stack }) => stack.put(memoIndex(cursor))],
  [setOfNames('q'), ({ cursor, stack }) => stack.put(cursor.u8())],
  [setOfNames('r'), ({ cursor, stack }) => stack.put(cursor.u32())],
  [[0x80], ({ cursor }) => cursor.skip(1)],
  [[0x94], ({ stack }) => stack.memoize()],
  [[0x95], ({ cursor }) => void cursor.u64()],
  [[0x98], () => undefined],
);

function extension(codeOf: (cursor: Cursor) => number): Step {
  return (scan) => {
    const code = codeOf(scan.cursor);
    scan.stack.push(imported(scan, `copyreg extension ${code}`));
  };
}

const STOP = '.'.charCodeAt(0);

/**
 * Reads one pickle to its end, opcode by opcode, and runs nothing of it.
 * @param cursor at its beginning; behind its last opcode afterwards
 * @param imports what it would import is added to it
 * @param isJoblib arrays stand in the middle of it, where it says so in joblib's way
 * @throws Fault or Unread
 */
export const readPickle = (cursor: Cursor, imports: Imports, isJoblib = false): Pickle => {
  const storages = createStorages();
  const arrays = { isJoblib, mayHaveArrays: false, arrays: 0 };
  const scan: Scan = { cursor, stack: createPickleStack(), imports, storages, ...arrays };
  for (let opcodes = 1; ; opcodes += 1) {
    const code = cursor.u8();
    if (code === STOP) return { opcodes, storages, arrays: scan.arrays };
    const step = STEPS.get(code) ?? broken(`has no pickle’s opcode at byte ${cursor.at() - 1}`);
    step(scan);
    if (opcodes > OPCODES_MOST) unread('is a longer pickle than a check reads');
  }
};
