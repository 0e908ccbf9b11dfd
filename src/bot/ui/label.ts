import { FormattedString } from '@grammyjs/parse-mode';
import type { Model, StatusWord } from '../../domain/model.ts';
import { parseSelectionKey } from '../../domain/selection.ts';
import type { Store } from '../../store/store.ts';

/** As the Hub's pages write it: of a commit the first seven digits, which `findModel` takes too. */
const shortRevision = (revision: string): string => (/^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 7) : revision);

/** The name as it was typed, with the choice or revision where they are not the usual ones. */
export const modelLabel = ({ name, revision, selection }: Model): string => {
  const { quantize } = parseSelectionKey(selection);
  const tag = /^[A-Z]/.test(quantize) ? `:${quantize}` : '';
  return `${name}${tag}${revision === 'main' ? '' : `@${shortRevision(revision)}`}`;
};

/** That it is another commit than the one it was added at, which the Hub has no more. */
export const movedLine = ({ metadata, revision, commitSha }: Model): string | undefined => {
  const before = metadata?.['movedFrom'];
  if (typeof before !== 'string' || commitSha === null || before === commitSha) return undefined;
  return `Its commit ${shortRevision(before)} is gone from the Hub: “${revision}” was rewritten and is at ${shortRevision(commitSha)} now.`;
};

/** The first line of every card and notice: the one that previews and screen readers show. */
export const titleLine = (label: string, status: string): FormattedString =>
  FormattedString.join([FormattedString.b(label), ` · ${status}`]);

/** What people call its status: the column of what was cancelled says `paused`. */
export const statusWord = (store: Store, { id, status }: Model): StatusWord =>
  status === 'paused' && store.models.isCancelled(id) ? 'cancelled' : status;
