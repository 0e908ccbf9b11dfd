import { type MemoryFit, memoryFit } from '../memory.ts';
import type { Picker } from './add-choices.ts';

type Choice = Picker['choices'][number];

/** What is in the way of a choice, or speaks for it: the disk first, without which nothing else counts. */
export type ChoiceFit = 'disk' | MemoryFit;

/** Whether a choice fits on the disk, and where it can be loaded; undefined: it fits, and the memory is not known. */
export const fitOf = (
  { totalBytes, weightBytes = totalBytes }: Choice,
  { freeBytes, memory }: Pick<Picker, 'freeBytes' | 'memory'>,
): ChoiceFit | undefined => {
  if (totalBytes > freeBytes) return 'disk';
  return memory && memoryFit(memory, weightBytes);
};

const isInTheWay = (fit: ChoiceFit | undefined): boolean => fit === 'disk' || fit === 'none';

/** What the choices of a picker come to together. */
export interface PickerFit {
  /** In the order of the choices. */
  readonly fits: readonly (ChoiceFit | undefined)[];
  /** The usual choice does not fit. */
  readonly usualIsTooLarge: boolean;
  /** Of those that fit the one that is most like the original; undefined: none does. */
  readonly largest: Choice | undefined;
}

/** Which of the choices fit here. */
export const pickerFit = (picker: Picker): PickerFit => {
  const fits = picker.choices.map((choice) => fitOf(choice, picker));
  const fitting = picker.choices.filter((_, at) => !isInTheWay(fits[at]));
  return {
    fits,
    usualIsTooLarge: picker.choices.some(({ label }, at) => label === picker.suggested && isInTheWay(fits[at])),
    largest: fitting.toSorted((a, b) => b.totalBytes - a.totalBytes)[0],
  };
};
