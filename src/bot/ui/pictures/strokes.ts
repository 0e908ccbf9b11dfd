import { table } from '../../../lib/table.ts';

/** How high a sign is, in its own units; digits are as wide as two thirds of it. */
const HEIGHT = 6;
/** Between two signs. */
const GAP = 2;

interface Sign {
  readonly width: number;
  /** Lines and arcs of an SVG path, from the upper left corner. */
  readonly path: string;
}

/** Drawn as lines: a machine need not have any font, and a picture looks the same on all. */
const SIGNS = table<Sign>({
  '0': { width: 4, path: 'M2 0Q4 0 4 3Q4 6 2 6Q0 6 0 3Q0 0 2 0Z' },
  '1': { width: 2, path: 'M0 1.4L2 0V6' },
  '2': { width: 4, path: 'M0 1.7Q0 0 2 0Q4 0 4 1.8Q4 2.9 2.7 3.9L0 6H4' },
  '3': { width: 4, path: 'M0.3 0H4L1.9 2.4Q4 2.4 4 4.2Q4 6 2 6Q0.5 6 0 4.9' },
  '4': { width: 4, path: 'M3.1 6V0L0 4.2H4' },
  '5': { width: 4, path: 'M3.7 0H0.5L0.2 2.8Q0.9 2.2 2 2.2Q4 2.2 4 4.1Q4 6 2 6Q0.5 6 0 5' },
  '6': { width: 4, path: 'M3.5 0.6Q3 0 2.2 0Q0 0 0 3.6Q0 6 2 6Q4 6 4 4.1Q4 2.4 2.1 2.4Q0.2 2.4 0 4' },
  '7': { width: 4, path: 'M0 0H4L1.5 6' },
  '8': {
    width: 4,
    path: 'M2 2.7Q0.3 2.7 0.3 1.35Q0.3 0 2 0Q3.7 0 3.7 1.35Q3.7 2.7 2 2.7Q0 2.7 0 4.35Q0 6 2 6Q4 6 4 4.35Q4 2.7 2 2.7Z',
  },
  '9': { width: 4, path: 'M0.5 5.4Q1 6 1.8 6Q4 6 4 2.4Q4 0 2 0Q0 0 0 1.9Q0 3.6 1.9 3.6Q3.8 3.6 4 2' },
  '.': { width: 0.2, path: 'M0 5.8V6' },
  ':': { width: 0.2, path: 'M0 1.9V2.1M0 4.9V5.1' },
  '/': { width: 2.6, path: 'M2.6 -0.4L0 6.6' },
  ' ': { width: 1, path: '' },
  k: { width: 2.8, path: 'M0 0V6M2.6 2.4L0 4.5M1 3.7L2.8 6' },
  s: {
    width: 2.6,
    path: 'M2.5 2.8Q2.1 2.2 1.3 2.2Q0.1 2.2 0.1 3.1Q0.1 3.9 1.3 4.1Q2.6 4.3 2.6 5.1Q2.6 6 1.3 6Q0.3 6 0 5.4',
  },
  B: { width: 3.8, path: 'M0 0V6H2.1Q3.8 6 3.8 4.4Q3.8 2.8 2.1 2.8H0M2 2.8Q3.5 2.8 3.5 1.4Q3.5 0 2 0H0' },
  G: { width: 4.2, path: 'M4 1.3Q3.4 0 2.1 0Q0 0 0 3Q0 6 2.1 6Q4.2 6 4.2 3.4H2.4' },
  M: { width: 4.6, path: 'M0 6V0L2.3 3.8L4.6 0V6' },
  T: { width: 4, path: 'M0 0H4M2 0V6' },
});

const signsOf = (text: string): Sign[] => Array.from(text).flatMap((letter) => SIGNS[letter] ?? []);

interface Lettering {
  /** Digits, `.`, `:`, `/`, a space, and the letters of `kB/s`, `MB/s`, `GB/s` and `TB/s`; others are left out. */
  readonly text: string;
  /** Where it begins, or ends. */
  readonly x: number;
  /** Its upper side. */
  readonly y: number;
  readonly height: number;
  readonly colour: string;
  /** What of it stands at `x`. */
  readonly anchor: 'start' | 'middle' | 'end';
}

/** How wide a text is that is so high. */
const widthOf = (signs: readonly Sign[]): number =>
  signs.reduce((sum, { width }) => sum + width + GAP, signs.length > 0 ? -GAP : 0);

/** A text as lines, for an SVG. */
export const lettering = ({ text, x, y, height, colour, anchor }: Lettering): string => {
  const scale = height / HEIGHT;
  const signs = signsOf(text);
  const before = { start: 0, middle: widthOf(signs) / 2, end: widthOf(signs) }[anchor];
  let at = -before;
  const paths = signs.map(({ width, path }) => {
    const moved = path === '' ? '' : `<path transform="translate(${at.toFixed(2)} 0)" d="${path}"/>`;
    at += width + GAP;
    return moved;
  });
  const look = `fill="none" stroke="${colour}" stroke-width="0.85" stroke-linecap="round" stroke-linejoin="round"`;
  return `<g transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${scale.toFixed(3)})" ${look}>${paths.join('')}</g>`;
};
