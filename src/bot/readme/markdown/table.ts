import { FormattedString } from '@grammyjs/parse-mode';
import type { Laid } from './sink.ts';

/** Of a phone, in characters of one width. */
const WIDTH_MOST = 34;
const GAP = '  ';

export interface Row {
  readonly isHead: boolean;
  readonly cells: readonly Laid[];
}

const widthOf = (text: string): number => Array.from(text).length;

const isPlain = ({ text, entities }: Laid): boolean =>
  !text.includes('\n') && entities.every(({ type }) => type !== 'text_link');

/** In columns, where all of it fits side by side on a phone and nothing in it leads anywhere. */
const inColumns = (rows: readonly Row[]): string | undefined => {
  const columns = Math.max(...rows.map(({ cells }) => cells.length));
  if (columns < 2 || rows.some(({ cells }) => !cells.every(isPlain))) return undefined;
  const widths = Array.from({ length: columns }, (_, at) =>
    rows.reduce((most, { cells }) => Math.max(most, widthOf(cells[at]?.text ?? '')), 0),
  );
  if (widths.reduce((sum, width) => sum + width, GAP.length * (columns - 1)) > WIDTH_MOST) return undefined;
  const line = ({ cells }: Row): string =>
    cells
      .map(({ text }, at) => `${text}${' '.repeat((widths[at] ?? 0) - widthOf(text))}`)
      .join(GAP)
      .trimEnd();
  return rows.map(line).join('\n');
};

const rowLine = ({ isHead, cells }: Row): FormattedString => {
  const shown = cells
    .filter(({ text }) => text !== '')
    .map(({ text, entities }) => new FormattedString(text.replaceAll('\n', ' '), [...entities]));
  const line = FormattedString.join(shown, ' · ');
  return isHead ? FormattedString.bold(line.text) : line;
};

/** A table: in columns where they fit, otherwise each row a line. @returns the text of the one, or the lines of the other */
export const layTable = (
  rows: readonly Row[],
): { readonly columns: string } | { readonly lines: readonly FormattedString[] } => {
  const filled = rows.filter(({ cells }) => cells.some(({ text }) => text !== ''));
  const columns = filled.length > 1 ? inColumns(filled) : undefined;
  return columns === undefined ? { lines: filled.map(rowLine) } : { columns };
};
