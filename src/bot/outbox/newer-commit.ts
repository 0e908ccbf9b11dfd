import type { FormattedString } from '@grammyjs/parse-mode';
import type { Model } from '../../domain/model.ts';
import type { News, Renewal } from '../../domain/renewals/renewal.ts';
import type { RenewalState } from '../../domain/states/renewal.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import type { Notice } from '../../store/messages/outbox.ts';
import type { Store } from '../../store/store.ts';
import { actionButton } from '../ui/buttons.ts';
import { modelLabel, shortLabel, titleLine } from '../ui/label.ts';
import { count, foreign, lines, plain, type Rendering, shorten } from '../ui/text.ts';

type Of<Kind extends Notice['kind']> = Extract<Notice, { readonly kind: Kind }>;

/** A model with what is newer of it. */
export interface Newer {
  readonly model: Model;
  readonly renewal: Renewal;
  /** It is wanted, and its chat's schedule is closed. */
  readonly waits?: boolean;
}

/** Whether what is taken in a chat begins later: when its schedule opens. */
export const isClosed = ({ schedules }: Pick<Store, 'schedules'>, chatId: number): boolean =>
  schedules.getActiveSchedule(chatId) !== undefined && schedules.openRunOf(chatId) === undefined;

/** A model with what is newer of it, and whether that waits. */
export const newerOne = (store: Store, model: Model, renewal: Renewal): Newer => {
  const isToCome = renewal.state === 'wanted' || (renewal.state === 'taken' && model.status === 'pending');
  return { model, renewal, waits: isToCome && isClosed(store, model.chatId) };
};

/** What is said in place of a state where the update begins later. */
export const LATER = 'will be updated';

const TITLE_LIMIT = 100;
const NAME_LIMIT = 40;
const REASON_LIMIT = 600;
/** More names than this make a list that nobody reads. */
const NAMES_MOST = 5;

const STATUS: Readonly<Record<RenewalState, string>> = {
  noted: 'up to date',
  asked: 'is looked up',
  offered: 'newer revision',
  ignored: 'left as it is',
  wanted: 'is being updated',
  taken: 'is being updated',
  refused: 'cannot be updated',
};

/** What there is to fetch; where chunks of it lie here, about how much that is of what is new. */
export const toFetch = ({ missingBytes, fetchedBytes }: Pick<News, 'missingBytes' | 'fetchedBytes'>): string => {
  if (missingBytes === 0) return 'nothing to fetch';
  const all = formatBytes(missingBytes);
  return fetchedBytes === undefined ? `${all} to fetch` : `about ${formatBytes(fetchedBytes)} of ${all} to fetch`;
};

/** How many files differ, and what there is to fetch. */
const newsLine = (news: News): string => {
  const files = [
    news.changed > 0 ? `${count(news.changed, 'file')} changed` : '',
    news.added > 0 ? `${news.added} new` : '',
    news.removed > 0 ? `${news.removed} gone` : '',
  ].filter((part) => part !== '');
  return [files.join(', '), toFetch(news)].join(' · ');
};

const titleLines = ({ titles, hasMore }: News): string[] => {
  const [first] = titles;
  if (first === undefined) return [];
  if (titles.length === 1 && !hasMore) return [`What changed: “${foreign(first, TITLE_LIMIT)}”`];
  return [
    'What changed:',
    ...titles.map((title) => `· ${foreign(title, TITLE_LIMIT)}`),
    ...(hasMore ? ['· and more'] : []),
  ];
};

/** Which models are meant, where there are several of one branch. */
const namesLine = (newer: readonly Newer[]): string | undefined => {
  if (newer.length < 2) return undefined;
  const names = newer.slice(0, NAMES_MOST).map(({ model }) => `#${model.id} ${shortLabel(model, NAME_LIMIT)}`);
  return `${names.join(', ')}${newer.length > names.length ? ' and more' : ''}`;
};

/** What is newer of models that follow one branch, and what becomes of it. @param newer at least one */
export const newerText = (newer: readonly Newer[]): FormattedString => {
  const [first] = newer as readonly [Newer, ...Newer[]];
  // Of several, what takes most says what it is about.
  const { news } = newer
    .map(({ renewal }) => renewal)
    .toSorted((left, right) => (right.news?.missingBytes ?? -1) - (left.news?.missingBytes ?? -1))[0] as Renewal;
  const label = newer.length === 1 ? modelLabel(first.model) : first.model.name;
  const { state, reason } = first.renewal;
  const waits = first.waits === true;
  return lines(
    titleLine(label, waits ? LATER : STATUS[state]),
    waits && 'It begins when the schedule of this chat opens. What is here can be loaded until the new is verified.',
    reason === null ? undefined : shorten(reason, REASON_LIMIT),
    news ? newsLine(news) : undefined,
    namesLine(newer),
    ...(news ? titleLines(news) : []),
  );
};

/** What a notice told, as it is now. */
const newerOf = (store: Store, { chatId, payload }: Of<'newer_commit'>): Newer[] =>
  store.renewals.renewalsOn(chatId, payload.branchId, payload.commitSha).flatMap((renewal) => {
    const model = store.models.getModel(renewal.modelId);
    return model && renewal.state !== 'noted' ? [newerOne(store, model, renewal)] : [];
  });

/** As links and logs shorten it. */
const shortCommit = (commit: string): string => commit.slice(0, 7);

/** That a branch has moved, with what it brings and the buttons to take or to leave it; undefined: nobody needs to know any more. */
export const renderNewer = (store: Store, notice: Of<'newer_commit'>): Rendering | undefined => {
  const newer = newerOf(store, notice);
  const [first] = newer;
  if (!first) return undefined;
  const text = newerText(newer);
  if (first.renewal.state !== 'offered') return { text };
  const data = `${first.model.id}:${shortCommit(notice.payload.commitSha)}`;
  return {
    text,
    keyboard: {
      inline_keyboard: [[actionButton('Update', 'renew', data, 'primary'), actionButton('Ignore', 'leave', data)]],
    },
  };
};

/** That a branch cannot be looked at any more, why, and what stays. */
export const renderTrouble = (store: Store, { modelId, payload }: Of<'branch_trouble'>): Rendering | undefined => {
  const model = modelId === null ? undefined : store.models.getModel(modelId);
  if (!model) return undefined;
  return {
    text: lines(
      titleLine(modelLabel(model), 'no updates'),
      shorten(payload.sentence, REASON_LIMIT),
      plain('What is here stays, and can be loaded as before.'),
    ),
  };
};

/** That a repository has another name now, with the button to follow; undefined: that is so already. */
export const renderRenamed = (store: Store, { modelId, payload }: Of<'repo_renamed'>): Rendering | undefined => {
  const model = modelId === null ? undefined : store.models.getModel(modelId);
  if (!model || model.name === payload.newName) return undefined;
  return {
    text: lines(
      titleLine(modelLabel(model), 'renamed on the Hub'),
      plain(`It is called ${payload.newName} there now. The old name leads to it, so nothing has to be done.`),
      plain('Programs that ask for the new name find it here once it has that, too.'),
    ),
    keyboard: { inline_keyboard: [[actionButton('Use the new name', 'rename', model.id)]] },
  };
};
