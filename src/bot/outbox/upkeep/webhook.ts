import { isOwner } from '../../../people/may.ts';
import type { Notice } from '../../../store/messages/outbox.ts';
import type { Store } from '../../../store/store.ts';
import { titleLine } from '../../ui/label.ts';
import { lines, type Rendering, shorten } from '../../ui/text.ts';

type Of<Kind extends Notice['kind']> = Extract<Notice, { readonly kind: Kind }>;

const WHY_LIMIT = 300;

/** That Telegram cannot bring what people write; undefined: they are no owner any more, or it can by now. */
export const renderUnreached = (
  store: Store,
  { chatId, payload: { why } }: Of<'webhook_unreached'>,
): Rendering | undefined =>
  isOwner(store, chatId) && store.watching.getTrouble('webhook')?.isTold === true
    ? {
        text: lines(
          titleLine('Webhook', 'Telegram cannot reach it'),
          'I can write, and hear nobody: what people write and tap does not get here.',
          `Telegram says: ${shorten(why, WHY_LIMIT)}`,
          'Look at the reverse proxy on the machine; docs/deploying.md has one that works. Telegram keeps what is written for a day, and brings it then.',
        ),
      }
    : undefined;

/** That it can again. */
export const renderReached = (store: Store, { chatId }: Of<'webhook_reached'>): Rendering | undefined =>
  isOwner(store, chatId)
    ? { text: lines(titleLine('Webhook', 'reached again'), 'What people write gets here again.') }
    : undefined;
