import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';

/*
 * The plan of the house, enforced. Every rule is a function from files to sentences about what breaks it; each is tried
 * on planted faults first, so that a rule which has gone blind is noticed.
 */

interface SourceFile {
  /** Path from `src`; what lies beside it begins with `../`. */
  readonly file: string;
  readonly text: string;
}

type Rule = (files: readonly SourceFile[]) => string[];

/** Rooms from the ground up: a file may import from its own room and from lower floors. */
const FLOORS = [
  ['lib'],
  ['domain'],
  ['store', 'sources', 'cache', 'transfer'],
  ['copies', 'checks', 'people', 'settings'],
  ['queue', 'schedule', 'hosts'],
  ['library'],
  ['bot', 'ops', 'api'],
  ['config', 'log'],
  ['app'],
  ['main'],
] as const;

/** Beside `src`; imports nothing of it but `lib`, and is loaded only when it is asked for. */
const PLAYGROUND = 'playground';

/** The rooms, or folders of rooms, that an npm package may live in. */
const OWNERS: Readonly<Record<string, readonly string[] | 'everywhere'>> = {
  '@grammyjs/conversations': ['bot'],
  '@grammyjs/menu': ['bot'],
  '@grammyjs/parse-mode': ['bot'],
  '@huggingface/hub': ['sources/huggingface'],
  '@huggingface/tasks': ['domain'],
  '@huggingface/xetchunk-wasm': ['../playground/hub/cas'],
  '@resvg/resvg-js': ['bot/ui/pictures'],
  'better-sqlite3': ['store'],
  bullmq: ['hosts'],
  croner: ['schedule'],
  'gearhash-jit': ['transfer', '../playground/hub/cas'],
  grammy: ['bot'],
  ioredis: ['hosts'],
  'p-queue': ['queue'],
  pino: ['log'],
  undici: ['transfer/http'],
  htmlparser2: ['bot/readme/markdown'],
  marked: ['bot/readme/markdown'],
  yaml: ['config', 'bot/readme'],
  zod: 'everywhere',
};

/** Folders of `bot` that are no features: every feature may use them. */
const SHARED_BY_FEATURES = ['ui', 'board', 'outbox', 'clearing', 'telegram', 'updates'];

const LONGEST_FILE = 300;
/** Files that lie directly in a folder: more are not looked through, but searched. */
const LARGEST_FOLDER = 16;

interface Import {
  readonly from: string;
  /** As it is written. */
  readonly to: string;
  /** The file that is meant, as in `SourceFile`; undefined for a package. */
  readonly target: string | undefined;
  readonly dynamic: boolean;
}

