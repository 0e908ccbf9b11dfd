/** A row of what `bench/transfer.ts` prints. */
interface Run {
  readonly peer: string;
  readonly seconds: string;
}

const runsIn = (block: string): Run[] =>
  [...block.matchAll(/^\| ([^|]+?) \| (?:yes|no) \| ((?:> )?[\d.]+) \|/gm)].map(([, peer = '', seconds = '']) => ({
    peer,
    seconds,
  }));

const withSeconds = (value: string): string =>
  value.startsWith('> ')
    ? `more than ${value.slice(2)} s`
    : `${Number(value) < 100 ? Number(value).toFixed(1) : Number(value).toFixed(0)} s`;

const cellOf = (runs: readonly Run[], prefix: string, note: (peer: string) => string): string =>
  runs
    .filter(({ peer }) => peer.startsWith(prefix))
    .map(({ peer, seconds }, at) => (at === 0 ? seconds : `${seconds}${note(peer)}`))
    .join('; ');

const COLUMNS: readonly (readonly [title: string, prefix: string, note: (peer: string) => string])[] = [
  ['hubgram', 'hubgram', (peer) => ` with ${/(\d+) connections/.exec(peer)?.[1] ?? ''}`],
  ['aria2c -x16 -s16 -j8', 'aria2c', () => ' with `--checksum`'],
  ['curl -Z', 'curl -Z', () => ''],
  ['@huggingface/hub', '@huggingface/hub', () => ''],
];

/**
 * The times of all programs in one table, for the README.
 * @param output what `bench/transfer.ts` has printed
 * @throws Error: no scenario stands in it
 */
export const transferTable = (output: string): string => {
  const [, ...blocks] = output.split(/^\*\*(?=\S+\*\*: )/m);
  if (blocks.length === 0) throw new Error('What the bench of transfers has printed holds no scenario.');
  const rows = blocks.map((block) => {
    const title = /^\S+\*\*: (.*)$/m.exec(block)?.[1] ?? '';
    const runs = runsIn(block).map(({ peer, seconds }) => ({ peer, seconds: withSeconds(seconds) }));
    return [title, ...COLUMNS.map(([, prefix, note]) => cellOf(runs, prefix, note))];
  });
  const lines = [
    ['16 connections unless it says otherwise', ...COLUMNS.map(([title]) => title)],
    COLUMNS.map(() => '---'),
    ...rows,
  ];
  return lines
    .map((cells, at) => (at === 1 ? `| --- | ${cells.join(' | ')} |` : `| ${cells.join(' | ')} |`))
    .join('\n');
};
