import { z } from 'zod';
import type { DiskRoom } from '../../cache/layout.ts';
import type { Published, Wanted } from '../../cache/missing.ts';
import type { PieceWanted } from '../../cache/read-piece.ts';
import type { Arrived, SnapshotRemoval } from '../../cache/remove.ts';
import type { ScannedRepo } from '../../cache/scan.ts';
import type { ShownFiles } from '../../cache/shown-files.ts';
import type { Parts } from '../../cache/sweep.ts';
import type { LastUse } from '../../cache/use/last-use.ts';
import type { Memory } from '../../domain/memory.ts';
import { anyOf, defineForm, type Form, type ShapeOf } from './form.ts';
import { absolutePath, commit, count, etag, repoFile, repoFolder, safePath } from './jobs.ts';
import { LAST_MS, memoryForm } from './presence.ts';

/** A question that is answered at once: what goes over, and what comes back. */
interface Question<Asked extends object, Answer extends object> {
  readonly asks: Form<Asked>;
  readonly answers: Form<Answer>;
}

const question = <Asked extends object, Answer extends object>(
  asks: Form<Asked>,
  answers: Form<Answer>,
): Question<Asked, Answer> => ({ asks, answers });

const nothing = defineForm<object>({});
const bytes = defineForm<{ readonly bytes: number }>({ bytes: count });
const published = defineForm<Published, 'files'>({ repoFolder, commit }, { files: repoFile });
/** Milliseconds since the epoch. */
const instant = z.number().min(0).max(LAST_MS);
const counted = z.object({ files: count, bytes: count });
const cursor = z.string().regex(/^[0-9a-f-]{1,40}$/);

/** A part of what has no bound. */
export interface Page<Item> {
  /** To ask for the next one; undefined: this was the last. */
  readonly cursor?: string | undefined;
  readonly items: readonly Item[];
}

/** With the cursor of a page for the next one; without, from the beginning. */
interface GoOn {
  readonly cursor?: string | undefined;
}
type SnapshotGoOn = Pick<Published, 'repoFolder' | 'commit'> & GoOn;
const goOn = defineForm<GoOn>({ cursor: cursor.optional() });

const pageOf = <Item>(item: z.ZodType<Item>): Form<Page<Item>> =>
  defineForm<Page<Item>, 'items'>({ cursor: cursor.optional() }, { items: item });

const scannedRepo = z.object({
  repoFolder,
  bytes: count,
  sharedBytes: count,
  toldBytes: count,
  revisions: z
    .array(counted.extend({ commit, refs: z.array(safePath).max(10_000), gone: count, changedAt: instant }))
    .max(10_000),
  unshown: counted,
  partials: counted,
} satisfies ShapeOf<ScannedRepo>);

const shownFiles = z.object({
  snapshotPath: absolutePath,
  files: z.array(z.object({ path: safePath, size: count, etag: etag.optional() })).max(10_000),
} satisfies ShapeOf<ShownFiles>);

const parts = z.object({ repoFolder, etags: z.array(etag).max(100_000) } satisfies ShapeOf<Parts>);

/** Half of what a piece may have: in base64 it is 256 KiB. */
export const PIECE_BYTES = 192 * 1024;

/** All that a host is asked beside the runs, by the names of the executor. */
export const QUESTIONS = {
  missingBytes: question(
    defineForm<Wanted, 'files' | 'commits'>(
      { repoFolder, maxAgeMs: count.optional() },
      { files: repoFile, commits: commit },
    ),
    bytes,
  ),
  missingFiles: question(
    published,
    defineForm<{ readonly missing?: number | undefined }>({ missing: count.optional() }),
  ),
  filesThere: question(published, defineForm<{ readonly paths: readonly string[] }, 'paths'>({}, { paths: safePath })),
  freeBytes: question(
    defineForm<{ readonly repoFolder?: string | undefined }>({ repoFolder: repoFolder.optional() }),
    bytes,
  ),
  diskOf: question(
    defineForm<{ readonly repoFolder: string }>({ repoFolder }),
    defineForm<{ readonly disk: string }>({ disk: z.string().max(200) }),
  ),
  memory: question(nothing, defineForm<Memory>(memoryForm.shape)),
  room: question(nothing, defineForm<DiskRoom>({ totalBytes: count, freeBytes: count })),
  lastUse: question(
    published,
    defineForm<{ readonly use?: LastUse | undefined }>({
      use: z
        .object({ at: instant, by: anyOf<LastUse['by']>({ read: true, change: true }) } satisfies ShapeOf<LastUse>)
        .optional(),
    }),
  ),
  read: question(
    defineForm<PieceWanted>({
      repoFolder,
      commit,
      path: safePath,
      start: count,
      bytes: z.number().int().min(1).max(PIECE_BYTES),
    }),
    // In one slice: it goes when it was read, and no queue keeps it.
    defineForm<{ readonly size: number; readonly content: readonly string[] }, 'content'>(
      { size: count },
      {
        content: z.base64().max(Math.ceil(PIECE_BYTES / 3) * 4),
      },
    ),
  ),
  sweep: question(defineForm<Parts, 'etags'>({ repoFolder }, { etags: etag }), nothing),
  removeSnapshot: question(
    defineForm<SnapshotRemoval, 'paths' | 'etags'>({ repoFolder, commit }, { paths: safePath, etags: etag }),
    bytes,
  ),
  removeArrived: question(defineForm<Arrived, 'etags'>({ repoFolder }, { etags: etag }), bytes),
  list: question(goOn, pageOf<ScannedRepo>(scannedRepo)),
  shown: question(
    defineForm<SnapshotGoOn>({ repoFolder, commit, cursor: cursor.optional() }),
    pageOf<ShownFiles>(shownFiles),
  ),
  partials: question(goOn, pageOf<Parts>(parts)),
  /** Nobody wants the rest. */
  leave: question(defineForm<{ readonly cursor: string }>({ cursor }), nothing),
  /** Look at what is wanted now: somebody has changed it. */
  look: question(nothing, nothing),
} as const;

export type QuestionName = keyof typeof QUESTIONS;
export type Asked<Name extends QuestionName> = (typeof QUESTIONS)[Name] extends Question<infer T, object> ? T : never;
export type Answer<Name extends QuestionName> = (typeof QUESTIONS)[Name] extends Question<object, infer T> ? T : never;

/** Whether there is a question of this name. */
export const isQuestion = (name: string): name is QuestionName => Object.hasOwn(QUESTIONS, name);