/** As JavaScript says it, or, for types, a comment above it. */
const STATIC_IMPORT = /^[ \t]*(?:(?:\/\*)?\*+[ \t]*@)?(?:import|export)\b(?:[^;'"`]*?\bfrom\b)?\s*['"]([^'"]+)['"]/gm;
const DYNAMIC_IMPORT = /\bimport\(\s*['"`]([^'"`]+)['"`]/g;
/** Worker threads are named by URL. */
const URL_IMPORT = /\bnew URL\(\s*['"]([^'":]+\.[jt]s)['"]\s*,\s*import\.meta\.url/g;

const findImports = ({ file, text }: SourceFile): readonly Import[] => {
  const found = (expression: RegExp, dynamic: boolean, byUrl = false): Import[] =>
    [...text.matchAll(expression)].map(([, to = '']) => {
      const isPath = byUrl || to.startsWith('.');
      const target = isPath ? posix.join(posix.dirname(file), to).replace(/^\.\.\/src\//, '') : undefined;
      return { from: file, to, target, dynamic };
    });
  return [...found(STATIC_IMPORT, false), ...found(DYNAMIC_IMPORT, true), ...found(URL_IMPORT, false, true)];
};

/** A dozen rules ask for those of each file. */
const known = new WeakMap<SourceFile, readonly Import[]>();
const importsOf = (source: SourceFile): readonly Import[] => {
  const found = known.get(source) ?? findImports(source);
  known.set(source, found);
  return found;
};

const roomOf = (file: string): string => {
  const path = file.startsWith(`../${PLAYGROUND}/`) ? file.slice('../'.length) : file;
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : 'main';
};

const floorOf = (room: string): number => FLOORS.findIndex((floor) => (floor as readonly string[]).includes(room));

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const packageImports = (files: readonly SourceFile[]): { readonly from: string; readonly name: string }[] =>
  files
    .flatMap(importsOf)
    .filter(({ to, target }) => target === undefined && !to.startsWith('node:'))
    .map(({ from, to }) => ({ from, name: packageOf(to) }));

const knownRooms: Rule = (files) =>
  files
    .map(({ file }) => file)
    .filter((file) => floorOf(roomOf(file)) < 0 && roomOf(file) !== PLAYGROUND)
    .map((file) => `${file} is in a room that is not in the plan`);

const startsInMain: Rule = (files) =>
  files
    .filter(({ file }) => !file.includes('/') && file !== 'main.ts')
    .map(({ file }) => `${file} lies above the rooms, where only main.ts does`);

const pointsDown: Rule = (files) =>
  files.flatMap(importsOf).flatMap(({ from, to, target }) => {
    if (target === undefined) return [];
    const [room, below] = [roomOf(from), roomOf(target)];
    if (room === below || room === PLAYGROUND || below === PLAYGROUND) return [];
    return floorOf(below) >= 0 && floorOf(below) < floorOf(room) ? [] : [`${from} -> ${to} does not point down`];
  });

/** Neither out of `src`, save to the playground, nor to the tests within that. */
const isOutside = (target: string): boolean =>
  target.startsWith('..') && (roomOf(target) !== PLAYGROUND || target.startsWith(`../${PLAYGROUND}/tests/`));

const staysInside: Rule = (files) =>
  files
    .flatMap(importsOf)
    .filter(({ target }) => target !== undefined && isOutside(target))
    .map(({ from, to }) => `${from} -> ${to} leaves src`);

const playgroundStandsAlone: Rule = (files) =>
  files.flatMap(importsOf).flatMap(({ from, to, target, dynamic }) => {
    if (target === undefined) return [];
    const [room, other] = [roomOf(from), roomOf(target)];
    if (room === PLAYGROUND && other !== PLAYGROUND && other !== 'lib')
      return [`${from} -> ${to}: the ${PLAYGROUND} imports only lib`];
    if (room === PLAYGROUND || other !== PLAYGROUND) return [];
    return room === 'app' && dynamic ? [] : [`${from} -> ${to}: the ${PLAYGROUND} is loaded only dynamically, by app`];
  });

/** The source that a file belongs to; undefined for the port, and for what lies elsewhere. */
const sourceOf = (file: string): string | undefined => /^sources\/([^/]+)\//.exec(file)?.[1];

const sourcesStandBehindTheirPort: Rule = (files) =>
  files.flatMap(importsOf).flatMap(({ from, to, target }) => {
    const source = target === undefined ? undefined : sourceOf(target);
    if (source === undefined || source === sourceOf(from) || roomOf(from) === 'app') return [];
    return [`${from} -> ${to}: a source is known by sources/port.ts, and by name in app only`];
  });

/** Within `transfer`: the engine knows connections, files and chunks, and these know neither it nor each other. */
const TRANSFER_BELOW: Readonly<Record<string, readonly string[]>> = {
  http: ['http'],
  files: ['files'],
  chunks: ['chunks'],
  engine: ['engine', 'http', 'files', 'chunks'],
  // What it leaves to the engine comes back to whoever asked; it shares its connections.
  bulk: ['bulk', 'engine', 'http', 'files'],
};

const folderOfTransfer = (file: string): string | undefined => /^transfer\/([^/]+)\//.exec(file)?.[1];

const transferPointsDown: Rule = (files) =>
  files.flatMap(importsOf).flatMap(({ from, to, target }) => {
    if (target === undefined || roomOf(from) !== 'transfer' || roomOf(target) !== 'transfer') return [];
    const [folder, below] = [folderOfTransfer(from), folderOfTransfer(target)];
    if (folder === undefined || (below !== undefined && TRANSFER_BELOW[folder]?.includes(below))) return [];
    return [
      `${from} -> ${to}: within transfer bulk stands on the engine, and this on http, files and chunks, which stand alone`,
    ];
  });

/** What makes a copy runs on any machine: what it has to know lies on its disk or comes with the job. */
const copiesKnowNoDatabase: Rule = (files) =>
  files
    .flatMap(importsOf)
    .filter(({ from, target }) => roomOf(from) === 'copies' && target !== undefined && roomOf(target) === 'store')
    .map(({ from, to }) => `${from} -> ${to}: copies never touch the database`);

/** Another machine may carry out what the queue decides: it knows what crosses, and nothing of how it is done here. */
const SEAM = ['copies/executor.ts', 'copies/hosts.ts'];

const copiesStandBehindTheirSeam: Rule = (files) =>
  files
    .flatMap(importsOf)
    .filter(
      ({ from, target }) =>
        target !== undefined && roomOf(target) === 'copies' && !SEAM.includes(target) && roomOf(from) !== 'copies',
    )
    .filter(({ from }) => roomOf(from) !== 'app')
    .map(({ from, to }) => `${from} -> ${to}: copies are known by ${SEAM.join(' and ')}, and by name in app only`);

/** Bytes may come from anywhere: whoever reads of a failure is not told of a Hub that had no part in it. */
const transferKnowsNoSource: Rule = (files) =>
  files
    .filter(({ file, text }) => roomOf(file) === 'transfer' && /\bHub\b|Hugging ?Face|huggingface/i.test(text))
    .map(({ file }) => `${file} speaks of a source; transfer knows URLs, sizes, hashes and files`);

const respectsOwners: Rule = (files) =>
  packageImports(files).flatMap(({ from, name }) => {
    const owners = OWNERS[name];
    if (owners === undefined) return [`${from} -> ${name}: the package has no owner`];
    const allowed = owners === 'everywhere' || owners.some((owner) => from.startsWith(`${owner}/`));
    return allowed ? [] : [`${from} -> ${name}: only ${owners.join(', ')} may`];
  });

/** The feature of the bot that a file belongs to; undefined for shared folders and for what lies directly in `bot`. */
const featureOf = (file: string): string | undefined => {
  const [room, folder, rest] = file.split('/');
  return room === 'bot' && folder !== undefined && rest !== undefined && !SHARED_BY_FEATURES.includes(folder)
    ? folder
    : undefined;
};

/** The one file that lists the features of the bot. */
const FEATURE_LIST = 'bot/features.ts';

const featuresKeepApart: Rule = (files) =>
  files.flatMap(importsOf).flatMap(({ from, to, target }) => {
    if (target === undefined || roomOf(from) !== 'bot') return [];
    const [feature, other] = [featureOf(from), featureOf(target)];
    if (other !== undefined && other !== feature && from !== FEATURE_LIST)
      return [`${from} -> ${to}: only ${FEATURE_LIST} imports features of the bot`];
    const climbs = from.split('/').length > 2 && target === FEATURE_LIST;
    return climbs ? [`${from} -> ${to}: what is listed there must not know the list`] : [];
  });

/** Commands and buttons are declared with whom they are for; what is put into grammY by hand nobody guards. */
const featuresDeclare: Rule = (files) =>
  files
    .filter(({ file }) => featureOf(file) !== undefined)
    .filter(({ text }) => /\.(?:command|callbackQuery|hears|inlineQuery)\(/.test(text))
    .map(({ file }) => `${file} takes commands or taps by itself; declare them in the feature`);

/** What a button or a dialogue brings back may be of anybody's making: a number means what this chat has under it, or nothing. */
const featuresAskWhose: Rule = (files) =>
  files
    .filter(({ file }) => featureOf(file) !== undefined || file.startsWith('bot/ui/'))
    .filter(({ text }) => /\.get(?:Model|Schedule|AddRequest)\(/.test(text))
    .map(({ file }) => `${file} reads by number alone; modelIn, scheduleIn and requestIn ask whose it is`);

/** Of rows that say what people want and may do. What is left to the bot are rows about messages, and reading. */
const DECIDING =
  /\.(?:createModel|moveModel|updateModel\w*|removeModel|createAddRequest|moveAddRequest|createDownloadSession|updateDownloadSession|upsertUser|setRole|upsertChat|setAccess|setPreferences|createSchedule|updateSchedule|enableSchedule|disableSchedule|removeSchedule|openRun|closeRun|addFollower|toggleFollower|clearFollowers|logActivity|noteActivity)\(/;

/** A web page must be able to do all that the bot does without repeating a rule. */
const botDecidesNothing: Rule = (files) =>
  files
    .filter(({ file, text }) => roomOf(file) === 'bot' && DECIDING.test(text))
    .map(({ file }) => `${file} writes what people want or may do; library, people and queue have the rules for that`);

/** A room; in `bot` a folder; and each file that lies above those. */
const nodeOf = (file: string): string => {
  const [room = '', folder] = file.split('/');
  if (folder === undefined) return file;
  return room === 'bot' ? `${room}/${folder}` : room;
};

type Edges = ReadonlyMap<string, ReadonlySet<string>>;

/** Which node imports which; what lies within one node does not count. */
const edgesBetween = (files: readonly SourceFile[], node: (file: string) => string): Edges => {
  const edges = new Map<string, Set<string>>();
  for (const { from, target } of files.flatMap(importsOf)) {
    if (target === undefined || node(from) === node(target)) continue;
    edges.set(node(from), (edges.get(node(from)) ?? new Set()).add(node(target)));
  }
  return edges;
};

const reachable = (edges: Edges, start: string): ReadonlySet<string> => {
  const seen = new Set<string>();
  const left = [start];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    const next = [...(edges.get(node) ?? [])].filter((one) => !seen.has(one));
    for (const one of next) seen.add(one);
    left.push(...next);
  }
  return seen;
};

const nodesInCircles = (edges: Edges): string[] => [...edges.keys()].filter((node) => reachable(edges, node).has(node));

const hasNoCycles: Rule = (files) =>
  nodesInCircles(edgesBetween(files, nodeOf)).map((node) => `${node} imports itself in a circle`);

/** Of a type or a value: files that need each other are one file, or have something in common that is a third. */
const filesHaveNoCircles: Rule = (files) =>
  nodesInCircles(edgesBetween(files, (file) => file)).map((file) => `${file} imports itself in a circle`);

const isShort: Rule = (files) =>
  files
    .map(({ file, text }) => ({ file, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > LONGEST_FILE)
    .map(({ file, lines }) => `${file} has ${lines} lines; two reasons to change?`);

const foldersAreSmall: Rule = (files) =>
  [...Map.groupBy(files, ({ file }) => posix.dirname(file))]
    .filter(([, inside]) => inside.length > LARGEST_FOLDER)
    .map(([folder, { length }]) => `${folder} holds ${length} files; which of them belong together?`);

const leavesTheEnvironmentAlone: Rule = (files) =>
  files
    .filter(({ file }) => roomOf(file) !== 'config')
    .filter(({ text }) =>
      /\bprocess\s*(?:\?\.|\.|\[\s*['"`])\s*env\b|\{[^}]*\benv\b[^}]*\}\s*(?:=\s*process\b|from\s*['"](?:node:)?process['"])/.test(
        text,
      ),
    )
    .map(({ file }) => `${file} reads the environment; only config may`);

