/** A bench whose figures stand in `docs/speed.md`. */
export interface Measure {
  readonly name: string;
  /** Of its section there. */
  readonly title: string;
  /** In `bench/`. */
  readonly script: string;
  readonly args: readonly string[];
  /** What takes a minute or two and shows that it runs; its figures are no claims. */
  readonly quick: readonly string[];
}

/** Everything whose figure stands somewhere, in the order in which it is measured. */
export const MEASURES: readonly Measure[] = [
  {
    name: 'transfer',
    title: 'Downloads, beside other programs',
    script: 'transfer.ts',
    args: [],
    quick: ['--scenario=C', '--runs=1', '--peers=hubgram,aria2c,curl -Z'],
  },
  { name: 'start', title: 'From the start to the first request', script: 'start.ts', args: [], quick: ['--pairs=1'] },
  {
    name: 'bot',
    title: 'The same downloads through the whole bot',
    script: 'bot.ts',
    args: ['--scenario=A,C'],
    quick: ['--scenario=C'],
  },
  {
    name: 'scale',
    title: 'Many rows: answers, claims and looks',
    script: 'scale.ts',
    args: [],
    quick: ['--rows=1000,10000', '--rounds=1'],
  },
  {
    name: 'long',
    title: 'A repository of up to a hundred thousand files',
    script: 'long.ts',
    args: [],
    quick: ['--files=10000'],
  },
  {
    name: 'schedules',
    title: 'Ten thousand schedules, beside a timer for each',
    script: 'schedules.ts',
    args: [],
    quick: ['--chats=500', '--seconds=5'],
  },
  {
    name: 'telegram',
    title: 'Messages under Telegram’s limits, beside grammY’s plugin',
    script: 'telegram.ts',
    args: ['--seconds=150'],
    quick: ['--seconds=20'],
  },
  {
    name: 'limits',
    title: 'How exactly a bandwidth limit is kept, beside aria2c',
    script: 'limits.ts',
    args: [],
    quick: [],
  },
  {
    name: 'kills',
    title: 'kill -9 in the middle of a download',
    script: 'kills.ts',
    args: [],
    quick: ['--kills=2', '--mib=64'],
  },
  {
    name: 'chunks',
    title: 'Updates of files that changed a little',
    script: 'chunks.ts',
    args: [],
    quick: ['--mb=100', '--rounds=1', '--pairs=3', '--kills=2'],
  },
];
