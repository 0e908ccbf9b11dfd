import { FormattedString } from '@grammyjs/parse-mode';
import { hasCopy, type Model } from '../../domain/model.ts';
import type { StatusWord } from '../../domain/states/model.ts';
import { shortRevision } from '../../domain/repo/model-label.ts';
import { shorten } from './text.ts';

export { modelLabel, shortLabel } from '../../domain/repo/model-label.ts';

/** That it is another commit than the one it was added at, which the Hub has no more. */
export const movedLine = ({ metadata, revision, commitSha }: Model): string | undefined => {
  const before = metadata?.['movedFrom'];
  if (typeof before !== 'string' || commitSha === null || before === commitSha) return undefined;
  return `Its commit ${shortRevision(before)} is gone from the Hub: “${revision}” was rewritten and is at ${shortRevision(commitSha)} now.`;
};

/** Of what waits to become something else: that what was there before is whole. */
export const staysLine = ({
  model,
  stillOn,
}: {
  readonly model: Pick<Model, 'status' | 'copyId' | 'filesGone'>;
  readonly stillOn?: unknown;
}): string | undefined =>
  hasCopy(model) && model.filesGone === 0 && stillOn === undefined
    ? 'What it has can be used until the new is verified; only what differs is fetched.'
    : undefined;

/** That the quantization which is usual in a chat is not in the repository. */
export const lacksText = (quantize: string): string =>
  `This chat takes ${quantize === 'no' ? 'full precision' : shorten(quantize, 40)} by default; this repository has none.`;

/** What cards and lists call the state it is in: of what is complete and has lost files since, that. */
export const shownStatus = ({ filesGone, filesBroken }: Model, word: StatusWord): string => {
  if (word !== 'completed' || filesGone === 0) return word;
  return filesBroken > 0 ? 'files damaged' : 'files gone';
};

/**
 * Telegram makes links of names such as notes.md and run.py, which end like domains, but not of what is shown as code. They stand
 * alone, or between the brackets of what was chosen: `org/name (README.md)`; of those the endings of countries are enough, as
 * `.json` and `.gguf` are none.
 */
const isLikeDomain = (label: string): boolean =>
  /^[^\s/:@]+\.[a-z]{2,}$/i.test(label) || /\((?:[^)]*[\s,;])?[^\s/:@(),;*?]+\.[a-z]{2}[),;]/i.test(label);

/** The first line of every card and notice: the one that previews and screen readers show. */
export const titleLine = (label: string, status: string): FormattedString =>
  FormattedString.join([isLikeDomain(label) ? FormattedString.code(label) : FormattedString.b(label), ` · ${status}`]);
