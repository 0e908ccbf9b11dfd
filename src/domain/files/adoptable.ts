import type { RepoFile, RepoListing } from '../listing.ts';
import type { ChosenFromList } from './listing-thread.ts';
import { escapeGlob } from './glob.ts';
import { DEFAULT_SELECTION, type Selection } from './selection.ts';

/** What somebody may have asked for who has put these files there, and what of it is not there. */
export interface Adoptable {
  readonly selection: Selection;
  readonly files: readonly RepoFile[];
  /** Of them all; what several paths share counts once. */
  readonly sizeBytes: number;
  readonly missing: readonly RepoFile[];
}

/** For people, not for loaders: Python's do not fetch it. What a dataset holds of it is data. */
const FOR_PEOPLE =
  /(^|\/)(README|LICEN[CS]E|NOTICE|USE_POLICY|CITATION|CHANGELOG|CONTRIBUTING)[^/]*$|\.(md|pdf|png|jpe?g|gif|svg|webp|ipynb)$/i;
/** As many patterns as a selection takes. */
const EXCLUDED_MOST = 20;

const bytesOf = (files: readonly RepoFile[]): number =>
  [...new Map(files.map(({ etag, size }) => [etag, size])).values()].reduce((sum, size) => sum + size, 0);

const adoptable = (
  selection: Selection,
  files: readonly RepoFile[],
  isThere: (path: string) => boolean,
): Adoptable => ({
  selection,
  files,
  sizeBytes: bytesOf(files),
  missing: files.filter(({ path }) => !isThere(path)),
});

/** Without what only people read, if nothing else is missing. */
const withoutPapers = (listing: RepoListing, { selection, files, missing }: Adoptable): Adoptable | undefined => {
  const isForPeople = listing.type === 'model' && missing.every(({ path }) => FOR_PEOPLE.test(path));
  if (!isForPeople || missing.length > EXCLUDED_MOST) return undefined;
  const isMissing = new Set(missing);
  const exclude = missing.map(({ path }) => escapeGlob(path));
  const left = files.filter((file) => !isMissing.has(file));
  return left.length === 0 ? undefined : adoptable({ ...selection, exclude }, left, () => true);
};

const largest = (ones: readonly Adoptable[]): Adoptable | undefined =>
  ones.toSorted((a, b) => b.sizeBytes - bytesOf(b.missing) - (a.sizeBytes - bytesOf(a.missing)))[0];

/**
 * What of a repository lies in a snapshot, told as somebody could have asked for it: everything; or what a loader needs, where
 * nothing but papers may be missing; or each quant that is whole. If none of that is whole, what comes nearest.
 * @param usual what is chosen of the listing if nothing is asked for
 * @param there the paths at which something of the right size lies
 */
export const adoptables = (
  listing: RepoListing,
  usual: Exclude<ChosenFromList, { readonly kind: 'unsafe' }>,
  there: ReadonlySet<string>,
): readonly Adoptable[] => {
  const isThere = (path: string): boolean => there.has(path);
  if (usual.kind === 'choose') {
    const choices = usual.choices.map(({ label, files }) =>
      adoptable({ ...DEFAULT_SELECTION, quantize: label }, files, isThere),
    );
    const whole = choices.flatMap((one) => (one.missing.length === 0 ? [one] : (withoutPapers(listing, one) ?? [])));
    return whole.length > 0 ? whole : [largest(choices) ?? []].flat();
  }
  const loaders = adoptable(DEFAULT_SELECTION, usual.files, isThere);
  const all = listing.files.filter(({ path }) => path !== '.gitattributes');
  if (all.length > usual.files.length && all.every(({ path }) => isThere(path)))
    return [
      adoptable(
        { ...DEFAULT_SELECTION, quantize: 'all' },
        listing.files.filter(({ path }) => isThere(path)),
        isThere,
      ),
    ];
  return [loaders.missing.length === 0 ? loaders : (withoutPapers(listing, loaders) ?? loaders)];
};
