import type { RepoFile, RepoListing } from '../../src/domain/listing.ts';
import { DEFAULT_SELECTION, type Selected, type Selection, selectFiles } from '../../src/domain/files/selection.ts';

export type Spec = string | readonly [path: string, size: number];

export const sampleFile = (spec: Spec): RepoFile => {
  const [path, size] = typeof spec === 'string' ? [spec, 1000] : spec;
  return { path, size, etag: Buffer.from(path).toString('hex') };
};

export const sampleListing = (specs: readonly Spec[], rest: Partial<RepoListing> = {}): RepoListing => ({
  type: 'model',
  id: 'org/name',
  canonicalId: 'org/name',
  commit: '607a30d783dfa663caf39e06633721c8d4cfcd7e',
  private: false,
  gated: false,
  license: undefined,
  pipelineTag: undefined,
  libraryName: undefined,
  tags: [],
  lastModified: undefined,
  files: specs.map(sampleFile),
  ...rest,
});

export const select = (listing: RepoListing, wanted: Partial<Selection> = {}): Selected =>
  selectFiles(listing, { ...DEFAULT_SELECTION, ...wanted });

/** The paths of what comes without a question. */
export const chosen = (listing: RepoListing, wanted: Partial<Selection> = {}): string[] => {
  const result = select(listing, wanted);
  if (result.kind !== 'files') throw new Error(`No files, but ${JSON.stringify(result).slice(0, 2000)}`);
  return result.files.map(({ path }) => path);
};

/** What a picker offers: each label with the paths that come with it. */
export const offered = (listing: RepoListing, wanted: Partial<Selection> = {}): Record<string, readonly string[]> => {
  const result = select(listing, wanted);
  if (result.kind !== 'choose') throw new Error(`No choice, but ${JSON.stringify(result).slice(0, 2000)}`);
  return Object.fromEntries(result.choices.map(({ label, files }) => [label, files.map(({ path }) => path)]));
};
