import { availableParallelism } from 'node:os';
import type { CopyFolders } from '../folders.ts';

/** What a process has that opens a model, to try it or to talk to it. */
export interface ModelProcessOptions extends CopyFolders {
  /** The folder that has one for each runtime. */
  readonly runtimesDir: string;
  /** What says how graphics cards are reached (`config/cards.ts`). */
  readonly cardsEnv?: Readonly<Record<string, string>>;
  /** Cores that may be kept busy; one is left to the bot if not given. */
  readonly threads?: number;
  /** What it may have beside what the headers say, in bytes. */
  readonly besideBytes?: number;
}

/** A model of a hundred gigabytes comes from a slow disk in that time. */
export const OPEN_MOST_MS = 10 * 60_000;
/** Of JavaScript's own memory. */
export const HEAP_MOST_MB = 1024;
/** The program itself, and what it computes with. */
const BESIDE_BYTES = 1e9;
/** What is said of memory is an estimate. */
const MARGIN = 1.5;

/** How much memory it may have in all, by what the headers of the model say. */
export const residentMostBytes = (
  { besideBytes = BESIDE_BYTES }: Pick<ModelProcessOptions, 'besideBytes'>,
  neededBytes: number,
): number => Math.round(neededBytes * MARGIN) + besideBytes;

/** How many cores it may keep busy. */
export const threadsOf = ({ threads }: Pick<ModelProcessOptions, 'threads'>): number =>
  threads ?? Math.max(1, availableParallelism() - 1);
