/* domain/checks: what a check may say: whole, fits, loads. */

import { z } from 'zod';
import { fitsSchema } from './fits.ts';
import { loadsSchema } from './loads.ts';

/** So many files of each kind are kept by name; the others are counted. */
const KEPT_MOST = 5;
const NAMES_MOST = 3;

/** Something about a file: its path, and the end of a sentence that begins with it. */
const remarkSchema = z.object({ path: z.string(), reason: z.string() });
export type Remark = Readonly<z.infer<typeof remarkSchema>>;

/** What a file would import that weights have no need of. */
const importsSchema = z.object({
  path: z.string(),
  /** `module.name`; the first few. An empty text: a name that is worked out while it is loaded. */
  names: z.array(z.string()).readonly(),
  others: z.int().nonnegative(),
  /** It calls what it imports, or something else. */
  isRun: z.boolean(),
});
export type SuspiciousImports = Readonly<z.infer<typeof importsSchema>>;

const count = z.int().nonnegative();

/** What was proved of a copy's files by reading what they say of themselves: headers, and no numbers. */
const wholeSchema = z.object({
  /** Files of weights that are whole, and the tensors in them, as far as their form counts any. */
  weightFiles: count,
  tensors: count,
  faults: z.array(remarkSchema).readonly(),
  faultCount: count,
  /** Files of weights of which nothing was proved. */
  unread: z.array(remarkSchema).readonly(),
  unreadCount: count,
  imports: z.array(importsSchema).readonly(),
  importCount: count,
  /** Other repositories whose code it runs when it is loaded; the first few. Without it: none. */
  codeFrom: z.array(z.string()).readonly().optional(),
});
export type Whole = Readonly<z.infer<typeof wholeSchema>>;

/** What a check of a copy came to. */
export const checkResultSchema = z.object({
  whole: wholeSchema,
  /** Without it: nobody can tell what of it is loaded. */
  fits: fitsSchema.optional(),
  /** Without it: nothing here loads such files, or something is wrong with them already. */
  loads: loadsSchema.optional(),
});
export type CheckResult = Readonly<z.infer<typeof checkResultSchema>>;

/** Whether somebody who wants to load it should hear of what was found. What was not looked into says nothing. */
export const isBadNews = ({ whole, fits, loads }: CheckResult): boolean =>
  whole.faultCount > 0 || whole.importCount > 0 || fits?.where === 'none' || loads?.kind === 'failed';

export interface Found extends Pick<Whole, 'weightFiles' | 'tensors'> {
  readonly faults: readonly Remark[];
  readonly unread: readonly Remark[];
  readonly imports: readonly SuspiciousImports[];
  readonly codeFrom?: Iterable<string> | undefined;
}

/** What is kept of it. */
export const wholeOf = ({ weightFiles, tensors, faults, unread, imports, codeFrom = [] }: Found): Whole => {
  const repositories = [...codeFrom].slice(0, KEPT_MOST);
  return {
    weightFiles,
    tensors,
    faults: faults.slice(0, KEPT_MOST),
    faultCount: faults.length,
    unread: unread.slice(0, KEPT_MOST),
    unreadCount: unread.length,
    imports: imports.slice(0, KEPT_MOST),
    importCount: imports.length,
    ...(repositories.length === 0 ? {} : { codeFrom: repositories }),
  };
};

/** What is kept of the names that a file imports. */
export const importsOf = (path: string, names: readonly string[], isRun: boolean): SuspiciousImports => ({
  path,
  names: names.slice(0, NAMES_MOST),
  others: Math.max(0, names.length - NAMES_MOST),
  isRun,
});
