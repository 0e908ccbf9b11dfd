/** Half-open: `end` is the first byte that is not sent. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a Range header for a file of this size.
 * @returns undefined for the whole file (no header, several ranges, another unit, nonsense), `unsatisfiable` for 416
 */
export const readRange = (header: string | undefined, size: number): Span | 'unsatisfiable' | undefined => {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, first = '', last = ''] = found ?? [];
  if (!found || (first === '' && last === '')) return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
};
