/** What pieces of a measure have printed, as one text. */
type Join = (outputs: readonly string[]) => string;

export const asTheyCame: Join = (outputs) => outputs.map((output) => output.trim()).join('\n\n');

/** Each begins with the same line, which tells of the machine. */
export const underOneHead: Join = (outputs) => {
  const [head = ''] = outputs[0]?.split('\n') ?? [];
  return asTheyCame(
    outputs.map((output, at) => (at > 0 && output.startsWith(`${head}\n`) ? output.slice(head.length) : output)),
  );
};

/** Of Markdown: the first cell names a row. What stands around the first table stays. */
export const tablesSideBySide: Join = (outputs) => {
  const [first = '', ...others] = outputs;
  const rest = others.map((output) => output.split('\n').filter((line) => line.startsWith('|')));
  let at = -1;
  return first
    .trim()
    .split('\n')
    .map((line) => {
      if (!line.startsWith('|')) return line;
      at += 1;
      // Of each what follows its first cell.
      const cells = rest.map((lines) => lines[at]?.replace(/^\|[^|]*\|/, '') ?? '');
      return line + cells.join('');
    })
    .join('\n');
};

/** So wide are the first and the other columns of `bench/scale.ts`. */
export const [NAME_WIDTH, CELL_WIDTH] = [36, 28];

/** What a size of `bench/scale.ts` came to may come in pieces, and there are several sizes: a row for each name, a column for each size. */
export const columnsSideBySide: Join = (outputs) => {
  const rows = new Map<string, Map<string, string>>();
  const columns = new Set<string>();
  for (const output of outputs) {
    const lines = output.split('\n').filter((line) => line.trim() !== '');
    const cellsOf = (line: string): string[] => {
      const cells = line.slice(NAME_WIDTH);
      return Array.from({ length: Math.ceil(cells.length / CELL_WIDTH) }, (_, at) =>
        cells.slice(at * CELL_WIDTH, (at + 1) * CELL_WIDTH),
      );
    };
    const heads = cellsOf(lines[0] ?? '');
    for (const head of heads) columns.add(head);
    for (const line of lines) {
      const name = line.slice(0, NAME_WIDTH);
      const row = rows.get(name) ?? new Map<string, string>();
      rows.set(name, row);
      for (const [at, cell] of cellsOf(line).entries()) row.set(heads[at] ?? '', cell);
    }
  }
  return [...rows]
    .map(([name, row]) =>
      [name, ...[...columns].map((head) => row.get(head) ?? ' '.repeat(CELL_WIDTH))].join('').trimEnd(),
    )
    .join('\n');
};
