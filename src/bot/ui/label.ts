import { FormattedString } from '@grammyjs/parse-mode';
import type { Model } from '../../domain/model.ts';
import type { StatusWord } from '../../domain/states/model.ts';
import { parseSelectionKey } from '../../domain/files/selection.ts';
import { shorten } from './text.ts';
import { isCommit } from '../../domain/hashes.ts';

/** As the Hub's pages write it: of a commit the first seven digits, which `findModel` takes too. */
const shortRevision = (revision: string): string => (isCommit(revision) ? revision.slice(0, 7) : revision);

/** A pattern as it was typed: without the brackets that make signs of it mean themselves. */
const shownPattern = (pattern: string): string => pattern.replace(/\[([*?[])\]/g, '$1');

/** What of a model, or of one that is gone, names it. */
type Named = Pick<Model, 'repoType' | 'name' | 'revision' | 'selection' | 'title'>;

/** What tells it apart from others of its repository: choice, revision and patterns, where they are not the usual ones. */
const difference = ({ revision, selection }: Named): string => {
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

const nameOf = ({ name, repoType }: Named): string => (repoType === 'dataset' ? `datasets/${name}` : name);

/** Patterns may be of any length, and stand in the first line of cards. */
const DIFFERENCE_LIMIT = 120;

/** The name as it was typed, with what tells it apart from others of its repository. */
export const modelLabel = (model: Model): string => `${nameOf(model)}${shorten(difference(model), DIFFERENCE_LIMIT)}`;

/** The same for a list: its title if it has one, or its name, is cut, and what tells entries apart stays. */
export const shortLabel = (model: Named, limit: number): string => {
  const rest = shorten(difference(model), Math.floor(limit * 0.6));
  return `${shorten(model.title ?? nameOf(model), limit - Array.from(rest).length)}${rest}`;
};

/** That it is another commit than the one it was added at, which the Hub has no more. */
export const movedLine = ({ metadata, revision, commitSha }: Model): string | undefined => {
  const before = metadata?.['movedFrom'];
  if (typeof before !== 'string' || commitSha === null || before === commitSha) return undefined;
  return `Its commit ${shortRevision(before)} is gone from the Hub: “${revision}” was rewritten and is at ${shortRevision(commitSha)} now.`;
};

/** That the quantization which is usual in a chat is not in the repository. */
export const lacksText = (quantize: string): string =>
  `This chat takes ${quantize === 'no' ? 'full precision' : shorten(quantize, 40)} by default; this repository has none.`;

/** What cards and lists call the state it is in: of what is complete and has lost files since, that. */
export const shownStatus = ({ filesGone, filesBroken }: Model, word: StatusWord): string => {
  if (word !== 'completed' || filesGone === 0) return word;
  return filesBroken > 0 ? 'files damaged' : 'files gone';
};

/** The first line of every card and notice: the one that previews and screen readers show. */
export const titleLine = (label: string, status: string): FormattedString =>
  FormattedString.join([FormattedString.b(label), ` · ${status}`]);
