import { asTheyCame, columnsSideBySide, tablesSideBySide, underOneHead } from './join.ts';

/** A part of a measure that is run at a stretch, some minutes at most. */
export interface Piece {
  /** Within its measure: `--only=transfer:A`. */
  readonly name: string;
  readonly args: readonly string[];
  /** With `--thorough`, if that is more. */
  readonly thorough?: readonly string[];
}

/** A bench whose figures stand in `docs/speed.md`. */
export interface Measure {
  readonly name: string;
  /** Of its section there. */
  readonly title: string;
  /** In `bench/`. */
  readonly script: string;
  readonly pieces: readonly Piece[];
  /** Makes one text of what its pieces have printed. */
  readonly join: (outputs: readonly string[]) => string;
  /** What takes a minute or two and shows that it runs; its figures are no claims. */
  readonly quick: readonly string[];
}

/** What is run at a stretch anyhow. */
const whole = (...args: readonly string[]): readonly Piece[] => [{ name: 'all', args }];

/** A library, or a list, of one size. */
const ofScale = (name: string, rows: string, only: string): Piece => ({
  name,
  args: [`--rows=${rows}`, `--only=${only}`, '--rounds=3'],
  thorough: [`--rows=${rows}`, `--only=${only}`, '--rounds=10'],
});

/** Everything whose figure stands somewhere, in the order in which it is measured. */
export const MEASURES: readonly Measure[] = [
  {
    name: 'transfer',
    title: 'Downloads, beside other programs',
    script: 'transfer.ts',
    pieces: ['A', 'B', 'C', 'D', 'TLS', 'gpt2'].map((name) => ({
      name,
      args: [`--scenario=${name}`, '--longest=150'],
      thorough: [`--scenario=${name}`, '--runs=5'],
    })),
    join: underOneHead,
    quick: ['--scenario=C', '--runs=1', '--peers=hubgram,aria2c,curl -Z'],
  },
  {
    name: 'start',
    title: 'From the start to the first request',
    script: 'start.ts',
    pieces: whole(),
    join: asTheyCame,
    quick: ['--pairs=1'],
  },
  {
    name: 'bot',
    title: 'The same downloads through the whole bot',
    script: 'bot.ts',
    pieces: whole('--scenario=A,C'),
    join: asTheyCame,
    quick: ['--scenario=C'],
  },
  {
    name: 'scale',
    title: 'Many rows: answers, claims and looks',
    script: 'scale.ts',
    pieces: [
      ofScale('10000', '10000', 'looks,answers,claims'),
      ofScale('100000', '100000', 'looks,answers,claims'),
      ofScale('answers', '1000000', 'answers'),
      ofScale('steps', '1000000', 'looks,claims'),
    ],
    join: columnsSideBySide,
    quick: ['--rows=1000,10000', '--rounds=1'],
  },
  {
    name: 'long',
    title: 'A repository of up to a hundred thousand files',
    script: 'long.ts',
    pieces: [
      ...['10000', '30000'].map((files) => ({ name: files, args: [`--files=${files}`] })),
      ...['fetching', 'after'].map((stages) => ({ name: stages, args: ['--files=100000', `--stages=${stages}`] })),
    ],
    join: asTheyCame,
    quick: ['--files=10000'],
  },
  {
    name: 'schedules',
    title: 'Ten thousand schedules, beside a timer for each',
    script: 'schedules.ts',
    pieces: whole(),
    join: asTheyCame,
    quick: ['--chats=500', '--seconds=5'],
  },
  {
    name: 'telegram',
    title: 'Messages under Telegram’s limits, beside grammY’s plugin',
    script: 'telegram.ts',
    pieces: ['hubgram', 'throttler'].map((name) => ({
      name,
      args: [`--only=${name}`, '--chats=150', '--seconds=90'],
      thorough: [`--only=${name}`, '--seconds=300'],
    })),
    join: tablesSideBySide,
    quick: ['--seconds=20'],
  },
  {
    name: 'limits',
    title: 'How exactly a bandwidth limit is kept, beside aria2c',
    script: 'limits.ts',
    pieces: whole(),
    join: asTheyCame,
    quick: [],
  },
  {
    name: 'kills',
    title: 'kill -9 in the middle of a download',
    script: 'kills.ts',
    pieces: [{ name: 'all', args: ['--kills=20', '--mib=1024'], thorough: [] }],
    join: asTheyCame,
    quick: ['--kills=2', '--mib=64'],
  },
  {
    name: 'chunks',
    title: 'Updates of files that changed a little',
    script: 'chunks.ts',
    pieces: [
      { name: 'header', args: ['--only=header'] },
      { name: 'tensors', args: ['--only=tensors'] },
      { name: 'unrelated', args: ['--only=unrelated'] },
      { name: 'pairs', args: ['--only=pairs', '--pairs=60'], thorough: ['--only=pairs'] },
      { name: 'kills', args: ['--only=kills'] },
    ],
    join: asTheyCame,
    quick: ['--mb=100', '--rounds=1', '--pairs=3', '--kills=2'],
  },
];
