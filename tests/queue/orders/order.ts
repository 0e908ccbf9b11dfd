import { setImmediate as breathe, setTimeout as pause } from 'node:timers/promises';
import type { DiskFunctions } from '../../../src/cache/disk.ts';
import type { RepoFile } from '../../../src/domain/listing.ts';
import { repoFolderName } from '../../../src/domain/repo/repo.ts';
import { createDice } from '../../helpers/dice.ts';
import { putAsPython, whatLiesAt } from '../../helpers/python-cache.ts';
import { brokenNow, createLedger, type Ledger, leftOver } from './check.ts';
import { type Life, type Lives, openLives } from './lives.ts';
import { HELD, Q4, QUANTS, READ_ME, TWIN, WEIGHTS } from './sample.ts';

/** How the disk of an order lays files out: by links, by hard links alone, or by none. */
export interface Layout {
  readonly name: string;
  readonly diskFunctions?: DiskFunctions;
}

/** One random order of what people, programs and machines do, and where it has got to. */
export interface Order {
  readonly lives: Lives;
  readonly ledger: Ledger;
  readonly dice: (limit: number) => number;
  /** What was done so far, in words. */
  readonly steps: string[];
  /** The commit of the tag, with all of its files. */
  readonly tagged: { readonly id: string; readonly files: readonly RepoFile[] };
  life: Life;
  /** Lets the weights come, of which only a part does; undefined: they come. */
  letGo: (() => void) | undefined;
  /** How often the branch has moved. */
  moves: number;
  /** Removals that nobody has waited for yet. */
  readonly removing: Set<Promise<unknown>>;
}

const LONGEST_WAIT_MS = 60_000;
const LOOK_MS = 4;

/** Resolves when this is empty. @throws with what it is not, after a long time */
export const untilEmpty = async (look: () => readonly string[]): Promise<void> => {
  const late = AbortSignal.timeout(LONGEST_WAIT_MS);
  for (let left = look(); left.length > 0; left = look()) {
    if (late.aborted) throw new Error(left.join('\n'));
    await pause(LOOK_MS);
  }
};

export const one = <T>({ dice }: Pick<Order, 'dice'>, choices: readonly T[]): T | undefined =>
  choices[dice(choices.length)];

/** Some moment of what is under way. */
export const someTurns = async ({ dice }: Order): Promise<void> => {
  for (let left = dice(3) === 0 ? dice(400) : dice(30); left > 0; left -= 1) await breathe();
};

export const hold = (order: Order): void => {
  if (order.letGo) return;
  const held = WEIGHTS.map((path) => order.lives.hub.setFault({ kind: 'held', path, bytes: HELD }));
  order.letGo = () => {
    for (const lift of held) lift();
    order.letGo = undefined;
  };
};

/** Other commits of which the Python client may have something: an old one of the quants, and another repository. */
const OLD_COMMIT = 'e'.repeat(40);

/** What the Python client has put there before: nothing, the same quant, an older commit of it, the same weights elsewhere. */
const putTheirs = ({ lives, ledger, dice, tagged }: Order, hasLinks: boolean): string => {
  const contents = (name: string, paths: readonly string[]) =>
    lives.hub
      .commitOf(name)
      .files.filter(({ path }) => paths.includes(path))
      .map(({ path, etag, content }) => ({ path, etag: etag(), content: content.read(0, content.size) }));
  const ways = {
    'the same quant': { id: QUANTS, commit: tagged.id, revision: 'main', files: contents(QUANTS, [READ_ME, Q4]) },
    'an older commit': { id: QUANTS, commit: OLD_COMMIT, revision: 'old', files: contents(QUANTS, [READ_ME, Q4]) },
    'the weights elsewhere': {
      id: 'other/tool',
      commit: OLD_COMMIT,
      revision: 'main',
      files: contents(TWIN, ['weights.gguf']),
    },
    'a file of it': {
      id: TWIN,
      commit: lives.hub.commitOf(TWIN).id,
      revision: 'main',
      files: contents(TWIN, ['config.json']),
    },
  };
  const chosen = Object.entries(ways).filter(() => dice(3) === 0);
  for (const [, { id, ...rest }] of chosen) {
    const repoFolder = repoFolderName({ type: 'model', id });
    for (const path of putAsPython(lives.cacheDir, { repoFolder, hasLinks, ...rest })) {
      // Whoever knows a newer commit of a branch says so in its ref.
      if (!path.includes('/refs/')) ledger.theirs.set(path, whatLiesAt(path) ?? '');
    }
  }
  return `Python has put there: ${chosen.map(([name]) => name).join(', ') || 'nothing'}`;
};

export const openOrder = async (seed: number, { name, diskFunctions }: Layout): Promise<Order> => {
  const lives = await openLives(diskFunctions ? { diskFunctions } : {});
  const { id, files } = lives.hub.commitOf(QUANTS);
  const base = {
    lives,
    ledger: createLedger(lives.database, lives.cacheDir),
    // Neighbours would begin alike.
    dice: createDice((Math.imul(seed, 0x9e3779b1) >>> 0) | 1),
    steps: [`seed ${seed}, ${name}`],
    tagged: { id, files: files.map((file) => ({ path: file.path, size: file.size, etag: file.etag() })) },
    letGo: undefined,
    moves: 0,
    removing: new Set<Promise<unknown>>(),
  };
  const life = lives.begin();
  const order: Order = { ...base, life };
  order.steps.push(putTheirs(order, name === 'links'));
  hold(order);
  return order;
};

/** A repository's folder is made and removed in two steps, and no program can take them as one, nor read a folder as one. */
const isInBetween = (text: string): boolean => /(?:has no snapshots dir|is not a directory)$/.test(text);

/** @throws what must be so at every moment and is not */
export const look = async ({ ledger }: Order): Promise<void> => {
  const broken = brokenNow(ledger);
  const lasting = broken.filter((text) => !isInBetween(text));
  if (lasting.length > 0) throw new Error(lasting.join('\n'));
  if (broken.length > 0) await untilEmpty(() => brokenNow(ledger).filter(isInBetween));
};

/** Waits until nothing is left to be done, nor lies about. @throws what is */
export const comeToRest = async (order: Order): Promise<void> => {
  await Promise.all(order.removing);
  await untilEmpty(() => leftOver(order.ledger));
  await look(order);
};

export const closeOrder = async ({ ledger, life, lives }: Order): Promise<void> => {
  ledger.reader.letGo();
  await life.close();
  await lives.close();
};
