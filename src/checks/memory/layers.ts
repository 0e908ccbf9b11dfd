import type { Need } from '../../domain/checks/fits.ts';

/** What a model keeps of a text that it reads or writes. */
export type Kept = Pick<Need, 'bytesPerToken' | 'windowed' | 'contextMost'>;

/** How a model looks back at a text, layer by layer. */
export interface Attention {
  readonly layers: number | undefined;
  /** Numbers that a layer keeps for each token; undefined: nobody can tell. */
  readonly width: (layer: number, isWindowed: boolean) => number | undefined;
  /** Tokens that are kept for a window; undefined: every layer keeps all. */
  readonly window: number | undefined;
  /** Whether a layer looks back so far only. */
  readonly isWindowed: (layer: number) => boolean;
  /** The longest text that it was made for, in tokens. */
  readonly contextMost: number | undefined;
}

/** Of the numbers that a program keeps for each token: half precision, unless somebody asks for another. */
const BYTES = 2;
/** What no model has: a header that says so means something else. */
const LAYERS_MOST = 10_000;
const PER_LAYER_MOST = 10_000_000;

/** A number of things that there are. */
export const whole = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;

/** Layers in turn: all but the last of each so many look back at a window, or all but the first; 0: every one. */
export const inTurn =
  (period: number, isFirstWhole = false) =>
  (layer: number): boolean =>
    period === 0 || (isFirstWhole ? layer % period !== 0 : layer % period < period - 1);

/** The bytes that are kept for each token, for all of a text and for a window of it; without them where nobody can tell. */
export const keptBy = ({ layers = Infinity, width, window, isWindowed, contextMost }: Attention): Kept => {
  const known = contextMost === undefined ? {} : { contextMost };
  if (layers > LAYERS_MOST) return known;
  let [always, within] = [0, 0];
  for (let layer = 0; layer < layers; layer += 1) {
    const isWithin = window !== undefined && isWindowed(layer);
    const numbers = width(layer, isWithin) ?? NaN;
    if (!(numbers >= 0 && numbers <= PER_LAYER_MOST)) return known;
    if (isWithin) within += numbers * BYTES;
    else always += numbers * BYTES;
  }
  if (always + within === 0) return known;
  return {
    ...known,
    bytesPerToken: always,
    ...(window !== undefined && within > 0 ? { windowed: { bytesPerToken: within, tokens: window } } : {}),
  };
};
