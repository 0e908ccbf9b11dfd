/* lib/counting: numbers that are counted as things happen, with labels. */

/** So often something has happened, told apart by labels. */
export interface Count<Label extends string = string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly value: number;
}

/** Counts in memory, since it was made. */
export interface Counter<Label extends string = string> {
  readonly add: (labels: Readonly<Record<Label, string>>, by?: number) => void;
  /** Those that were named at first, then the others as they came. */
  readonly counts: () => readonly Count<Label>[];
}

/** More than any label here has values: what would grow for ever is left out instead. */
const SERIES_MOST = 1000;

/**
 * @param labels in the order in which they are told
 * @param known counted as zero before they happen: nobody sees something grow that begins with one
 */
export const createCounter = <Label extends string>(
  labels: readonly Label[],
  known: readonly Readonly<Record<Label, string>>[] = [],
): Counter<Label> => {
  const series = new Map<string, { readonly labels: Readonly<Record<Label, string>>; value: number }>();
  const add: Counter<Label>['add'] = (given, by = 1) => {
    const key = labels.map((label) => given[label]).join('\n');
    const one = series.get(key);
    if (one) one.value += by;
    else if (series.size < SERIES_MOST) series.set(key, { labels: given, value: by });
  };
  for (const one of known) add(one, 0);
  return { add, counts: () => [...series.values()].map((one) => ({ ...one })) };
};
