/** Five rows of three cells each: a machine need not have any font, and a picture looks the same on all. */
const CELLS = [
  '111101101101111',
  '010110010010111',
  '111001111100111',
  '111001111001111',
  '101101111001001',
  '111100111001111',
  '111100111101111',
  '111001001001001',
  '111101111101111',
  '111101111001111',
] as const;
const [COLUMNS, ROWS] = [3, 5];

/** How wide a number is if each of its cells is so large. */
export const widthOf = (value: number, cell: number): number => (String(value).length * (COLUMNS + 1) - 1) * cell;
/** And how high. */
export const heightOf = (cell: number): number => ROWS * cell;

/** A whole number above zero as the path of an SVG. @param x its left side; @param y its upper side */
export const numberPath = (value: number, x: number, y: number, cell: number): string =>
  Array.from(String(value))
    .flatMap((digit, index) =>
      Array.from(CELLS[Number(digit)] ?? '').flatMap((bit, at) => {
        if (bit === '0') return [];
        const left = x + (index * (COLUMNS + 1) + (at % COLUMNS)) * cell;
        const top = y + Math.floor(at / COLUMNS) * cell;
        return [`M${left.toFixed(1)} ${top.toFixed(1)}h${cell}v${cell}h-${cell}z`];
      }),
    )
    .join('');
