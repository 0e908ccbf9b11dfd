import type { Published } from '../../cache/missing.ts';
import type { ScannedRepo } from '../../cache/scan.ts';
import type { ShownFiles } from '../../cache/shown-files.ts';
import type { Parts } from '../../cache/sweep.ts';
import { AppError } from '../../domain/errors.ts';
import { orAborted } from '../../lib/async/or-aborted.ts';
import type { Asked, Page } from '../wire/questions.ts';
import { endsAs } from './believed.ts';
import type { QuestionDesk } from './question-desk.ts';

interface PagesDeps {
  readonly host: string;
  readonly questions: QuestionDesk;
}

/** No disk has so many repositories; whoever tells of more would fill the memory with them. */
const LISTED_MOST = 100_000;
/** Nor so much in them: commits and what leads to them, and files of one snapshot. */
const WITHIN_MOST = 1_000_000;

/** How much there is in what a page lists. */
const within = {
  list: ({ revisions }: ScannedRepo): number => revisions.reduce((all, { refs }) => all + 1 + refs.length, 0),
  shown: ({ files }: ShownFiles): number => files.length,
  partials: ({ etags }: Parts): number => etags.length,
} as const;

/**
 * Asks a host page after page what lies on its disk, as long as somebody wants more.
 * @throws AppError integrity: it lists more than any disk holds; as questions do
 */
export async function* pages<Item, Given extends object>(
  { questions, host }: PagesDeps,
  name: keyof typeof within,
  { given, signal }: { readonly given: Given; readonly signal: AbortSignal },
): AsyncIterable<Item> {
  let cursor: string | undefined;
  let [listed, held] = [0, 0];
  const holds = within[name] as (item: unknown) => number;
  try {
    do {
      if (signal.aborted) return;
      const asked = { ...given, ...(cursor === undefined ? {} : { cursor }) } as unknown as Asked<typeof name>;
      // It may take half an hour (`question-desk.ts`).
      const page = (await orAborted(questions.ask(name, asked), signal)) as unknown as Page<Item> | undefined;
      if (!page) return;
      ({ cursor } = page);
      // A page without anything counts as well: they would have no end either.
      listed += Math.max(1, page.items.length);
      held += page.items.reduce<number>((all, item) => all + holds(item), 0);
      if (listed > LISTED_MOST || held > WITHIN_MOST)
        throw new AppError('integrity', `${host} lists more than any disk holds, and is not believed.`);
      yield* page.items;
    } while (cursor !== undefined);
  } finally {
    // Whether it hears of that or not: it gives up by itself what nobody asks for any further.
    if (cursor !== undefined) questions.ask('leave', { cursor }).catch(() => undefined);
  }
}

/** The files of a snapshot on a host, in slices. @throws AppError integrity: it lies where it cannot; as `pages` */
export async function* shownThere(
  deps: PagesDeps,
  { repoFolder, commit }: Pick<Published, 'repoFolder' | 'commit'>,
  signal: AbortSignal,
): AsyncIterable<ShownFiles> {
  for await (const slice of pages<ShownFiles, object>(deps, 'shown', { given: { repoFolder, commit }, signal })) {
    if (!endsAs(slice.snapshotPath, [repoFolder, 'snapshots', commit]))
      throw new AppError('integrity', `${deps.host} says that a copy lies where it cannot, and is not believed.`);
    yield slice;
  }
}
