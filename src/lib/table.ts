/**
 * A table in which texts from elsewhere are looked up: file names, words that people type, what a Hub says. It holds its own
 * keys and nothing else, where an object would have an answer for `constructor`.
 */
export const table = <Value>(entries: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
  Object.assign<Record<string, Value>, Readonly<Record<string, Value>>>(
    Object.create(null) as Record<string, Value>,
    entries,
  );
