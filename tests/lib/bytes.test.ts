import { expect, test } from 'vitest';
import { formatBytes, parseBytes } from '../../src/lib/text/bytes.ts';

test.each([
  ['500', 500],
  ['0', 0],
  ['2GB', 2_000_000_000],
  ['20MB', 20_000_000],
  ['1.5 MB', 1_500_000],
  ['64MiB', 67_108_864],
  ['1kib', 1024],
  ['1TB', 1e12],
  [' 3 kB ', 3000],
  ['0.5b', 1],
])('%j is %d bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each([
  '',
  'GB',
  '-1',
  '1,5GB',
  '1e3',
  '0x10',
  '5 apples',
  '5constructor',
  '1.GB',
  '.5GB',
  '1 2',
  '99999TB1',
  'NaN',
  '20MB/s',
])('%j is no size', (text) => {
  expect(parseBytes(text)).toBeUndefined();
});

test('a size beyond what a number holds exactly is no size', () => {
  expect(parseBytes('9007199254740991')).toBeUndefined();
  expect(parseBytes('9007TB')).toBe(9_007_000_000_000_000);
  expect(parseBytes('9008TB')).toBeUndefined();
});

test.each([
  [0, '0 B'],
  [1, '1 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [1500, '1.5 kB'],
  [12_345, '12.3 kB'],
  [99_960, '100 kB'],
  [548_105_171, '548 MB'],
  [1_830_000_000, '1.83 GB'],
  [20_000_000_000, '20 GB'],
  [5e12, '5 TB'],
  [1234e12, '1234 TB'],
])('%d bytes read %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('no size reads as a thousand of its unit', () => {
  for (const unit of [1e3, 1e6, 1e9, 1e12]) {
    for (const part of [0.9994, 0.99949, 0.9995, 0.99999, 1]) {
      expect(formatBytes(Math.floor(unit * part))).not.toMatch(/^1000 [kMG]?B/);
    }
  }
});

test('what is formatted can be read again, to three figures', () => {
  for (const bytes of [1, 999, 1000, 4096, 548_105_171, 5_600_000_000, 7e12]) {
    const again = parseBytes(formatBytes(bytes));
    expect(Math.abs((again ?? 0) - bytes) / bytes).toBeLessThan(0.005);
  }
});
