import { FormattedString } from '@grammyjs/parse-mode';
import { isCommit } from '../../domain/hashes.ts';
import { formatLocal } from '../../domain/schedule/timezone.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { type Find, revisionOf } from '../../library/adopting/finds.ts';
import type { FindsPage } from '../../library/adopting/left-behind.ts';
import { nothingLeft } from '../../library/adopting/meant.ts';
import type { Times } from '../../library/model-view.ts';
import type { Topic } from '../feature.ts';
import { titleLine } from '../ui/label.ts';
import { count, lines, shorten } from '../ui/text.ts';

const NAME_LIMIT = 100;
const NAMES_LIMIT = 200;

/** What the adopt feature says. */
export const text = {
  ownersOnly: 'Only the owner of this bot can take over what other programs have put on its machines.',
  alone: 'What lies on my machines is listed in a chat with me alone. /adopt and a name takes it into this library.',
  stillLooking: 'The cache is still being looked through.',
  lookAgain: 'Look again',
  usage:
    'Behind /adopt stands a name, and perhaps a branch, a tag or a commit; or “all”. Behind that may stand a machine: /adopt gpt2 on nas.',
  taking: 'It is taken over after all of it was read.',
  changed: 'That is not to be had any more.',
} as const;

/** A find as its button and its line call it. */
const nameOf = (find: Find): string => {
  const revision = revisionOf(find);
  const at = revision === 'main' ? '' : `@${isCommit(revision) ? revision.slice(0, 7) : revision}`;
  const on = find.hostName === null ? '' : ` on ${find.hostName}`;
  return `${shorten(`${find.type === 'dataset' ? 'datasets/' : ''}${find.id}${at}`, NAME_LIMIT)}${on}`;
};

const findLine = (find: Find, number: number, { timezone, now }: Times): FormattedString => {
  const gone = find.gone > 0 ? ` · ${count(find.gone, 'file')} gone` : '';
  const changed = find.changedAt > 0 ? ` · changed ${formatLocal(find.changedAt, timezone, now)}` : '';
  return FormattedString.join([
    FormattedString.b(`${number} ${nameOf(find)}`),
    ` · ${formatBytes(find.bytes)} in ${count(find.files - find.gone, 'file')}${gone}${changed}`,
  ]);
};

/** Machines of which this is not all. */
const restLines = ({ looking, unknown }: FindsPage): (string | undefined)[] => [
  looking.length > 0 ? `Still being looked through: ${shorten(looking.join(', '), NAMES_LIMIT)}.` : undefined,
  unknown.length > 0
    ? `No answer from ${shorten(unknown.join(', '), NAMES_LIMIT)}: what lies there is not listed.`
    : undefined,
];

/** A page of what lies in the cache and no library has. @param first the number of the first one */
export const findsText = (page: FindsPage, first: number, times: Times): FormattedString =>
  lines(
    titleLine('In the cache', `${page.total} in no library, ${formatBytes(page.bytes)}`),
    'Put there by another program, or left behind. A tap takes one into this library after all of it was read; nothing is fetched.',
    ...page.finds.map((find, index) => findLine(find, first + index, times)),
    page.pages > 1 ? `Page ${page.page + 1} of ${page.pages}` : undefined,
    ...restLines(page),
  );

/** What is said where nothing is left to be taken over. */
export const nothingText = (page: FindsPage): FormattedString =>
  lines(nothingLeft(page.removed, page.of), ...restLines(page));

export const help: Topic = {
  name: 'adopt',
  lines: [
    'Taking over what is there',
    '/adopt lists what lies in the Hugging Face cache and is in no library: what Python or llama.cpp have put there, or what was left behind. For the owner.',
    'It looks through all machines that /hosts lists, and says where something lies. /adopt gpt2 on nas means what lies there, /adopt all on nas all of it.',
    '/adopt gpt2 takes one into this library, with a branch, a tag or a commit behind it if there are several; /adopt all takes everything. All of it is read and compared with what the Hub says, and nothing is fetched.',
    'Where files are missing, a button fetches the rest. Where the Hub cannot be asked, the names of the blobs stand for it: they are hashes.',
    'It stays a copy that another program has put there: removing its model does not delete it. llama.cpp’s older cache, ~/.cache/llama.cpp, is not looked through.',
  ],
  words: ['take', 'cache'],
};