/** What is started as a process, and what ends one with the bot; all else is part of one. */
const PROGRAMS = [
  'main.ts',
  'bot/readme/markdown/lay-out-process.ts',
  'checks/check-process.ts',
  'checks/loads/load-process.ts',
  'checks/talks/talk-process.ts',
  'checks/with-the-bot.ts',
];

/** A test runs the whole app within its own process. */
const leavesTheProcessAlone: Rule = (files) =>
  files
    .filter(({ file }) => !PROGRAMS.includes(file) && roomOf(file) !== PLAYGROUND)
    .filter(({ text }) => /\bprocess\s*\??\.\s*(?:argv|exit|exitCode|abort|kill|on|once|addListener)\b/.test(text))
    .map(({ file }) => `${file} looks at arguments or signals, or ends the process; only programs may`);

/** How fast this process, its disk and one request are is no matter of a clock that tests move. */
const TIMING_ITSELF = [
  'ops/metrics/event-loop.ts',
  'transfer/engine/connections.ts',
  'transfer/engine/range-request.ts',
  'transfer/files/flushed-ranges.ts',
  'transfer/http/body.ts',
];

/** Where the time comes from can be moved by tests; and whoever asks has to say which clock is meant. */
const asksAClock: Rule = (files) =>
  files
    .filter(({ file }) => file !== 'lib/clock.ts' && roomOf(file) !== PLAYGROUND)
    .filter(
      ({ file, text }) =>
        /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|[;,)\]])/.test(text) ||
        (/\bperformance\.now\b/.test(text) && !TIMING_ITSELF.includes(file)),
    )
    .map(({ file }) => `${file} looks at the system's clock; a Clock is to be handed in`);

/** What runs in a thread or a process of its own is a program there: it has one work, and ends with it. */
const isThread = (file: string): boolean => /(?:^|[/-])(?:worker|process)\.ts$/.test(file);

