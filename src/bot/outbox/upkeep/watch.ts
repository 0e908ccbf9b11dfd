/* bot/outbox/upkeep: what owners are told unasked of the machine, its backups, its disk and its hosts. */

import { formatBytes } from '../../../lib/text/bytes.ts';
import { isOwner } from '../../../people/may.ts';
import type { Notice } from '../../../store/messages/outbox.ts';
import type { Store } from '../../../store/store.ts';
import { titleLine } from '../../ui/label.ts';
import { lines, type Rendering, shorten } from '../../ui/text.ts';

type Of<Kind extends Notice['kind']> = Extract<Notice, { readonly kind: Kind }>;

const WHY_LIMIT = 300;

/** That nothing could be downloaded; undefined: they are no owner any more, or something came meanwhile. */
export const renderStalled = (
  store: Store,
  { chatId, payload: { why } }: Of<'downloads_stalled'>,
): Rendering | undefined =>
  isOwner(store, chatId) && store.watching.getTrouble('stalled')?.isTold === true
    ? {
        text: lines(
          titleLine('Downloads', 'nothing has come for an hour'),
          'There is something to download, and not a byte of it comes.',
          why === null ? 'No error was told.' : `The last error: ${shorten(why, WHY_LIMIT)}`,
          'Look whether this machine reaches the internet and the Hub. I go on trying, and say when something comes. /queue shows what waits.',
        ),
      }
    : undefined;

/** That something comes again. */
export const renderGoOn = (store: Store, { chatId }: Of<'downloads_go_on'>): Rendering | undefined =>
  isOwner(store, chatId) ? { text: lines(titleLine('Downloads', 'going on'), 'Something comes again.') } : undefined;

/** That a disk fills up, and by what; undefined: they are no owner any more, or it is well again. */
export const renderDisk = (store: Store, { chatId, payload }: Of<'disk_filling'>): Rendering | undefined => {
  if (!isOwner(store, chatId) || store.watching.getTrouble('disk')?.isTold !== true) return undefined;
  const { freeBytes, floorBytes, comingBytes, othersBytes } = payload;
  const isFull = freeBytes < floorBytes;
  return {
    text: lines(
      titleLine('Disk', isFull ? 'full' : 'full within a day'),
      `${formatBytes(freeBytes)} are free${floorBytes > 0 ? `, and ${formatBytes(floorBytes)} are to be kept free` : ''}.`,
      comingBytes > 0 && `What downloads and waits takes ${formatBytes(comingBytes)} more.`,
      othersBytes > 0 && `Other programs take ${formatBytes(othersBytes)} a day, if they go on as in the last hours.`,
      'What finds no room waits, and goes on when there is some. /storage shows what could go.',
    ),
  };
};
