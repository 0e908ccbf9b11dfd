import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a piece of a measure has printed. */
export interface Kept {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly machine: string;
  /** What share of its processors was taken by others when it began. */
  readonly taken: number;
  readonly output: string;
}

/** What is older was measured of another version, and belongs to no table of today. */
const DAY_MS = 86_400_000;

/** What has been measured, each piece in a file of its own: whatever ends the bench ends one piece. @param folder made if it is missing */
export const createKept = (folder: string, now: () => number = Date.now) => {
  const fileOf = (measure: string, piece: string): string => join(folder, `${measure}-${piece}.json`);
  return {
    keep: (measure: string, piece: string, kept: Omit<Kept, 'at'>): void => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(fileOf(measure, piece), JSON.stringify({ at: now(), ...kept }));
    },
    /** undefined: it was not measured within a day */
    kept: (measure: string, piece: string): Kept | undefined => {
      try {
        const found = JSON.parse(readFileSync(fileOf(measure, piece), 'utf8')) as Kept;
        return now() - found.at < DAY_MS ? found : undefined;
      } catch {
        return undefined;
      }
    },
  };
};
