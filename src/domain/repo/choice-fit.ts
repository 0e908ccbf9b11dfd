import { type Memory, type MemoryFit, memoryFit } from '../memory.ts';

/** One of several, as far as its size matters. */
export interface SizedChoice {
  readonly label: string;
  /** Undefined: nobody knows. */
  readonly totalBytes?: number | undefined;
  /** Of these, what is loaded into memory; all if not given. */
  readonly weightBytes?: number | undefined;
}

/** What there is to choose from, and the machine on which it has to fit. */
export interface SizedChoices {
  readonly choices: readonly SizedChoice[];
  readonly suggested?: string | undefined;
  readonly freeBytes: number;
  /** Undefined: not known. */
  readonly memory?: Memory | undefined;
}

/** What is in the way of a choice, or speaks for it: the disk first, without which nothing else counts. */
export type ChoiceFit = 'disk' | MemoryFit;

/** Whether a choice fits on the disk, and where it can be loaded; undefined: nothing is in the way so far as is known. */
export const fitOf = (
  { totalBytes, weightBytes = totalBytes }: SizedChoice,
  { freeBytes, memory }: Pick<SizedChoices, 'freeBytes' | 'memory'>,
): ChoiceFit | undefined => {
  if (totalBytes === undefined || weightBytes === undefined) return undefined;
  if (totalBytes > freeBytes) return 'disk';
  return memory && memoryFit(memory, weightBytes);
};

const isInTheWay = (fit: ChoiceFit | undefined): boolean => fit === 'disk' || fit === 'none';

/** What the choices come to together. */
export interface FitOfAll {
  /** In the order of the choices. */
  readonly fits: readonly (ChoiceFit | undefined)[];
  /** The usual choice does not fit. */
  readonly usualIsTooLarge: boolean;
  /** Of those that fit the one that is most like the original; undefined: none does. */
  readonly largest: SizedChoice | undefined;
}

/** Which of the choices fit here. */
export const fitOfAll = (asked: SizedChoices): FitOfAll => {
  const fits = asked.choices.map((choice) => fitOf(choice, asked));
  const fitting = asked.choices.filter((_, at) => !isInTheWay(fits[at]));
  return {
    fits,
    usualIsTooLarge: asked.choices.some(({ label }, at) => label === asked.suggested && isInTheWay(fits[at])),
    largest: fitting.toSorted((a, b) => (b.totalBytes ?? 0) - (a.totalBytes ?? 0))[0],
  };
};
