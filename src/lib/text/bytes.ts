/* lib/text: texts and numbers, read and written as people do. */

import { table } from '../table.ts';

const UNITS = table<number>({
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
});

const STEPS = [
  { unit: 'TB', bytes: 1e12 },
  { unit: 'GB', bytes: 1e9 },
  { unit: 'MB', bytes: 1e6 },
  { unit: 'kB', bytes: 1e3 },
] as const;

/**
 * Reads a size as people write it: `2GB`, `1.5 MB`, `500`, `64MiB`. Without a unit it is bytes; units are decimal
 * (MB = 10^6) unless written with an `i`. Case does not matter.
 * @returns whole bytes, or undefined if the text is no size
 */
export const parseBytes = (text: string): number | undefined => {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)$/i.exec(text.trim());
  const factor = UNITS[(match?.[2] || 'b').toLowerCase()];
  if (!match || factor === undefined) return undefined;
  const bytes = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
};

/** A size for people, three significant figures at most: `0 B`, `999 B`, `1.5 kB`, `548 MB`, `1.83 GB`. */
export const formatBytes = (bytes: number): string => {
  // 999.5 kB would print as "1000 kB": from there on the next unit reads better.
  const step = STEPS.find((candidate) => bytes >= candidate.bytes * 0.9995);
  if (!step) return `${Math.round(bytes)} B`;
  const value = bytes / step.bytes;
  const decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  const digits = value.toFixed(decimals);
  return `${decimals === 0 ? digits : digits.replace(/\.?0+$/, '')} ${step.unit}`;
};
