import type { Topic } from '../feature.ts';
import { type Host, THIS_HOST } from '../../domain/hosts/host.ts';
import { hasCopy, type Model } from '../../domain/model.ts';
import type { LibrarySort } from '../../domain/library-filter.ts';
import { STATUS_WORDS, type StatusWord } from '../../domain/states/model.ts';
import type { Taking } from '../../domain/copy.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import type { RemovalPlan } from '../../library/remove.ts';
import { HERE_WORDS } from '../../library/hosts/elsewhere.ts';
import { modelLabel } from '../ui/label.ts';

const NOTHING: Readonly<Record<StatusWord, string>> = {
  pending: 'Nothing waits in this library.',
  downloading: 'Nothing is downloading now.',
  completed: 'Nothing is here completely yet.',
  failed: 'Nothing has failed.',
  paused: 'Nothing is paused.',
  cancelled: 'Nothing was cancelled.',
};

export const SORT_LABELS: Readonly<Record<LibrarySort, string>> = {
  newest: 'Newest first',
  oldest: 'Oldest first',
  name: 'By name',
  largest: 'Largest first',
  smallest: 'Smallest first',
  changed: 'Last changed',
};

const whatGoes = (label: string, plan: RemovalPlan, takings: readonly Taking[]): string => {
  if (!takings.includes('nothing')) return `Remove ${label} from this library? What has arrived of it is dropped.`;
  if (plan.othersPath !== undefined) {
    const question = `Remove ${label} from this library? Its files stay: another program has put them there.`;
    return takings.includes('all')
      ? `${question}\n\nThey lie in ${plan.othersPath}. As an owner you may delete them too; that frees ${formatBytes(plan.othersBytes)}.`
      : question;
  }
  if (!takings.includes('ours')) return `Remove ${label} from this library? Its files stay: another chat uses them.`;
  const shared = plan.shared ? ' Files that another model uses stay.' : '';
  return `Remove ${label}? Its entry only, or the files too? That frees ${formatBytes(plan.freedBytes)}.${shared}`;
};

/** By where it lies. */
const labelOf = (model: Model, stays: Host | undefined): string =>
  modelLabel(stays ? { ...model, hostName: stays.id === THIS_HOST ? null : stays.name } : model);

/** Where the files are of which a question speaks, and what goes in any case. */
const besides = (model: Model, stays: Host | undefined): string => {
  if (model.status === 'completed' || !hasCopy(model)) return '';
  if (stays) return ` It moves to ${model.hostName ?? HERE_WORDS}; what has arrived there is dropped.`;
  return ' What it had before is there still; what has arrived besides is dropped.';
};

/** What the library feature says. */
export const text = {
  empty: 'This library is empty. /add gpt2 would be a start.',
  emptyToLookAt: 'This library is empty.',
  nothingLike: (word: StatusWord): string => NOTHING[word],
  nothingFits: (filter: string): string =>
    `Nothing in this library is ${filter}. Behind /library stands a status (${STATUS_WORDS.join(', ')}), a category, a #tag, or part of a name.`,
  noFilter: 'All are shown.',
  howToFilter: 'Tap to see only some, or write part of a name behind /library.',
  sortedBy: (order: string): string => `Sorted by: ${order}.`,
  shown: (model: Model): string => `The card of ${modelLabel(model)} is below.`,
  notYours: 'That belongs to another chat, or is gone.',
  notAllowed: 'Only the person who asked for it, an admin of this group or the bot’s owner may do that.',
  notYourFiles: 'Another program has put these files there: only the bot’s owner may delete them.',
  outdated: 'The library has changed; this is how it is now.',
  /** @param takings what may go with the entry; @param stays where it lies, if it is to move from there */
  askRemove: (model: Model, plan: RemovalPlan, takings: readonly Taking[], stays: Host | undefined): string =>
    `${whatGoes(labelOf(model, stays), plan, takings)}${besides(model, stays)} It can be undone for an hour.`,
  gone: 'It had been removed already.',
} as const;

export const help: Topic = {
  name: 'library',
  lines: [
    'The library',
    'Each chat has its own library; all share one store on the disk.',
    '/library lists it, with buttons to filter, to sort, and to have it as a file. Words behind it leave only some: a status, a category, a #tag, pinned, off, part of a name, and an order (newest, oldest, name, largest, smallest, changed).',
    'The same as options: /library status=failed category=text tag=nlp text=llama sort=largest.',
    '/model #12 brings a model’s card to the bottom of the chat; “Details” under it tells its commit, path, the programs that see it, licence, tags, downloads and who else has it; /files lists its files.',
    '/history tells what was downloaded when, how fast, how often it was tried again, and why not; behind it stands a name, also of what was removed.',
    '/remove asks whether the files go too. Files that another chat uses always stay. For an hour a removal can be undone: by its button, or by /undo.',
  ],
  words: ['list', 'files', 'history', 'filter', 'sort', 'undo'],
};
