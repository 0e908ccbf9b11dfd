import { isKeptAddress } from '../../domain/repo/kept-file.ts';
import type { Model } from '../../domain/model.ts';
import { LATER, type Newer, toFetch } from '../outbox/newer-commit.ts';
import type { Topic } from '../feature.ts';
import { modelLabel, shortLabel } from '../ui/label.ts';
import { count } from '../ui/text.ts';

const LABEL_LIMIT = 30;
const LINE_LIMIT = 60;

const WORDS: Readonly<Partial<Record<Newer['renewal']['state'], string>>> = {
  asked: 'is looked up',
  wanted: 'is being updated',
  refused: 'cannot be updated',
};

/** What the updates feature says. */
export const text = {
  empty: 'Nothing in this library is complete yet, so nothing can be updated.',
  notYours: 'That belongs to another chat, or is gone.',
  notOffered: 'That is not offered any more: it was taken, left, or there is something newer.',
  changed: 'What is offered has changed meanwhile. This is how it is now.',
  takes: 'It is being updated. What is here can be loaded until the new is verified.',
  notAllowed: 'Only an admin of this group or the bot’s owner may rename it.',
  renames: (model: Model): string =>
    `${modelLabel(model)} becomes ${model.canonicalName ?? ''}: what is here is linked under the new name, and what is missing is fetched.`,
  left: 'Left as it is. Of this revision nothing more is said.',
  nothing: 'Nothing newer is known.',
  lookNow: '/update all looks on the Hub now, and fetches what is newer.',
  pinned: (model: Model): string =>
    `${modelLabel(model)} was added by its commit, which never changes, or is not complete: there is nothing to be updated.`,
  webFile: (model: Model): string =>
    isKeptAddress(model.sourceUrl ?? '')
      ? `${modelLabel(model)} was sent to me, and what is sent never changes: there is nothing to be updated.`
      : `${modelLabel(model)} is from a web address, which has no branch to follow. Add its address again: if another file lies there by now, that is fetched.`,
  looksUp: (asked: number, others: number): string =>
    [
      `${count(asked, 'model')} ${asked === 1 ? 'is' : 'are'} looked up on the Hub; what is newer is fetched.`,
      others > 0
        ? `${count(others, 'model')} ${others === 1 ? 'follows' : 'follow'} no branch, or ${others === 1 ? 'is' : 'are'} not complete.`
        : '',
    ]
      .filter((part) => part !== '')
      .join(' '),
  looksUpOne: (model: Model): string => `${modelLabel(model)} is looked up on the Hub; what is newer is fetched.`,
  head: (total: number): string => `${count(total, 'update')} in this chat`,
  line: ({ model, renewal, waits = false }: Newer): string => {
    const { news, state } = renewal;
    const word = (waits ? LATER : WORDS[state]) ?? (news ? toFetch(news) : 'newer revision');
    return `#${model.id} ${shortLabel(model, LINE_LIMIT)} · ${word}`;
  },
  more: (amount: number): string => `… and ${amount} more`,
  button: (model: Model): string => `Update #${model.id} ${shortLabel(model, LABEL_LIMIT)}`,
} as const;

export const help: Topic = {
  name: 'updates',
  lines: [
    'Updates',
    'Models that follow a branch are looked after: when the branch has moved, one message without a sound says what changed and what there is to fetch, with the buttons Update and Ignore.',
    'Only what changed is fetched, and of large files only the parts that changed; what is here can be loaded until the new is verified.',
    '/update lists what is newer; /update #12 makes hubgram look on the Hub now, and fetches what is newer; /update all does so for the whole library.',
    'How often it is looked, and whether updates are taken without asking, the chat says in /settings.',
    '/edit #12 check=weekly says how often for one model: daily, weekly, monthly, off, or none for what the chat says.',
  ],
  words: ['update', 'newer', 'revision', 'check'],
};
