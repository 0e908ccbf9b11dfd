import { open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '../../playground/hub/sample-hub.ts';
import { createDice, type Dice } from '../helpers/dice.ts';
import { type ChunksBench, MIB, openChunks, type Part, TAKES, WAS_WRONG, WEIGHTS } from './chunks-bench.ts';

/*
 * A file and what became of it, made up by a number: random edits, and something that goes wrong. Whatever that is, the new
 * file must lie there as it should, put together of chunks or fetched whole.
 */

/** A stretch of a seed's bytes. */
interface Stretch {
  readonly seed: string;
  readonly from: number;
  readonly size: number;
  readonly like: 'noise' | 'numbers';
}

const KB = 1024;

/** How large all of it is, in bytes. */
interface Scale {
  /** Files from this size on are asked about; an old file is a little larger, and cut to no less. */
  readonly from: number;
  /** The longest of what is done to it at once. */
  readonly edit: number;
}

/** As it is where nobody says from which size on it is asked. */
export const USUAL: Scale = { from: 8 * MIB, edit: 3 * MIB };
/** Less to compute: chunks are as long, and fewer. */
export const SMALLER: Scale = { from: 2 * MIB, edit: MIB };

const leastOf = ({ from }: Scale): number => from + from / 8;

const fresh = (dice: Dice, size: number): Stretch => ({
  seed: `s${dice(1_000_000_000)}`,
  from: 0,
  size,
  like: dice(3) === 0 ? 'numbers' : 'noise',
});

const sizeOf = (stretches: readonly Stretch[]): number => stretches.reduce((sum, { size }) => sum + size, 0);

/** The bytes `[start, end)`. */
const slice = (stretches: readonly Stretch[], start: number, end: number): Stretch[] => {
  let begin = 0;
  return stretches.flatMap((stretch) => {
    const [first, last] = [Math.max(start, begin) - begin, Math.min(end, begin + stretch.size) - begin];
    begin += stretch.size;
    return first < last ? [{ ...stretch, from: stretch.from + first, size: last - first }] : [];
  });
};

type Edit = (stretches: readonly Stretch[], dice: Dice) => Stretch[];

const put = (stretches: readonly Stretch[], at: number, more: readonly Stretch[], gone = 0): Stretch[] => [
  ...slice(stretches, 0, at),
  ...more,
  ...slice(stretches, at + gone, sizeOf(stretches)),
];

const editsOf = (scale: Scale): readonly Edit[] => {
  /** From a few bytes to the most, small ones as often as large ones. */
  const someBytes = (dice: Dice): number => 1 + dice([300, 20 * KB, 200 * KB, scale.edit][dice(4)] ?? 1);
  return [
    // Put in.
    (all, dice) => put(all, dice(sizeOf(all)), [fresh(dice, someBytes(dice))]),
    // Taken out.
    (all, dice) => put(all, dice(sizeOf(all)), [], someBytes(dice)),
    // Replaced by as many.
    (all, dice) => {
      const bytes = someBytes(dice);
      return put(all, dice(Math.max(1, sizeOf(all) - bytes)), [fresh(dice, bytes)], bytes);
    },
    // A header of another length.
    (all, dice) => put(all, 0, [fresh(dice, 1 + dice(2000))], dice(2000)),
    // Moved to another place.
    (all, dice) => {
      const at = dice(sizeOf(all));
      const moved = slice(all, at, at + someBytes(dice));
      return put(put(all, at, [], sizeOf(moved)), dice(sizeOf(all)), moved);
    },
    // There twice.
    (all, dice) => {
      const at = dice(sizeOf(all));
      return put(all, dice(sizeOf(all)), slice(all, at, at + someBytes(dice)));
    },
    // More at the end, or less.
    (all, dice) =>
      dice(2) === 0
        ? [...all, fresh(dice, someBytes(dice))]
        : slice(all, 0, Math.max(leastOf(scale), sizeOf(all) - someBytes(dice))),
    // Another file altogether.
    (all, dice) => (dice(4) === 0 ? [fresh(dice, sizeOf(all))] : [...all]),
  ];
};

interface Told {
  offset_into_first_range: unknown;
  terms: { hash: string; unpacked_length: unknown; range: { start: number; end: number } }[];
}

/** Lies that a reconstruction may be. */
const LIES: readonly ((told: Told, dice: Dice) => unknown)[] = [
  ({ terms }, dice) => ({ terms: terms.toSpliced(dice(terms.length), 1) }),
  ({ terms }) => ({ terms: terms.toReversed() }),
  ({ terms }) => ({ terms: [...terms, ...terms] }),
  () => ({ terms: [] }),
  ({ terms }, dice) => {
    const at = dice(terms.length);
    const other = terms[at]?.unpacked_length;
    return { terms: terms.with(at, { ...terms[at]!, unpacked_length: Number(other) + dice(3) - 1 }) };
  },
  ({ terms }, dice) => {
    const wrong = [1e15, -1, 0, Number.NaN, '7', 2 ** 53, null][dice(7)];
    return { terms: terms.map((term) => ({ ...term, unpacked_length: wrong })) };
  },
  ({ terms }, dice) => {
    const by = 1 + dice(3);
    return {
      terms: terms.map((term) => ({ ...term, range: { start: term.range.start + by, end: term.range.end + by } })),
    };
  },
  ({ terms }) => ({
    terms: terms.map((term) => ({ ...term, range: { start: term.range.end, end: term.range.start } })),
  }),
  ({ terms }) => ({ terms: terms.map((term) => ({ ...term, range: { start: 0, end: 2 ** 40 } })) }),
  ({ terms }) => ({ terms: terms.map((term) => ({ ...term, hash: 'a'.repeat(64) })) }),
  ({ terms }) => ({ terms: Array.from({ length: 200_000 }, () => terms[0]) }),
  () => ({ offset_into_first_range: 12_345 }),
  () => ({ terms: { length: 5 } }),
];

const lie = (dice: Dice): Fault => ({
  kind: 'rewritten',
  host: 'cas',
  ...(dice(2) === 0 ? { times: 1, after: dice(2) } : {}),
  rewrite: (body) => {
    const told = JSON.parse(body) as Told;
    const change = LIES[dice(LIES.length)]?.(told, dice);
    return JSON.stringify({ ...told, ...(change as object) });
  },
});

/** What goes wrong at the storage may do so for ever; what goes wrong where the bytes are does so now and then. */
const faultOf = (dice: Dice, { from }: Scale): Fault | undefined => {
  const offset = dice(from);
  const bytes = 1 + dice(from / 4);
  const status = [400, 401, 403, 404, 416, 429, 500, 503][dice(8)] ?? 500;
  const now = { times: 1 + dice(2), after: dice(3) };
  const faults: readonly (Fault | undefined)[] = [
    undefined,
    lie(dice),
    lie(dice),
    { kind: 'status', host: 'cas', status, ...(dice(2) === 0 ? { times: 1 } : {}) },
    { kind: 'rate_limited', host: 'cas', headers: { 'Retry-After': '600' } },
    { kind: 'reset', host: 'cas', ...(dice(2) === 0 ? { times: 1 } : {}) },
    { kind: 'html', host: 'cas' },
    { kind: 'rewritten', host: 'cas', rewrite: (body) => body.slice(0, dice(body.length)) },
    { kind: 'status', path: 'xet-read-token', status },
    { kind: 'rewritten', path: 'xet-read-token', rewrite: () => '{"accessToken":7}' },
    { kind: 'corrupt', host: 'cdn', offset, times: 1 },
    { kind: 'reset_after', host: 'cdn', bytes, ...now },
    { kind: 'short_body', host: 'cdn', missing: 1 + dice(1000), ...now },
    { kind: 'wrong_range', host: 'cdn', ...now },
    { kind: 'ignore_range', host: 'cdn', ...now },
    { kind: 'expired', host: 'cdn', ...now },
  ];
  return faults[dice(faults.length)];
};

/** What may happen to the old file on the disk, unseen. */
const spoil = async (place: string, dice: Dice, { from }: Scale): Promise<string | undefined> => {
  const how = dice(12);
  if (how > 1) return undefined;
  const file = await open(place, 'r+');
  try {
    const { size } = await file.stat();
    if (how === 0) await file.write(Buffer.from('another'), 0, 7, dice(size - 7));
  } finally {
    await file.close();
  }
  if (how === 1) await truncate(place, from + dice(from / 8));
  return how === 0 ? 'some bytes of the old file are others' : 'the old file is shorter';
};

export interface PairResult {
  readonly isRight: boolean;
  /** How the new file came: put together with what was here, or all of it over the network, at once or after that was wrong. */
  readonly came: 'inChunks' | 'whole' | 'wholeAfterAll';
  /** Of the new file. */
  readonly size: number;
  /** All that was sent since the new revision came. */
  readonly fetched: number;
  /** What went wrong, in a word, and in a few. */
  readonly kind: string;
  readonly fault: string;
}

const update = async (
  bench: ChunksBench,
  stretches: readonly Stretch[],
  dice: Dice,
  scale: Scale,
): Promise<PairResult> => {
  await bench.get();
  const { commit } = bench.job();
  const place = join(bench.cacheDir, 'models--org--chunked', 'snapshots', commit, WEIGHTS);
  await bench.move({ [WEIGHTS]: stretches });
  const spoilt = await spoil(place, dice, scale);
  const fault = faultOf(dice, scale);
  if (fault) bench.hub.setFault(fault);
  bench.fetched();
  await bench.get();
  const { kind = 'nothing', ...more } = fault ?? {};
  const { said } = bench;
  return {
    isRight: await bench.isRight(),
    came: said.includes(WAS_WRONG) ? 'wholeAfterAll' : said.includes(TAKES) ? 'inChunks' : 'whole',
    size: sizeOf(stretches),
    fetched: bench.fetched(),
    kind: spoilt ?? kind,
    fault: `${spoilt ?? ''} ${kind} ${JSON.stringify(more)}`.trim(),
  };
};

/**
 * Makes up a pair, has the old file here, and updates to the new one.
 * @param seed 1 or more: the same number, the same pair and the same fault, as long as the scale is the same
 * @throws what the update fails with
 */
export const tryPair = async (seed: number, scale: Scale): Promise<PairResult> => {
  const { from } = scale;
  const dice = createDice(Math.imul(seed, 0x9e3779b1) | 1);
  const old = Array.from({ length: 1 + dice(4) }, () => fresh(dice, from / 8 + dice((from * 3) / 8)));
  const missing = leastOf(scale) - sizeOf(old);
  if (missing > 0) old.push(fresh(dice, missing + dice(from / 8)));
  const edits = editsOf(scale);
  let edited: Stretch[] = old;
  for (let left = 1 + dice(6); left > 0; left -= 1) edited = edits[dice(edits.length)]?.(edited, dice) ?? edited;
  const parts = (stretches: readonly Stretch[]): readonly Part[] => stretches;
  const cas = { xorbBytes: [MIB, 8 * MIB, 64 * MIB][dice(3)] ?? MIB };
  const bench = await openChunks({ [WEIGHTS]: parts(old) }, {}, { cas, chunkedFromBytes: from });
  try {
    return await update(bench, edited, dice, scale);
  } finally {
    await bench.close();
  }
};
