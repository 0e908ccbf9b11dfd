import { FormattedString } from '@grammyjs/parse-mode';
import type { ActivityFilter } from '../../domain/activity/filter.ts';
import { meaningOf } from '../../domain/errors.ts';
import { formatLocal } from '../../domain/schedule/timezone.ts';
import type { Times } from '../../library/model-view.ts';
import type { ActivityPage } from '../../people/activity-pages.ts';
import type { Activity } from '../../store/people/activity-log.ts';
import type { Topic } from '../feature.ts';
import { count, lines, shorten } from '../ui/text.ts';
import { BUTTONS, subjectOfButton } from './buttons.ts';
import { COMPLETE_ALONE, REASONS, ROLE_CHANGES, WORDS } from './words.ts';

const NAME_LIMIT = 32;
const SUBJECT_LIMIT = 80;

/** What the activity feature says. */
export const text = {
  ownersOnly: 'Only the owner of this bot may see who did what.',
  onlyAlone: 'That is told in our own chat only: it names other people and chats.',
  nothing: 'Nothing was done yet.',
  nothingLikeThat: 'Nothing of that kind was done.',
  outdated: 'That list is not known any more. This is the newest.',
  since: 'since takes hours, days or a date: /activity since=24h · /activity since=7d · /activity since=2026-11-01',
  result: 'result takes done, refused or failed.',
  exported: (amount: number, isCut: boolean): string =>
    isCut
      ? `The newest ${count(amount, 'line')}. Telegram takes no longer file from me: a filter leaves fewer.`
      : count(amount, 'line'),
  nobody: (name: string): string =>
    `I know nobody by “${shorten(name, NAME_LIMIT)}”. Write their number, name or @name.`,
  noChat: (name: string): string => `I know no chat by “${shorten(name, NAME_LIMIT)}”. Write its number or its title.`,
  several: (name: string): string =>
    `There are several by “${shorten(name, NAME_LIMIT)}”. Write the number: /activity lists them behind Filter.`,
  unclear: (word: string): string =>
    `I do not understand “${shorten(word, NAME_LIMIT)}”, and know nobody by that name. person=, chat=, action=, result= and since= choose, such as /activity action=remove since=7d. /activity alone shows everything.`,
} as const;

/** Who and what stands behind numbers. */
export interface Names {
  readonly person: (id: number) => string;
  readonly chat: (id: number) => string;
}

/** What it was about, where that is no model. */
const thingOf = ({ action, metadata }: Activity, names: Names): string => {
  const { by, said = '', key, value, keys, schedule, id, models, invitation } = metadata ?? {};
  if (typeof key === 'string') return typeof value === 'string' ? `${key} to ${value}` : key;
  if (Array.isArray(keys)) return keys.join(', ');
  if (typeof schedule === 'string') return `“${schedule}”`;
  if (typeof invitation === 'number') return `#${invitation}`;
  if (typeof models === 'number') return `of ${models}`;
  if (action === 'program_started') return '';
  const name = typeof id !== 'number' ? '' : id > 0 ? names.person(id) : names.chat(id);
  if (name !== '') return name;
  if (by === 'button') return subjectOfButton(action, said, (one) => (one > 0 ? names.person(one) : names.chat(one)));
  return by === 'menu' && said !== '' ? `“${said}”` : said;
};

const wordsOf = ({ action, metadata }: Activity): readonly [to: string, done: string] => {
  const isTapped = metadata?.by === 'menu' && metadata.said !== undefined;
  const words = (metadata?.by === 'button' ? BUTTONS[action] : undefined) ?? (isTapped ? undefined : WORDS[action]);
  if (words) return words;
  if (metadata?.by === undefined) return [action, action].map((word) => word.replaceAll('_', ' ')) as [string, string];
  return [`use /${action}`, `used /${action}`];
};

/** What became of somebody, where that is what was done. */
const roleChange = ({ action, metadata }: Activity, names: Names): string | undefined => {
  const { id, to } = metadata ?? {};
  if (action !== 'role_changed' || typeof id !== 'number' || typeof to !== 'string') return undefined;
  return ROLE_CHANGES[to]?.(shorten(id > 0 ? names.person(id) : names.chat(id), SUBJECT_LIMIT));
};