/** Whether a variable of a module is only worked out once, when somebody first asks. */
const isOnlyPutOff = (text: string, name: string): boolean =>
  [...text.matchAll(new RegExp(`\\b${name}\\s*(\\?\\?)?=(?![=>])`, 'g'))].every(([, once]) => once !== undefined);

/** Remember what pure functions have worked out, of which there are few: what Intl and croner are slow at. */
const REMEMBERING = ['domain/schedule/timezone.ts', 'schedule/occurrences.ts'];

/** Two bots in one process must not meet in a module: what lives is returned by a function, and closed by a scope. */
const modulesKeepNothing: Rule = (files) =>
  files
    .filter(
      ({ file }) => ![...PROGRAMS, ...REMEMBERING].includes(file) && !isThread(file) && roomOf(file) !== PLAYGROUND,
    )
    .flatMap(({ file, text }) => [
      ...[...text.matchAll(/^(?:export )?let (\w+)/gm)]
        .filter(([, name = '']) => !isOnlyPutOff(text, name))
        .map(([, name]) => `${file} keeps ${name}, which changes`),
      ...[
        ...text.matchAll(
          /^(?:export )?const (\w+)(?:: (?!Readonly|readonly)[^=\n]*)? = (?:\[\]|new (?:Map|Set)(?:<[^\n]*>)?\(\));/gm,
        ),
      ].map(([, name]) => `${file} keeps ${name}, which is there to be filled`),
    ]);

const hasNoDrawers: Rule = (files) =>
  files
    .filter(({ file }) =>
      file
        .split('/')
        .slice(0, -1)
        .some((folder) => /^(?:utils?|helpers?|services?|types?|common|misc|shared)$/i.test(folder)),
    )
    .map(({ file }) => `${file}: say what the folder is for, not that it holds things`);

const exportsByName: Rule = (files) =>
  files.filter(({ text }) => /^export default\b/m.test(text)).map(({ file }) => `${file} has a default export`);

