import { FormattedString } from '@grammyjs/parse-mode';
import type { InlineKeyboardButton } from 'grammy/types';
import { formatBytes } from '../../../lib/text/bytes.ts';
import { NOTICE_MS } from '../../../library/storage/cleanup.ts';
import { type CleanupView, cleanupView } from '../../../library/storage/cleanup-view.ts';
import type { CleanupModel } from '../../../store/storage/cleanups.ts';
import type { Notice } from '../../../store/messages/outbox.ts';
import type { Store } from '../../../store/store.ts';
import { actionButton } from '../../ui/buttons.ts';
import { shortLabel, titleLine } from '../../ui/label.ts';
import { lastUseNote, lastUseText } from '../../ui/storage/last-use.ts';
import { count, lines, type Rendering } from '../../ui/text.ts';

const PAGE_SIZE = 6;
const NAME_LIMIT = 40;
const BUTTON_LIMIT = 30;
const DAY_MS = 86_400_000;
const NAMED_MOST = 10;

const remaining = (ranMs: number): string => {
  const days = Math.ceil((NOTICE_MS - ranMs) / DAY_MS);
  return days > 1 ? `in ${days} days` : 'within a day';
};

const FATES: Readonly<Record<CleanupModel['fate'], string>> = {
  announced: '',
  going: ' · goes now',
  kept: ' · kept',
  stays: ' · stays',
  removed: ' · removed',
};

const entryLine = (entry: CleanupModel, createdAt: string): FormattedString => {
  const idleDays = Math.floor((Date.parse(createdAt) - Date.parse(entry.usedAt)) / DAY_MS);
  return FormattedString.join([
    `${formatBytes(entry.sizeBytes)} · #${entry.modelId} `,
    FormattedString.b(shortLabel(entry, NAME_LIMIT)),
    ` · ${lastUseText(entry.usedBy, idleDays)}${FATES[entry.fate]}`,
  ]);
};

const headLines = ({ cleanup, goes, kept, removed }: CleanupView): (FormattedString | string)[] => {
  if (cleanup.state === 'called_off')
    return [titleLine('Clean-up', 'called off'), 'Nothing of this goes by itself now.'];
  if (cleanup.state === 'done')
    return [
      titleLine('Clean-up', 'done'),
      `${count(removed.models, 'model')} removed, ${formatBytes(removed.sizeBytes)}.`,
    ];
  if (goes.models === 0) return [titleLine('Clean-up', 'nothing goes'), `${count(kept.models, 'model')} kept.`];
  return [
    titleLine('Clean-up', remaining(cleanup.ranMs)),
    `${count(goes.models, 'model')} that nobody has used for long will be removed then, ${formatBytes(goes.sizeBytes)}, unless somebody keeps them.`,
  ];
};

const buttonsOf = ({ cleanup, models, pages, page, goes }: CleanupView): InlineKeyboardButton[][] => {
  const { id, state } = cleanup;
  const open = state === 'announced' ? models.filter(({ fate }) => fate === 'announced') : [];
  const to = (label: string, wanted: number): InlineKeyboardButton => actionButton(label, 'cleanup', `${id}:${wanted}`);
  return [
    ...open.map((entry) => [
      actionButton(`Keep ${shortLabel(entry, BUTTON_LIMIT)}`, 'keepModel', `${entry.id}:${page}`),
    ]),
    [
      ...(page > 0 ? [to('‹ Larger', page - 1)] : []),
      ...(state === 'announced' && goes.models > 1 ? [actionButton('Keep all', 'keepAll', `${id}:${page}`)] : []),
      ...(page < pages - 1 ? [to('Smaller ›', page + 1)] : []),
    ],
  ].filter((row) => row.length > 0);
};

/** What goes from a chat by itself, page by page, with a button for each that keeps it; undefined if it is not this chat's. */
export const renderCleanup = (store: Store, chatId: number, id: number, page = 0): Rendering | undefined => {
  const view = cleanupView(store, chatId, id, { page, size: PAGE_SIZE });
  if (!view || view.models.length === 0) return undefined;
  const { cleanup, models, pages } = view;
  return {
    text: lines(
      ...headLines(view),
      pages > 1 && `Page ${view.page + 1} of ${pages}, the largest first`,
      ...models.map((entry) => entryLine(entry, cleanup.createdAt)),
      lastUseNote(models.map(({ usedBy }) => usedBy)),
      cleanup.state === 'announced' && 'What is used or pinned until then stays as well.',
    ),
    keyboard: { inline_keyboard: buttonsOf(view) },
  };
};

/** What a clean-up has removed; undefined if it has removed nothing. */
const renderDone = (store: Store, chatId: number, id: number): Rendering | undefined => {
  const view = cleanupView(store, chatId, id, { page: 0, size: 1000 });
  if (!view || view.removed.models === 0) return undefined;
  const { removed, kept, stays } = view;
  const named = view.models.filter(({ fate }) => fate === 'removed');
  const more = named.length - NAMED_MOST;
  const others = [
    kept.models > 0 ? `${kept.models} kept` : '',
    stays.models > 0
      ? `${stays.models} ${stays.models === 1 ? 'stays' : 'stay'}: used, pinned or kept elsewhere meanwhile`
      : '',
  ].filter((part) => part !== '');
  return {
    text: lines(
      titleLine('Clean-up', 'done'),
      `${count(removed.models, 'model')} removed, ${formatBytes(removed.sizeBytes)} are free within the hour, or as soon as something needs the room.`,
      ...named
        .slice(0, NAMED_MOST)
        .map((entry) => `${formatBytes(entry.sizeBytes)} · ${shortLabel(entry, NAME_LIMIT)}`),
      more > 0 && `and ${more} more`,
      others.length > 0 && `${others.join('; ')}.`,
      'Until then /undo brings the last one back, and with a name that one.',
    ),
  };
};

type CleanupNotice = Extract<Notice, { readonly kind: 'cleanup' | 'cleanup_done' }>;

/** What a notice says of what goes by itself, or has gone; undefined if there is nothing left to say. */
export const renderCleanupNotice = (store: Store, { kind, chatId, payload }: CleanupNotice): Rendering | undefined =>
  kind === 'cleanup' ? renderCleanup(store, chatId, payload.cleanupId) : renderDone(store, chatId, payload.cleanupId);
