import { isolated } from '../../lib/text/isolated.ts';
import { shorten } from '../../lib/text/shorten.ts';
import { parseSelectionKey } from '../files/selection.ts';
import { isCommit } from '../hashes.ts';
import type { Model } from '../model.ts';

/** As the Hub's pages write it: of a commit the first seven digits, which `findModel` takes too. */
export const shortRevision = (revision: string): string => (isCommit(revision) ? revision.slice(0, 7) : revision);

/** A pattern as it was typed: without the brackets that make signs of it mean themselves. */
const shownPattern = (pattern: string): string => pattern.replace(/\[([*?[])\]/g, '$1');

/** What of a model, or of one that is gone, names it. */
export type Labelled = Pick<Model, 'repoType' | 'name' | 'revision' | 'selection' | 'title' | 'hostName'>;

/** What tells it apart from others of its repository: choice, revision and patterns, where they are not the usual ones. */
const difference = ({ revision, selection }: Labelled): string => {
  const { quantize, include, exclude } = parseSelectionKey(selection);
  // With patterns, both mean exactly what fits them.
  const isUsual = quantize === 'auto' || (quantize === 'all' && include.length > 0);
  const patterns = [
    include.map(shownPattern).join(', '),
    exclude.length > 0 ? `without ${exclude.map(shownPattern).join(', ')}` : '',
  ].filter((part) => part !== '');
  const tag = isUsual ? '' : `:${quantize}`;
  const at = revision === 'main' ? '' : `@${shortRevision(revision)}`;
  return `${tag}${at}${patterns.length > 0 ? ` (${patterns.join('; ')})` : ''}`;
};

const nameOf = ({ name, repoType }: Labelled): string => (repoType === 'dataset' ? `datasets/${name}` : name);

/** Where it lies, if that is not the machine of the bot. */
const onHost = ({ hostName }: Labelled): string => (hostName ? ` on ${hostName}` : '');

/** Patterns may be of any length, and stand in the first line of cards. */
const DIFFERENCE_LIMIT = 120;

/** The name as it was typed, with what tells it apart from others of its repository, and where it lies. */
export const modelLabel = (model: Labelled): string =>
  `${nameOf(model)}${shorten(difference(model), DIFFERENCE_LIMIT)}${onHost(model)}`;

/** The same for a list: its title if it has one, or its name, is cut, and what tells entries apart stays. */
export const shortLabel = (model: Labelled, limit: number): string => {
  const where = shorten(onHost(model), Math.floor(limit * 0.4));
  const taken = Array.from(where).length;
  const rest = `${shorten(difference(model), Math.max(1, Math.floor(limit * 0.6) - taken))}${where}`;
  return `${isolated(shorten(model.title ?? nameOf(model), limit - Array.from(rest).length))}${rest}`;
};