/** A function that others use, and the end of a comment right above it, if there is one. */
const EXPORTED_FUNCTION = /(\*\/\n)?^export const (\w+) = (?:async )?[(<]/gm;

/** What goes in and out, and which errors: whoever uses a function need not read it. */
const exportsAreExplained: Rule = (files) =>
  files
    .filter(({ file }) => roomOf(file) !== PLAYGROUND)
    .flatMap(({ file, text }) =>
      [...text.matchAll(EXPORTED_FUNCTION)]
        .filter(([, comment]) => comment === undefined)
        .map(([, , name]) => `${file}: ${name} says nothing of itself`),
    );

const speaksSqlInTheStore: Rule = (files) =>
  files
    .filter(({ file }) => roomOf(file) !== 'store' && roomOf(file) !== PLAYGROUND)
    .filter(({ text }) =>
      /['"`]\s*(?:SELECT\s[^'"`]*\sFROM|INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\s/.test(text),
    )
    .map(({ file }) => `${file} speaks SQL; only the store does`);

/** The first line of the file that a room is entered by. */
const PROMISE = /^\/\* ([\w/-]+): (\S.*\.) \*\/\n/;
const LONGEST_PROMISE = 140;

/** `grep -rhE '^/\* [a-z/-]+: ' src` is a map of the house: which room is where, and what may be relied on there. */
const roomsSayWhatTheyPromise: Rule = (files) => {
  const heads = files
    .filter(({ file }) => roomOf(file) !== PLAYGROUND && file.includes('/'))
    .map(({ file, text }) => ({ file, folder: posix.dirname(file), head: PROMISE.exec(text) }));
  return [
    ...[...Map.groupBy(heads, ({ folder }) => folder)].flatMap(([folder, inside]) => {
      const entrances = inside.filter(({ head }) => head !== null);
      return entrances.length === 1
        ? []
        : [`${folder}: ${entrances.length} of its files say what it promises, not one`];
    }),
    ...heads
      .filter(({ folder, head }) => head !== null && (head[1] !== folder || head[0].length > LONGEST_PROMISE))
      .map(({ file, folder }) => `${file} has a head of another room than ${folder}, or a long one`),
  ];
};

/** What comes of a store by its name: its nouns, and which interfaces each of them is put together from. */
const nounsOf = (store: string): ReadonlyMap<string, string> =>
  new Map(
    [...store.matchAll(/^ {2}readonly (\w+): (\w+(?: & \w+)*);$/gm)].flatMap(([, noun = '', parts = '']) =>
      parts.split(' & ').map((part) => [part, noun] as const),
    ),
  );

/** Of the contract that people who come from other downloaders rely on (`tests/contract`), and of nobody else. */
const ASKED_BY_CONTRACT = ['getModelByName', 'getModelsByStatus', 'updateModelStatus'];

/** A question that only tests put keeps SQL alive that nobody needs. knip sees functions, not what objects hold. */
const storeIsAsked: Rule = (files) => {
  const nouns = nounsOf(files.find(({ file }) => file === 'store/store.ts')?.text ?? '');
  const everywhere = files.filter(({ file }) => roomOf(file) !== PLAYGROUND);
  const asked = new Map(
    everywhere.map(({ file, text }) => [file, new Set([...text.matchAll(/[.{,] ?(\w+)/g)].map(([, word]) => word))]),
  );
  return everywhere
    .filter(({ file }) => roomOf(file) === 'store')
    .flatMap(({ file, text }) =>
      [...text.matchAll(/^export interface (\w+)[^{]*\{\n([^]*?)^\}/gm)]
        .filter(([, name = '']) => nouns.has(name))
        .flatMap(([, , body = '']) => [...body.matchAll(/^ {2}readonly (\w+): (?:<[^>]*>)?\(/gm)])
        .map(([, name = '']) => name)
        .filter((name) => !ASKED_BY_CONTRACT.includes(name))
        .filter((name) => ![...asked].some(([other, words]) => other !== file && words.has(name)))
        .map((name) => `${file}: nobody asks for ${name}`),
    );
};

/** Sentences about dependencies without an owner, owners without a dependency, and imports of what is not declared. */
const brokenOwnership = (files: readonly SourceFile[], dependencies: readonly string[]): string[] => [
  ...dependencies.filter((name) => OWNERS[name] === undefined).map((name) => `${name} has no owner`),
  ...Object.keys(OWNERS)
    .filter((name) => !dependencies.includes(name))
    .map((name) => `${name} is owned, but no dependency`),
  ...packageImports(files)
    .filter(({ name }) => !dependencies.includes(name))
    .map(({ from, name }) => `${from} imports ${name}, which is no dependency`),
];

const imports = (from: string, ...to: string[]): SourceFile => ({
  file: from,
  text: to.map((one) => `import { x } from '${one}';\n`).join(''),
});

/** A rule, what it must object to, and what it must let pass. */
const CASES: readonly (readonly [
  name: string,
  rule: Rule,
  faults: readonly (readonly SourceFile[])[],
  good: readonly SourceFile[],
])[] = [
  [
    'every folder is a room of the plan',
    knownRooms,
    [[{ file: 'attic/x.ts', text: '' }]],
    [
      { file: 'main.ts', text: '' },
      { file: 'bot/add/x.ts', text: '' },
      { file: '../playground/hub/x.ts', text: '' },
    ],
  ],
  [
    'only main.ts lies above the rooms',
    startsInMain,
    [
      [{ file: 'program.ts', text: '' }],
      [
        { file: 'main.ts', text: '' },
        { file: 'config.ts', text: '' },
      ],
    ],
    [
      { file: 'main.ts', text: '' },
      { file: 'app/main.ts', text: '' },
    ],
  ],
  [
    'imports point down',
    pointsDown,
    [
      [imports('store/models.ts', '../bot/bot.ts')],
      [imports('queue/queue.ts', '../schedule/runs.ts')],
      [imports('sources/port.ts', '../transfer/transfer.ts')],
      [imports('transfer/transfer.ts', '../cache/layout.ts')],
      [imports('cache/sweep.ts', '../transfer/files/ranges.ts')],
      [imports('copies/copies.ts', '../queue/queue.ts')],
      [imports('people/may.ts', '../copies/copies.ts')],
      [imports('copies/copies.ts', '../people/may.ts')],
      [imports('copies/executor.ts', '../queue/queue.ts')],
      [imports('lib/clock.ts', '../domain/repo.ts')],
      [imports('bot/bot.ts', '../main.ts')],
      [imports('app/app.ts', '../main.ts')],
      [imports('bot/bot.ts', '../config/config.ts')],
      [imports('config/settings.ts', '../log/log.ts')],
      [imports('config/config.ts', '../app/environment.ts')],
      [imports('store/users.ts', '../people/invitations.ts')],
      [imports('bot/add/feature.ts', '../../ops/ops.ts')],
      [{ file: 'domain/x.ts', text: "import type { Source } from '../sources/port.ts';" }],
      [{ file: 'domain/x.ts', text: "export * from '../sources/port.ts';" }],
      [{ file: 'domain/x.ts', text: "import {\n  one,\n  two,\n} from '../sources/port.ts';" }],
      [{ file: 'domain/x.ts', text: "import '../sources/port.ts';" }],
      [{ file: 'domain/x.ts', text: "const port = await import('../sources/port.ts');" }],
      [{ file: 'lib/x.ts', text: "new Worker(new URL('../transfer/worker.ts', import.meta.url));" }],
      [imports('domain/x.ts', '../attic/y.ts')],
    ],
    [
      imports('main.ts', './config/config.ts', './app/app.ts', './lib/clock.ts', 'node:fs'),
      imports('app/app.ts', '../config/config.ts', '../bot/bot.ts', './folders.ts'),
      imports('people/invitations.ts', '../store/store.ts'),
      imports('queue/queue.ts', '../store/store.ts', './settle.ts', '../lib/log.ts'),
      {
        file: 'lib/x.ts',
        text: "// import { x } from '../bot/bot.ts'\nexport const from = 'x';\nconst text = \"import './y.ts'\";",
      },
    ],
  ],
  [
    'imports stay in src',
    staysInside,
    [[imports('bot/x.ts', '../../tests/helpers/world.ts')], [imports('../playground/x.ts', './tests/call.ts')]],
    [imports('bot/x.ts', '../lib/log.ts')],
  ],
  [
    'the playground stands alone',
    playgroundStandsAlone,
    [
      [imports('../playground/hub/server.ts', '../../src/domain/repo.ts')],
      [imports('../playground/x.ts', '../src/main.ts')],
      [{ file: '../playground/page/x.js', text: "/** @import { Repo } from '../../src/domain/repo.ts' */" }],
      [imports('main.ts', '../playground/playground.ts')],
      [imports('app/environment.ts', '../../playground/playground.ts')],
      [{ file: 'bot/bot.ts', text: "await import('../../playground/playground.ts')" }],
      [{ file: 'main.ts', text: "await import('../playground/playground.ts')" }],
    ],
    [
      imports('../playground/hub/server.ts', '../../src/lib/clock.ts', '../telegram/wire.ts'),
      { file: 'app/environment.ts', text: "await import('../../playground/playground.ts')" },
    ],
  ],
  [
    'sources stand behind their port',
    sourcesStandBehindTheirPort,
    [
      [imports('queue/moved.ts', '../sources/huggingface/hub.ts')],
      [imports('sources/port.ts', './huggingface/hub.ts')],
      [imports('sources/web/web.ts', '../huggingface/http.ts')],
      [imports('main.ts', './sources/huggingface/hub.ts')],
    ],
    [
      imports('queue/moved.ts', '../sources/port.ts'),
      imports('sources/huggingface/hub.ts', '../port.ts', './http.ts'),
      imports('app/app.ts', '../sources/huggingface/hub.ts'),
    ],
  ],
  [
    'within transfer imports point down',
    transferPointsDown,
    [
      [imports('transfer/http/wire.ts', '../engine/engine.ts')],
      [imports('transfer/files/blob-file.ts', '../http/wire.ts')],
      [imports('transfer/chunks/plan.ts', '../files/ranges.ts')],
      [imports('transfer/engine/engine.ts', '../transfer.ts')],
      [imports('transfer/engine/engine.ts', '../bulk/bulk.ts')],
    ],
    [
      imports('transfer/transfer.ts', './engine/engine.ts', './http/wire.ts'),
      imports('transfer/engine/engine.ts', '../http/wire.ts', '../files/ranges.ts', './blob.ts'),
      imports('transfer/files/blob-file.ts', './ranges.ts', '../../lib/folder.ts'),
      imports('transfer/bulk/bulk.ts', '../engine/lane.ts', '../http/head.ts', './job.ts'),
    ],
  ],
  [
    'copies stand behind their seam',
    copiesStandBehindTheirSeam,
    [
      [imports('queue/pump.ts', '../copies/copies.ts')],
      [imports('queue/run/copy-run.ts', '../../copies/snapshot.ts')],
      [imports('library/add.ts', '../copies/copies.ts')],
      [{ file: 'queue/x.ts', text: "import type { Taken } from '../copies/take-over.ts';" }],
      [{ file: 'queue/x.ts', text: "const copies = await import('../copies/copies.ts');" }],
    ],
    [
      imports('queue/run/copy-run.ts', '../../copies/executor.ts'),
      imports('queue/deps.ts', '../copies/hosts.ts'),
      imports('copies/copies.ts', './snapshot.ts'),
      imports('app/parts.ts', '../copies/copies.ts'),
    ],
  ],
  [
    'copies know nothing of the database',
    copiesKnowNoDatabase,
    [
      [imports('copies/copies.ts', '../store/store.ts')],
      [
        {
          file: 'copies/executor.ts',
          text: "import type { DownloadFiles } from '../store/downloads/download-files.ts';",
        },
      ],
    ],
    [
      imports('copies/copies.ts', '../cache/layout.ts', '../transfer/transfer.ts'),
      imports('queue/x.ts', '../store/store.ts'),
    ],
  ],
  [
    'transfer does not know where its URLs come from',
    transferKnowsNoSource,
    [
      [{ file: 'transfer/engine/x.ts', text: "throw new AppError('changed', 'The Hub said something else.');" }],
      [{ file: 'transfer/x.ts', text: '// as huggingface_hub does it' }],
    ],
    [
      { file: 'transfer/x.ts', text: "import { hubgram } from 'x'; // the server" },
      { file: 'copies/x.ts', text: '// the Hub' },
    ],
  ],
  [
    'packages live with their owner',
    respectsOwners,
    [
      [imports('bot/bot.ts', 'better-sqlite3')],
      [imports('queue/queue.ts', 'grammy/types')],
      [imports('main.ts', 'pino')],
      [imports('sources/port.ts', '@huggingface/hub')],
      [imports('sources/huggingface/hub.ts', '@huggingface/tasks')],
      [imports('lib/x.ts', 'left-pad')],
    ],
    [
      imports('bot/x.ts', 'grammy', 'grammy/types', '@grammyjs/menu', 'zod'),
      imports('log/log.ts', 'pino'),
      imports('lib/x.ts', 'node:fs/promises'),
    ],
  ],
  [
    'features of the bot keep apart',
    featuresKeepApart,
    [
      [imports('bot/add/feature.ts', '../library/text.ts')],
      [imports('bot/ui/buttons.ts', '../add/text.ts')],
      [imports('bot/board/board.ts', '../queue/text.ts')],
      [imports('bot/bot.ts', './add/feature.ts')],
      [imports('bot/add/feature.ts', '../features.ts')],
    ],
    [
      imports(
        'bot/add/feature.ts',
        './text.ts',
        '../ui/text.ts',
        '../board/board.ts',
        '../outbox/outbox.ts',
        '../context.ts',
        '../../library/add.ts',
      ),
      imports('bot/features.ts', './add/feature.ts', './library/feature.ts'),
      imports('bot/bot.ts', './features.ts', './context.ts'),
      imports('bot/board/board.ts', '../ui/text.ts', './card.ts'),
    ],
  ],
  [
    'features of the bot declare what they take',
    featuresDeclare,
    [
      [{ file: 'bot/add/feature.ts', text: "composer.command('add', handle)" }],
      [{ file: 'bot/queue/menu.ts', text: 'feature.callbackQuery(/^pause:/, handle)' }],
    ],
    [
      { file: 'bot/dispatch.ts', text: 'composer.command(name, handle)' },
      { file: 'bot/add/feature.ts', text: "commands: { add: { who: 'member' } }, say(commands.add)" },
    ],
  ],
  [
    'features of the bot read by number only what is of the chat',
    featuresAskWhose,
    [
      [{ file: 'bot/schedules/wizard.ts', text: 'deps.store.schedules.getSchedule(view.subject)' }],
      [{ file: 'bot/ui/pick-model.ts', text: 'store.models.getModel(card.modelId)' }],
    ],
    [
      { file: 'bot/schedules/screen.ts', text: 'scheduleIn(deps.store, chatId, view.subject)' },
      { file: 'bot/board/slots.ts', text: 'store.models.getModel(card.modelId)' },
    ],
  ],
  [
    'the bot writes nothing of what people want and may do',
    botDecidesNothing,
    [
      [{ file: 'bot/people/feature.ts', text: "store.users.setRole(id, 'member')" }],
      [{ file: 'bot/queue/menu.ts', text: 'models.updateModelDetails(id, { enabled })' }],
      [{ file: 'bot/outbox/outbox.ts', text: 'store.followers.clearFollowers(modelId)' }],
    ],
    [
      { file: 'bot/board/slots.ts', text: 'store.cards.putCard(card); store.models.getModel(id)' },
      { file: 'bot/schedules/feature.ts', text: 'deps.schedules.edit(id, changes)' },
      { file: 'people/newcomers.ts', text: "users.setRole(id, 'member')" },
    ],
  ],
  [
    'rooms do not import each other in a circle',
    hasNoCycles,
    [
      [imports('queue/a.ts', '../schedule/b.ts'), imports('schedule/c.ts', '../queue/d.ts')],
      [imports('bot/ui/a.ts', '../board/b.ts'), imports('bot/board/c.ts', '../ui/d.ts')],
      [imports('one.ts', './two.ts'), imports('two.ts', './three.ts'), imports('three.ts', './one.ts')],
    ],
    [
      imports('queue/a.ts', './b.ts'),
      imports('queue/b.ts', './a.ts'),
      imports('bot/bot.ts', './add/x.ts'),
      imports('bot/add/x.ts', '../context.ts'),
    ],
  ],
  [
    'files do not import each other in a circle',
    filesHaveNoCircles,
    [
      [imports('hub/a.ts', './b.ts'), imports('hub/b.ts', './a.ts')],
      [imports('bot/add/a.ts', './b.ts'), imports('bot/add/b.ts', '../c.ts'), imports('bot/c.ts', './add/a.ts')],
      [imports('hub/a.ts', './b.ts'), { file: 'hub/b.ts', text: "import type { A } from './a.ts';" }],
      [imports('../playground/a.ts', './hub/b.ts'), imports('../playground/hub/b.ts', '../a.ts')],
      [
        imports('../playground/page/a.js', './b.js'),
        { file: '../playground/page/b.js', text: "/** @import { A } from './a.js' */" },
      ],
    ],
    [imports('hub/a.ts', './b.ts', './c.ts'), imports('hub/b.ts', './c.ts'), imports('hub/c.ts', '../lib/d.ts')],
  ],
  [
    'files are short',
    isShort,
    [[{ file: 'lib/long.ts', text: 'x\n'.repeat(LONGEST_FILE + 1) }]],
    [{ file: 'lib/fits.ts', text: 'x\n'.repeat(LONGEST_FILE) }],
  ],
  [
    'folders are small',
    foldersAreSmall,
    [Array.from({ length: LARGEST_FOLDER + 1 }, (_, at) => ({ file: `queue/run/x${at}.ts`, text: '' }))],
    Array.from({ length: 2 * LARGEST_FOLDER }, (_, at) => ({ file: `queue/${at % 2}/x${at}.ts`, text: '' })),
  ],
  [
    'only config reads the environment',
    leavesTheEnvironmentAlone,
    [
      [{ file: 'sources/x.ts', text: "const token = process.env['HF_TOKEN'];" }],
      [{ file: 'sources/x.ts', text: "const token = process['env'].HF_TOKEN;" }],
      [{ file: 'sources/x.ts', text: "import { env } from 'node:process';" }],
      [{ file: 'sources/x.ts', text: 'const { env } = process;' }],
      [{ file: 'app/x.ts', text: 'openApp(process.env);' }],
      [{ file: 'main.ts', text: 'loadConfig({ env: process.env });' }],
    ],
    [
      { file: 'config/config.ts', text: 'const { argv, env = process.env } = input;' },
      {
        file: 'transfer/x.ts',
        text: 'process.memoryUsage(); const { environment } = options; // the processing of env',
      },
    ],
  ],
  [
    'only programs know arguments, signals and exit codes',
    leavesTheProcessAlone,
    [
      [{ file: 'app/app.ts', text: "process.once('SIGTERM', end);" }],
      [{ file: 'app/app.ts', text: 'process.exit(1);' }],
      [{ file: 'config/flags.ts', text: 'parse(process.argv.slice(2));' }],
      [{ file: 'log/log.ts', text: 'process.exitCode = 1;' }],
    ],
    [
      { file: 'main.ts', text: "process.on('SIGINT', end); process.exit(1); process.argv" },
      { file: 'log/log.ts', text: 'process.stdout.isTTY; process.pid; ends the process.' },
    ],
  ],
  [
    'only lib/clock looks at the clock of the system',
    asksAClock,
    [
      [{ file: 'queue/x.ts', text: 'const now = Date.now();' }],
      [{ file: 'bot/x.ts', text: 'const at = [1].map(Date.now);' }],
      [{ file: 'sources/x.ts', text: 'const now = new Date();' }],
      [{ file: 'sources/x.ts', text: 'const now = new Date;' }],
      [{ file: 'queue/x.ts', text: 'const since = performance.now();' }],
    ],
    [
      { file: 'lib/clock.ts', text: 'Date.now()' },
      { file: 'schedule/x.ts', text: 'new Date(clock.now()).toISOString(); // the Date of an answer' },
    ],
  ],
  [
    'modules keep nothing',
    modulesKeepNothing,
    [
      [{ file: 'transfer/x.ts', text: 'const spare: Buffer[] = [];' }],
      [{ file: 'queue/x.ts', text: 'export const known = new Map<string, number>();' }],
      [{ file: 'queue/x.ts', text: 'let next = 0;\nconst count = () => {\n  next += 1;\n  next = 2;\n};' }],
    ],
    [
      { file: 'domain/x.ts', text: 'let zones: string[] | undefined;\nconst all = () => (zones ??= read());' },
      {
        file: 'domain/x.ts',
        text: 'const NONE: ReadonlySet<string> = new Set();\nconst f = () => {\n  let a = 0;\n};',
      },
      { file: 'domain/files/listing-worker.ts', text: 'const files: string[] = [];' },
      { file: 'main.ts', text: 'let ending = false;' },
    ],
  ],
  [
    'no folder is a drawer',
    hasNoDrawers,
    [
      [{ file: 'utils/x.ts', text: '' }],
      [{ file: 'bot/helpers/x.ts', text: '' }],
      [{ file: 'store/types/x.ts', text: '' }],
    ],
    [{ file: 'lib/utils.ts', text: '' }],
  ],
  [
    'exports have names',
    exportsByName,
    [[{ file: 'lib/x.ts', text: 'const x = 1;\nexport default x;' }]],
    [{ file: 'lib/x.ts', text: '// export default is not used\nexport const x = 1;' }],
  ],
  [
    'functions that others use say what they are for',
    exportsAreExplained,
    [
      [{ file: 'lib/x.ts', text: 'const y = 1;\n\nexport const half = (x: number): number => x / 2;' }],
      [{ file: 'bot/x.ts', text: '/** About something else. */\n\nexport const ask = async (): Promise<void> => {};' }],
      [{ file: 'bot/x.ts', text: 'export const first = <T>(list: readonly T[]): T | undefined => list[0];' }],
    ],
    [
      {
        file: 'lib/x.ts',
        text: "/** A half of it. */\nexport const half = (x: number): number => x / 2;\nexport const WORD = 'x';\nconst own = () => 1;",
      },
    ],
  ],
  [
    'each room says in one line what it promises',
    roomsSayWhatTheyPromise,
    [
      [{ file: 'lib/x.ts', text: 'const one = 1;\n' }],
      [
        { file: 'lib/x.ts', text: '/* lib: two clocks. */\n' },
        { file: 'lib/y.ts', text: '/* lib: two clocks. */\n' },
      ],
      [{ file: 'lib/net/x.ts', text: '/* lib: two clocks. */\n' }],
      [{ file: 'lib/x.ts', text: `/* lib: ${'x'.repeat(LONGEST_PROMISE)}. */\n` }],
    ],
    [
      { file: 'main.ts', text: '' },
      { file: 'lib/x.ts', text: '/* lib: two clocks. */\n\nconst one = 1;\n' },
      { file: 'lib/y.ts', text: '/* What is the matter\n * with it. */\n' },
      { file: '../playground/x.ts', text: '' },
    ],
  ],
  [
    'what the store can be asked somebody asks',
    storeIsAsked,
    [
      [
        { file: 'store/store.ts', text: 'export interface Store {\n  readonly models: Models & Moves;\n}\n' },
        { file: 'store/models.ts', text: 'export interface Moves {\n  readonly move: (id: number) => void;\n}\n' },
        { file: 'bot/x.ts', text: 'const move = 1;' },
      ],
    ],
    [
      { file: 'store/store.ts', text: 'export interface Store {\n  readonly models: Models & Moves;\n}\n' },
      { file: 'store/models.ts', text: 'export interface Moves {\n  readonly move: (id: number) => void;\n}\n' },
      { file: 'store/more.ts', text: 'export interface Row {\n  readonly own: (id: number) => void;\n}\n' },
      { file: 'queue/x.ts', text: '/* queue: moves. */\nstore.models.move(1);' },
    ],
  ],
  [
    'only the store speaks SQL',
    speaksSqlInTheStore,
    [
      [{ file: 'queue/x.ts', text: 'db.prepare(`UPDATE models SET status = ?`)' }],
      [{ file: 'bot/x.ts', text: "run('SELECT id FROM models ')" }],
      [{ file: 'main.ts', text: "run('DELETE FROM models ')" }],
    ],
    [
      { file: 'store/x.ts', text: 'db.prepare(`UPDATE models SET status = ?`)' },
      { file: 'bot/x.ts', text: "reply('Select a model from the list')" },
    ],
  ],
];

describe.each(CASES)('the rule “%s”', (_name, rule, faults, good) => {
  test('objects to every planted fault', () => {
    expect(faults.map((files) => rule(files).length)).not.toContain(0);
  });

  test('lets pass what is allowed', () => {
    expect(rule(good)).toEqual([]);
  });
});

const root = join(import.meta.dirname, '..');

const read = (folder: string, extensions: RegExp): SourceFile[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => extensions.test(file) && !file.startsWith('tests/'))
    .map((file) => ({
      file: posix.join(posix.relative('src', folder), file),
      text: readFileSync(join(root, folder, file), 'utf8'),
    }));

const sources = [...read('src', /\.ts$/), ...read(PLAYGROUND, /\.ts$/)];
const pages = read(PLAYGROUND, /\.(?:js|css|html)$/);

describe('the house', () => {
  test('is there', () => {
    expect(sources.map(({ file }) => file)).toEqual(expect.arrayContaining(['main.ts', '../playground/playground.ts']));
    expect(pages.map(({ file }) => file)).toContain('../playground/page/main.js');
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(sources.length);
  });

  test.each(CASES)('keeps the rule “%s”', (_name, rule) => {
    expect(rule(sources)).toEqual([]);
  });

  test('keeps the pages of the playground short and apart as well', () => {
    const rules = [isShort, playgroundStandsAlone, staysInside, hasNoDrawers, filesHaveNoCircles];
    expect(rules.flatMap((rule) => rule(pages))).toEqual([]);
    expect(packageImports(pages)).toEqual([]);
  });
});

describe('dependencies', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;

  test('the check sees what is wrong', () => {
    const names = Object.keys(OWNERS);
    expect(brokenOwnership([], [...names, 'left-pad'])).toEqual(['left-pad has no owner']);
    expect(
      brokenOwnership(
        [],
        names.filter((name) => name !== 'zod'),
      ),
    ).toEqual(['zod is owned, but no dependency']);
    expect(brokenOwnership([imports('lib/x.ts', 'vitest')], names)).toEqual([
      'lib/x.ts imports vitest, which is no dependency',
    ]);
  });

  test('each has an owner, and what is imported is declared', () => {
    expect(brokenOwnership(sources, Object.keys(dependencies))).toEqual([]);
  });

  test('have exact versions', () => {
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );
    expect(loose).toEqual([]);
  });
});
