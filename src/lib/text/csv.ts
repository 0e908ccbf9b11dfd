/** What a spreadsheet takes for a formula, or for the end of a cell that leads to one (OWASP, CSV injection). */
const FORMULA = /^[\s\uFEFF]*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/u;

/** A cell (RFC 4180) that no spreadsheet calculates: what looks like a formula has an apostrophe before it. */
const cell = (value: string | number): string => {
  if (typeof value === 'number') return String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

/** So that spreadsheets read what follows as UTF-8. */
export const BYTE_ORDER_MARK = '\uFEFF';

/** A row of a CSV file with its end. */
export const csvRow = (cells: readonly (string | number)[]): string => `${cells.map(cell).join(',')}\r\n`;
