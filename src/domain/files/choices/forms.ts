/* domain/files/choices: several forms of one model in a repository, of which a person takes one. */

import type { RepoFile, RepoHints } from '../../listing.ts';
import { loaderFiles } from '../loader-files.ts';
import { readWeight } from '../weights.ts';

/** One of several models, or of several forms of one model, that are not GGUF. */
export interface FormChoice {
  /** How people choose it; unique in its repository. */
  readonly label: string;
  /** What else it is called, in lower case. */
  readonly aliases: readonly string[];
  /** All its weights, with the parts that come with each choice. */
  readonly weights: readonly RepoFile[];
}

/** What a repository lets one choose from. */
export interface Forms {
  /** Forms of one model that differ in their numbers, or models that each are a file or two. */
  readonly kind: 'dtypes' | 'models';
  readonly choices: readonly FormChoice[];
  /** The label of the one that a loader takes if nobody says which. */
  readonly usual: string | undefined;
  /** True: this is what the repository is about. False: these are further forms of what it is about. */
  readonly isMain: boolean;
}

/** The files that come with a choice: its weights, and of all that is no weight what a loader reads; in the list's order. */
export const filesOfForm = (
  { weights }: FormChoice,
  files: readonly RepoFile[],
  hints: RepoHints,
): readonly RepoFile[] => {
  const chosen = new Set(weights);
  const rest = files.filter((file) => chosen.has(file) || readWeight(file) === undefined);
  const read = new Set(loaderFiles(rest, hints));
  return files.filter((file) => chosen.has(file) || read.has(file));
};

/** Ways to understand a name, the strictest first; the first that fits any choice decides. */
const READINGS: readonly ((choice: FormChoice, asked: string) => boolean)[] = [
  ({ label }, asked) => label.toLowerCase() === asked,
  ({ aliases }, asked) => aliases.includes(asked),
  ({ label }, asked) => ['-', '_', '.', '/'].some((before) => label.toLowerCase().endsWith(before + asked)),
];

/** The choices that a name means: by label, by another name, by the end of the label; whatever the case. */
export const formsNamed = ({ choices }: Forms, name: string): readonly FormChoice[] => {
  const asked = name.toLowerCase();
  for (const reads of READINGS) {
    const named = choices.filter((choice) => reads(choice, asked));
    if (named.length > 0) return named;
  }
  return [];
};
