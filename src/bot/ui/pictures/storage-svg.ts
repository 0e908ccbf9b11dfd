import { heightOf, numberPath, widthOf } from './digits.ts';
import { type Area, treemap } from './treemap.ts';

/** A day and what was fetched on it. */
export interface DayBar {
  /** Of its month. */
  readonly day: number;
  readonly bytes: number;
}

export interface StoragePicture {
  /** What takes room, the largest first. Each has its number, from 1 on, save for the last one of several: all that is smaller. */
  readonly tiles: readonly { readonly bytes: number; readonly isRest: boolean }[];
  /** The oldest first. */
  readonly days: readonly DayBar[];
}

const [WIDTH, HEIGHT] = [800, 760];
const MAP: Area = { x: 16, y: 16, width: WIDTH - 32, height: 480 };
const BARS: Area = { x: 16, y: 528, width: WIDTH - 32, height: 180 };
const GAP = 4;
/** Told apart in grey as well. */
const COLOURS = ['#2f6fb0', '#4f9a6b', '#b0702f', '#7a5aa8', '#3d8f96', '#a84f6a'] as const;
const [REST, INK, PAPER, BAR, LINE] = ['#8a9099', '#ffffff', '#f6f7f9', '#2f6fb0', '#c9ced6'];
const [SMALLEST_CELL, LARGEST_CELL] = [3, 9];
const DAY_CELL = 3;
/** So many days have a number of their own. */
const EACH_DAYS = 5;

const px = (value: number): string => value.toFixed(1);
const rect = ({ x, y, width, height }: Area, fill: string): string =>
  `<rect x="${px(x)}" y="${px(y)}" width="${px(Math.max(0, width))}" height="${px(Math.max(0, height))}" rx="3" fill="${fill}"/>`;

const tile = (area: Area, at: number, isRest: boolean): string => {
  const inner = { x: area.x, y: area.y, width: area.width - GAP, height: area.height - GAP };
  const fill = isRest ? REST : (COLOURS[at % COLOURS.length] ?? REST);
  const number = at + 1;
  const room = Math.min(inner.width / widthOf(number, 2), inner.height / heightOf(2));
  const cell = Math.min(LARGEST_CELL, Math.floor(room));
  if (isRest || cell < SMALLEST_CELL) return rect(inner, fill);
  const x = inner.x + (inner.width - widthOf(number, cell)) / 2;
  const y = inner.y + (inner.height - heightOf(cell)) / 2;
  return `${rect(inner, fill)}<path d="${numberPath(number, x, y, cell)}" fill="${INK}"/>`;
};

const bars = (days: readonly DayBar[]): string => {
  const most = Math.max(1, ...days.map(({ bytes }) => bytes));
  const step = BARS.width / Math.max(1, days.length);
  const drawn = days.map(({ day, bytes }, at) => {
    const height = bytes > 0 ? Math.max(2, (bytes / most) * BARS.height) : 0;
    const x = BARS.x + at * step;
    const bar = rect({ x, y: BARS.y + BARS.height - height, width: step - GAP, height }, BAR);
    const isNamed = (days.length - 1 - at) % EACH_DAYS === 0;
    const left = x + (step - GAP - widthOf(day, DAY_CELL)) / 2;
    const label = `<path d="${numberPath(day, left, BARS.y + BARS.height + 12, DAY_CELL)}" fill="${REST}"/>`;
    return `${height > 0 ? bar : ''}${isNamed ? label : ''}`;
  });
  const line = rect({ x: BARS.x, y: BARS.y + BARS.height + 2, width: BARS.width, height: 2 }, LINE);
  return `${drawn.join('')}${line}`;
};

/** The picture as an SVG: numbers only, which the words beside it explain. Nothing that somebody has named stands in it. */
export const storageSvg = ({ tiles, days }: StoragePicture): string => {
  const areas = treemap(
    tiles.map(({ bytes }) => bytes),
    MAP,
  );
  const drawn = areas.map((area, at) => tile(area, at, tiles[at]?.isRest ?? false));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><rect width="${WIDTH}" height="${HEIGHT}" fill="${PAPER}"/>${drawn.join('')}${bars(days)}</svg>`;
};
