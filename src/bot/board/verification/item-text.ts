import type { Finding } from '../../../domain/verification.ts';
import { isCommit } from '../../../domain/hashes.ts';
import { formatBytes } from '../../../lib/text/bytes.ts';
import { formatDuration } from '../../../lib/text/duration.ts';
import type { ItemView, VerificationView } from '../../../library/verifying/verification-view.ts';
import { modelLabel } from '../../ui/label.ts';
import { count, shorten } from '../../ui/text.ts';

const PATH_LIMIT = 80;
const REASON_LIMIT = 200;

/** What it is called: as the model of the chat that has it, or by its repository. */
export const nameOf = ({ model, item, hostName }: ItemView): string => {
  if (model) return modelLabel(model);
  if (item.name === null) return 'A model that is gone';
  const { repoType, name, revision } = item;
  const at = revision === null || revision === 'main' ? '' : `@${isCommit(revision) ? revision.slice(0, 7) : revision}`;
  return `${repoType === 'dataset' ? 'datasets/' : ''}${name}${at}${hostName === null ? '' : ` on ${hostName}`}`;
};

/** The first few of so many paths. */
export const pathsText = (paths: readonly string[], amount: number): string => {
  // Paths come from repositories: nothing in them may break a line.
  const named = paths.map((path) => shorten(path.replace(/[\p{C}\p{Z}]/gu, ' '), PATH_LIMIT));
  const more = amount - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

const faultText = (paths: readonly string[], amount: number, all: number, what: string): string | undefined => {
  if (amount === 0) return undefined;
  return `${amount} of ${count(all, 'file')} ${amount === 1 ? 'is' : 'are'} ${what}: ${pathsText(paths, amount)}`;
};

/** What is broken and what is missing. @param files of all */
export const faultLines = (
  { missing, missingCount, broken, brokenCount }: Finding,
  files: number,
): (string | undefined)[] => [
  faultText(broken, brokenCount, files, 'broken'),
  faultText(missing, missingCount, files, 'missing'),
];

/** Why nothing came of it. */
export const refusalText = ({ finding }: ItemView['item']): string =>
  shorten(finding?.refusal ?? 'It could not be read.', REASON_LIMIT);

/** How much was read, and how long that took. */
export const readText = ({ bytes, tookMs }: VerificationView): string =>
  `${formatBytes(bytes)} read${tookMs < 1000 ? '' : ` in ${formatDuration(tookMs)}`}`;
