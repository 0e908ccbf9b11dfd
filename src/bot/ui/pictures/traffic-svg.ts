import { lettering } from './strokes.ts';

/** How fast something came in a quarter of an hour. */
export interface SpeedBar {
  readonly bytesPerSecond: number;
  /** `18:00`, where the axis names it. */
  readonly label?: string | undefined;
}

const [WIDTH, HEIGHT] = [800, 420];
const PLOT = { x: 100, y: 62, width: 676, height: 294 } as const;
const LETTERS = 25;
const GAP = 1.5;
const [PAPER, BAR, LINE, INK] = ['#f6f7f9', '#2f6fb0', '#d5d9df', '#59616b'];

const UNITS = [
  { unit: 'TB/s', bytes: 1e12 },
  { unit: 'GB/s', bytes: 1e9 },
  { unit: 'MB/s', bytes: 1e6 },
  { unit: 'kB/s', bytes: 1e3 },
  { unit: 'B/s', bytes: 1 },
] as const;

/** The smallest of 1, 2, 4, 6, 8, 10, 20, 40, … that is not less: halves of these are short as well. */
const roundAbove = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 6, 8].find((step) => step * power >= value) ?? 10) * power;
};

/** Where the axis ends, and what stands at its middle and there. @param fastest in bytes per second, above zero */
export const speedAxis = (
  fastest: number,
): { readonly top: number; readonly unit: string; readonly labels: readonly [string, string] } => {
  const { unit, bytes } = UNITS.find((each) => fastest >= each.bytes) ?? UNITS[4];
  const top = roundAbove(Math.max(1, fastest / bytes));
  return { top: top * bytes, unit, labels: [String(top / 2), String(top)] };
};

const px = (value: number): string => value.toFixed(1);

const level = (share: number, text: string): string => {
  const y = PLOT.y + PLOT.height * (1 - share);
  const line = `<rect x="${PLOT.x}" y="${px(y - 1)}" width="${PLOT.width}" height="2" fill="${LINE}"/>`;
  const name = { text, x: PLOT.x - 14, y: y - LETTERS / 2, height: LETTERS, colour: INK, anchor: 'end' } as const;
  return line + lettering(name);
};

/** A day of speeds as an SVG, the oldest first. Nothing that somebody has named stands in it. */
export const trafficSvg = (bars: readonly SpeedBar[]): string => {
  const { top, unit, labels } = speedAxis(Math.max(1, ...bars.map(({ bytesPerSecond }) => bytesPerSecond)));
  const step = PLOT.width / Math.max(1, bars.length);
  const bottom = PLOT.y + PLOT.height;
  const drawn = bars.map(({ bytesPerSecond, label }, at) => {
    const x = PLOT.x + at * step;
    const height = bytesPerSecond > 0 ? Math.max(3, (bytesPerSecond / top) * PLOT.height) : 0;
    const bar = `<rect x="${px(x)}" y="${px(bottom - height)}" width="${px(step - GAP)}" height="${px(height)}" fill="${BAR}"/>`;
    if (label === undefined) return height > 0 ? bar : '';
    const mark = `<rect x="${px(x - 1)}" y="${px(bottom)}" width="2" height="9" fill="${INK}"/>`;
    const name = { text: label, x, y: bottom + 20, height: LETTERS, colour: INK, anchor: 'middle' } as const;
    return (height > 0 ? bar : '') + mark + lettering(name);
  });
  const unitName = { text: unit, x: PLOT.x, y: 16, height: LETTERS, colour: INK, anchor: 'start' } as const;
  const levels = [lettering(unitName), level(0, '0'), level(0.5, labels[0]), level(1, labels[1])].join('');
  const base = `<rect x="${PLOT.x}" y="${px(bottom - 1)}" width="${PLOT.width}" height="2" fill="${INK}"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><rect width="${WIDTH}" height="${HEIGHT}" fill="${PAPER}"/>${levels}${drawn.join('')}${base}</svg>`;
};
