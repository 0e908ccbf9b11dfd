import { describe, expect, it } from 'vitest';
import { csvRow } from '../../src/lib/text/csv.ts';

describe('a row of a CSV file', () => {
  it('quotes what separates, as RFC 4180 says', () => {
    expect(csvRow(['a', 1, 'b,c', 'say "hi"', 'two\nlines', ''])).toBe('a,1,"b,c","say ""hi""","two\nlines",\r\n');
  });

  it.each(['=1+1', '+49', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1', '\uFEFF=1'])(
    'is nothing that a spreadsheet calculates: %j',
    (text) => {
      const [cell = ''] = csvRow([text]).split(/\r\n$/);
      expect(cell.replace(/^"/, '').startsWith("'")).toBe(true);
      expect(cell).toContain(text);
    },
  );

  it('leaves numbers below zero as they are: groups have such', () => {
    expect(csvRow([-1_002_000_000_009])).toBe('-1002000000009\r\n');
  });
});
