import { FormattedString } from '@grammyjs/parse-mode';
import { isGroup, type Quota, QUOTAS } from '../../domain/quotas/quota.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { thousands } from '../../lib/text/numbers.ts';
import type { QuotaView } from '../../people/quotas.ts';
import type { Newcomer } from '../../people/newcomers.ts';
import type { Topic } from '../feature.ts';
import { bar, lines, percent, shorten } from '../ui/text.ts';

const NAME_LIMIT = 40;

/** How a quota is spoken of. */
export const NAMES: Readonly<Record<Quota, string>> = {
  models: 'Models',
  bytes: 'On disk',
  running: 'Downloads at once',
  adds_per_hour: 'Added within an hour',
};

/** So much of a quota. */
export const amountText = (quota: Quota, amount: number): string =>
  quota === 'bytes' ? formatBytes(amount) : thousands(amount);

/** What the quota feature says. */
export const text = {
  ownersOnly: 'Only the owner of this bot can say what others may have.',
  onlyAlone: 'What one person or group may have is said in our own chat only.',
  ownAlone: 'What you may have yourself: write /quota in our own chat.',
  nobody: (said: string): string =>
    `I know nobody called “${shorten(said, NAME_LIMIT)}”. Say a name, an @name, the title of a group or an id, such as /quota @ann.`,
  which: 'Whom do you mean?',
  nothing: 'Nothing was changed: say what, such as /quota @ann models=50',
  saved: 'Saved.',
  usual: 'As usual',
  none: 'No limit',
} as const;

/** Somebody as they are spoken of. */
export const nameOf = ({ name, handle, id }: Newcomer): string => {
  const called = shorten(name ?? (isGroup(id) ? 'The group' : 'Somebody'), NAME_LIMIT);
  return handle === undefined ? called : `${called} (${shorten(handle, NAME_LIMIT)})`;
};

const lineOf = ({ limits, used, words }: QuotaView, quota: Quota, isOwner: boolean): string[] => {
  const limit = limits[quota];
  const has = amountText(quota, used[quota]);
  const said = isOwner && words[quota] !== undefined ? ' · set by an owner' : '';
  if (limit === undefined) return [`${NAMES[quota]} · ${has}, no limit${said}`];
  const share = limit === 0 ? 1 : used[quota] / limit;
  return [
    `${NAMES[quota]} · ${has} of ${amountText(quota, limit)}${said}`,
    `${bar(share)} ${limit === 0 ? 100 : percent(used[quota], limit)} %`,
  ];
};

const linesOf = (view: QuotaView, isOwner: boolean): string[] =>
  QUOTAS.flatMap((quota) => lineOf(view, quota, isOwner));

const isFree = ({ limits }: QuotaView): boolean => QUOTAS.every((quota) => limits[quota] === undefined);

/** What a person, or the group that it is read in, has and may have. */
export const ownText = (view: QuotaView, looksOnly: boolean): FormattedString =>
  lines(
    FormattedString.b(isGroup(view.holderId) ? 'What this group may have' : 'What you may have'),
    ...linesOf(view, false),
    looksOnly
      ? 'To look is all that you may do here: an owner of this bot can let you add.'
      : isFree(view)
        ? undefined
        : 'An owner of this bot can allow more.',
    isGroup(view.holderId) ? text.ownAlone : undefined,
  );

/** The same of somebody, for an owner. */
export const othersText = (who: Newcomer, view: QuotaView): FormattedString =>
  lines(
    FormattedString.b(`What ${nameOf(who)} may have`),
    ...linesOf(view, true),
    FormattedString.join([
      'By one line: ',
      FormattedString.code(`/quota ${who.id} models=50 bytes=500GB running=2 adds=100`),
    ]),
    'none lifts a limit, default takes back what was said.',
  );

/** One quota of somebody, with what it could be. */
export const oneText = (who: Newcomer, { limits, words, used }: QuotaView, quota: Quota): FormattedString => {
  const limit = limits[quota];
  const now = limit === undefined ? 'no limit' : amountText(quota, limit);
  return lines(
    FormattedString.b(`${nameOf(who)} · ${NAMES[quota]}`),
    `Now: ${now}${words[quota] === undefined ? ', as usual' : ', set by an owner'}. Used: ${amountText(quota, used[quota])}.`,
    'A limit below that takes nothing away: nothing new begins.',
  );
};

export const help: Topic = {
  name: 'quotas',
  lines: [
    'Quotas',
    '/quota shows what you have and may have: models, bytes on disk, downloads at once, what is added within an hour. In a group it shows the group’s.',
    'What is too large waits in the library, and starts by itself when there is room.',
    'For the owner, in our own chat: /quota @ann shows what that person may have, with buttons to change it; by one line, /quota @ann models=50 bytes=500GB running=2 adds=100',
    'none lifts a limit, default takes back what was said: /quota @ann bytes=none models=default',
    'What is usual is in /config: /config set models_per_person 50 · /config set bytes_per_group 500GB',
  ],
  words: ['quota', 'limit', 'limits'],
};
