import { z } from 'zod';
import type { CopyJob, CopyMade, CopyState, NamedLimit, Verdict, VerifyState } from '../../copies/executor.ts';
import type { Published } from '../../cache/missing.ts';
import type { SourceName } from '../../domain/copy.ts';
import { isCommit, isEtag } from '../../domain/hashes.ts';
import type { RepoFile, RepoType } from '../../domain/listing.ts';
import { isRepoId, isRevision, isSafePath, repoFolderName } from '../../domain/repo/repo.ts';
import { webFileParts } from '../../domain/repo/web-file.ts';
import { type Failure, failureSchema } from './failure.ts';
import { anyOf, defineForm, type Envelope, envelopeSchema, type ShapeOf } from './form.ts';

export const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** What may have a fraction. */
export const amount = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
/** Words for people, in one line. */
export const line = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'is more than a line');
export const commit = z.string().refine(isCommit, 'is no commit');
export const etag = z.string().refine(isEtag, 'is no name of a blob');
export const safePath = z.string().refine(isSafePath, 'is a path that leads out of its folder');
/** Of a folder on another machine: shown to people, kept, and never opened here. */
export const absolutePath = z
  .string()
  .max(4096)
  .regex(/^(?:\/|[A-Za-z]:[\\/]|\\\\)[^\p{Cc}]*$/u, 'is no absolute path');
/** The floor below says which folders those are, and refuses all others: here only what has to do with length and separators. */
export const repoFolder = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,300}$/, 'is no folder of a repository');

export const repoFile = z.object({
  path: safePath,
  size: count,
  etag,
  isUnhashed: z.boolean().optional(),
  xetHash: etag.optional(),
} satisfies ShapeOf<RepoFile>);

const limit = z.object({
  name: z.string().min(1).max(100),
  bytesPerSecond: z.number().positive().max(Number.MAX_SAFE_INTEGER),
}) satisfies z.ZodType<NamedLimit>;

const repoId = z.string().refine((id) => isRepoId(id) || webFileParts(id) !== undefined, 'is no name of a repository');

/** What of a copy that is to be made goes over: no tokens, and whose they would be is of no use there. */
type SentJob = Omit<CopyJob, 'limit' | 'tokensOf' | 'key'>;

export const copyForm = defineForm<SentJob, 'files'>(
  {
    source: anyOf<SourceName>({ hub: true, url: true }),
    type: anyOf<RepoType>({ model: true, dataset: true }),
    id: repoId,
    commit,
    revision: z.string().refine((text) => isRevision(text), 'is no revision'),
    url: z.string().max(20_000).optional(),
    mostBytes: count.optional(),
  },
  { files: repoFile },
);

/**
 * Whether what was given to a host, as it lies in the queue, is a copy that is made in this folder of a cache. What cannot be read may be
 * one in any folder.
 */
export const isOfFolder = (given: unknown, folder: string): boolean => {
  if (given === undefined) return false;
  const head = copyForm.head.safeParse(envelopeSchema.safeParse(given).data?.head).data;
  return head === undefined || repoFolderName(head as SentJob) === folder;
};

export const verifyForm = defineForm<Published, 'files'>({ repoFolder, commit }, { files: repoFile });

export const RUN_KINDS = ['copy', 'verify', 'check'] as const;
export type RunKind = (typeof RUN_KINDS)[number];

/** In the place of a wish: it is to end. */
export const STOP = 'stop';

/** What is wanted of a run that is under way. */
export const wishSchema = z.object({ limit: limit.optional() });
export type Wish = z.infer<typeof wishSchema>;

const note = z.object({
  kind: anyOf<NonNullable<CopyState['note']>['kind']>({ stalled: true, rate_limited: true, corrupt: true }),
  leftMs: count.optional(),
});

/** Clocks that only go forward begin anywhere: how long ago something was is what two machines can tell each other. */
export const copyStateSchema = z.object({
  phase: anyOf<CopyState['phase']>({ checking: true, receiving: true, verifying: true, publishing: true, done: true }),
  bytesTotal: count,
  bytesReady: count,
  bytesReceived: count,
  filesTotal: count,
  filesDone: count,
  currentFile: safePath.optional(),
  /** Undefined: none yet. */
  lastByteAgoMs: count.optional(),
  connections: count,
  isOpening: z.boolean().optional(),
  peers: count.optional(),
  note: note.optional(),
} satisfies ShapeOf<Omit<CopyState, 'lastByteAt' | 'ranBefore'> & { readonly lastByteAgoMs: number }>);
export type SentCopyState = z.infer<typeof copyStateSchema>;

/** @param now by the clock that only goes forward, here */
export const copyStateToSend = ({ lastByteAt, ...state }: CopyState, now: number): SentCopyState =>
  ({ ...state, ...(lastByteAt === 0 ? {} : { lastByteAgoMs: Math.max(0, now - lastByteAt) }) }) as SentCopyState;

/** @param now by the clock that only goes forward, here */
export const copyStateAsSent = ({ lastByteAgoMs, ...state }: SentCopyState, now: number): CopyState =>
  ({ ...state, lastByteAt: lastByteAgoMs === undefined ? 0 : Math.max(1, now - lastByteAgoMs) }) as CopyState;

export const verifyStateSchema = z.object({
  bytesTotal: count,
  bytesDone: count,
  filesTotal: count,
  filesDone: count,
  currentFile: safePath.optional(),
} satisfies ShapeOf<VerifyState>) as z.ZodType<VerifyState>;

/** What has turned out of files of which nobody had told it, as a list: it may be long. */
interface SentMade extends Omit<CopyMade, 'learned'> {
  readonly learned: readonly { readonly path: string; readonly sha256: string; readonly size: number }[];
}

export const madeForm = defineForm<SentMade, 'learned'>(
  { snapshotPath: absolutePath, bytesReceived: count },
  {
    learned: z.object({ path: safePath, sha256: z.string().regex(/^[0-9a-f]{64}$/), size: count }),
  },
);

/** What was made, as it goes over. */
export const madeToSend = ({ learned = {}, ...made }: CopyMade): SentMade => ({
  ...made,
  learned: Object.entries(learned).map(([path, { sha256, size }]) => ({ path, sha256, size })),
});

/** What was made, as it was before it went over. */
export const madeAsSent = ({ learned, ...made }: SentMade): CopyMade => ({
  ...made,
  ...(learned.length > 0
    ? { learned: Object.fromEntries(learned.map(({ path, sha256, size }) => [path, { sha256, size }])) }
    : {}),
});

export const verdictForm = defineForm<Verdict, 'missing' | 'broken'>({}, { missing: safePath, broken: safePath });

/** How a run or a question has ended. A job of a queue never fails: this is what it comes to. */
export type Ending =
  | { readonly kind: 'done'; readonly answer: Envelope }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** It is not wanted any more. What had come is on the disk. */
  | { readonly kind: 'stopped' }
  /** A part of what was asked is not there any more: it has to be asked again. */
  | { readonly kind: 'lost' }
  /** That host does not understand what was asked. */
  | { readonly kind: 'refused'; readonly protocol: number; readonly says: string };

export const endingSchema: z.ZodType<Ending> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), answer: envelopeSchema }),
  z.object({ kind: z.literal('failed'), failure: failureSchema }),
  z.object({ kind: z.literal('stopped') }),
  z.object({ kind: z.literal('lost') }),
  z.object({ kind: z.literal('refused'), protocol: count, says: z.string().max(1000) }),
]) as z.ZodType<Ending>;
