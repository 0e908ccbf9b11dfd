import { z } from 'zod';
import type { CheckJob } from '../../checks/checker.ts';
import type { CheckState } from '../../checks/checks.ts';
import type { CheckResult, Remark, SuspiciousImports, Whole } from '../../domain/checks/check.ts';
import { CONTEXT_MOST, type Fits } from '../../domain/checks/fits.ts';
import type { Loads } from '../../domain/checks/loads.ts';
import { RUNTIMES } from '../../domain/checks/runtimes.ts';
import { isRepoId } from '../../domain/repo/repo.ts';
import { anyOf, defineForm, type ShapeOf } from './form.ts';
import { amount, commit, count, line, repoFile, repoFolder, safePath } from './jobs.ts';

/*
 * What is looked into on a host, and what came of it. The domain says what a result is made of, for rows that the bot has written
 * itself; here it is held to what a check can come to, since what arrives may be of anybody's making and is shown to people.
 */

/** Of each kind so many are kept by name (`wholeOf`), and of a file so many imports (`importsOf`). */
const REMARKS_MOST = 5;
const IMPORTS_MOST = 3;
const REASON_MOST = 1000;
const NAME_MOST = 200;
const CARDS_MOST = 4;
/** `shownStack` keeps so much. */
const TRACE_MOST = 8000;

export const checkForm = defineForm<CheckJob, 'files'>(
  { repoFolder, commit, contextTokens: z.number().int().min(1).max(CONTEXT_MOST).optional() },
  { files: repoFile },
);

const remarks = z.array(z.object({ path: safePath, reason: line(REASON_MOST) })).max(REMARKS_MOST);
const imports = z
  .array(
    z.object({ path: safePath, names: z.array(line(NAME_MOST)).max(IMPORTS_MOST), others: count, isRun: z.boolean() }),
  )
  .max(REMARKS_MOST);

/** What is counted is named, as far as it is kept by name. */
const areCounted = (named: readonly (Remark | SuspiciousImports)[], all: number): boolean =>
  named.length === Math.min(all, REMARKS_MOST);

const whole = z
  .object({
    weightFiles: count,
    tensors: count,
    faults: remarks,
    faultCount: count,
    unread: remarks,
    unreadCount: count,
    imports,
    importCount: count,
    codeFrom: z
      .array(z.string().refine((id) => isRepoId(id), 'is no name of a repository'))
      .max(REMARKS_MOST)
      .optional(),
  } satisfies ShapeOf<Whole>)
  .refine(
    ({ faults, faultCount, unread, unreadCount, imports: named, importCount }) =>
      areCounted(faults, faultCount) && areCounted(unread, unreadCount) && areCounted(named, importCount),
    'counts what it does not name',
  ) satisfies z.ZodType<Whole>;

const fits = z.object({
  neededBytes: amount,
  contextTokens: z.number().int().min(1).max(CONTEXT_MOST).optional(),
  isLongest: z.boolean().optional(),
  where: anyOf<Fits['where']>({ gpu: true, memory: true, none: true }),
  memoryBytes: amount,
  gpuBytes: amount,
  freeBytes: amount,
} satisfies ShapeOf<Fits>);

const did = z.discriminatedUnion('what', [
  z.object({
    what: z.literal('wrote'),
    firstMs: amount,
    tokensPerSecond: z.number().positive().max(Number.MAX_SAFE_INTEGER).optional(),
  }),
  z.object({ what: z.literal('answered'), answerMs: amount }),
  z.object({ what: z.literal('opened') }),
]);

const loads = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('loaded'),
    path: safePath,
    loadMs: amount,
    cards: z.array(line(NAME_MOST)).max(CARDS_MOST).optional(),
    did,
  }),
  z.object({
    kind: z.literal('failed'),
    path: safePath,
    reason: line(REASON_MOST),
    trace: z.string().max(TRACE_MOST).optional(),
  }),
  z.object({ kind: z.literal('no_runtime'), runtime: z.enum(RUNTIMES) }),
  z.object({ kind: z.literal('no_memory'), neededBytes: amount, freeBytes: amount }),
  z.object({ kind: z.literal('unknown'), path: safePath, reason: line(REASON_MOST) }),
]) satisfies z.ZodType<Loads>;

export const checkedForm = defineForm<CheckResult>({ whole, fits: fits.optional(), loads: loads.optional() });

export const checkStateSchema = z
  .object({
    filesDone: count,
    filesTotal: count,
    currentFile: safePath,
    isLoading: z.boolean().optional(),
  } satisfies ShapeOf<CheckState>)
  .refine(({ filesDone, filesTotal }) => filesDone <= filesTotal, 'is further than its end') as z.ZodType<CheckState>;

/** All paths that a result tells of. */
export const pathsIn = ({
  whole: { faults, unread, imports: named },
  loads: loaded,
}: CheckResult): readonly string[] => [
  ...[...faults, ...unread, ...named].map(({ path }) => path),
  ...(loaded && 'path' in loaded ? [loaded.path] : []),
];