/** Where nothing was named. A bare command has not done what it is called. */
const deedAlone = ({ action, metadata, result }: Activity, deed: string): string => {
  if (metadata?.by === 'command' && !COMPLETE_ALONE.includes(action))
    return `${result === 'done' ? 'used' : 'use'} /${action}`;
  return deed.replace(/ (?:of|to)$| …/, '');
};

/** What was done, as the middle of a sentence. */
export const deedOf = (activity: Activity, names: Names): string => {
  const change = roleChange(activity, names);
  if (change !== undefined) return change;
  const [to, done] = wordsOf(activity);
  const { model, host } = activity.metadata ?? {};
  const subject = shorten(model?.name ?? (typeof host === 'string' ? host : thingOf(activity, names)), SUBJECT_LIMIT);
  const deed = activity.result === 'done' ? done : to;
  if (subject === '') return deedAlone(activity, deed);
  // A function: what it is about is foreign, and “$&” would mean something in a text.
  return deed.includes('…') ? deed.replace('…', () => subject) : `${deed} ${subject}`;
};

/** Why it could not be done. */
const reasonOf = ({ result, metadata }: Activity): string =>
  result === 'failed'
    ? `: ${REASONS[metadata?.error ?? ''] ?? meaningOf(metadata?.error ?? '') ?? 'a fault of mine'}`
    : '';

/** Where it was: nothing of somebody's own chat, and of what concerns none. */
const chatText = ({ userId, chatId }: Activity, names: Names): string =>
  chatId === 0 || chatId === userId ? '' : chatId > 0 ? ` for ${names.person(chatId)}` : ` in ${names.chat(chatId)}`;

const VERBS: Readonly<Record<Activity['result'], string>> = {
  done: ' ',
  refused: ' was not allowed to ',
  failed: ' could not ',
};

/** One line of the log as a sentence. */
const activityText = (activity: Activity, names: Names, { timezone, now }: Times): FormattedString => {
  const { userId, result, createdAt } = activity;
  const said = `${VERBS[result]}${deedOf(activity, names)}${chatText(activity, names)}${reasonOf(activity)}`;
  const when = formatLocal(Date.parse(createdAt), timezone, now);
  return FormattedString.join([FormattedString.b(names.person(userId)), `${said} · ${when}`]);
};

/** What an action is called where there is nothing that it was about. */
export const actionName = (action: string): string =>
  action.includes('_')
    ? action.replaceAll('_', ' ')
    : ((WORDS[action] ?? BUTTONS[action])?.[0].replace(' …', '') ?? `/${action}`);

/** What a list is filtered by. */
const filterLine = ({ userId, chatId, action, result, since }: ActivityFilter, names: Names): string =>
  [
    userId === undefined ? '' : names.person(userId),
    chatId === undefined ? '' : `in ${names.chat(chatId)}`,
    action === undefined ? '' : actionName(action),
    result ?? '',
    since === undefined ? '' : `since ${since}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');

/** A page of the log. */
export const pageText = (
  { lines: shown }: ActivityPage,
  filter: ActivityFilter,
  names: Names,
  times: Times,
): FormattedString => {
  const filtered = filterLine(filter, names);
  return lines(
    FormattedString.b('Activity'),
    filtered,
    ...(shown.length > 0
      ? shown.map((activity) => activityText(activity, names, times))
      : [filtered === '' ? text.nothing : text.nothingLikeThat]),
  );
};

/** What the page of filters says above its buttons. */
export const filterText = (filter: ActivityFilter, names: Names): FormattedString =>
  lines(
    FormattedString.b('Activity'),
    filterLine(filter, names),
    'What to show. From above: by whom, where, what was done, what came of it, since when.',
    'The numbers count the newest 500 lines.',
  );

export const help: Topic = {
  name: 'activity',
  lines: [
    'Activity',
    'For the owner, in our own chat: who did what, where, and what came of it, the newest first.',
    '/activity shows it, with buttons to filter and to page.',
    'By one line: /activity action=remove · /activity result=refused since=7d; person= and chat= take a name or a number, and a name alone is a person’s.',
    'As a CSV document, with the filter that holds, it comes by the button or by /activity export',
    'Kept for 90 days; /config set activity_days 365 keeps it longer.',
  ],
  words: ['audit', 'log'],
};
