import type { RepoFile } from '../listing.ts';
import type { Model } from '../model.ts';

type Named = Pick<Model, 'name' | 'canonicalName' | 'revision'>;

/** Repositories of the Hub's first years have no publisher in their names, and programs want one. */
const NO_PUBLISHER = 'huggingface';

/** Who made it and what it is called, as the Hub names it now. */
export const publisherAndName = ({ name, canonicalName }: Pick<Named, 'name' | 'canonicalName'>): [string, string] => {
  const [first = '', second] = (canonicalName ?? name).split('/');
  return second === undefined ? [NO_PUBLISHER, first] : [first, second];
};

/** What is appended to the name of a branch or tag that is not the main one. */
export const suffixOf = ({ revision }: Pick<Named, 'revision'>, separator: string): string =>
  revision === 'main' ? '' : `${separator}${revision.replaceAll('/', '-')}`;

/** The name of a file without its folders. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * Each file by its own name alone; where two have the same, their folders stay, as part of the names.
 * @returns in the order of the files
 */
export const flatNames = (files: readonly RepoFile[]): readonly string[] => {
  const names = files.map(({ path }) => baseName(path));
  return files.map(({ path }, place) => {
    const name = names[place] ?? path;
    return names.indexOf(name) === names.lastIndexOf(name) ? name : path.replaceAll('/', '--');
  });
};
