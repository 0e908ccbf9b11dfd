import type { Store } from '../../store/store.ts';
import type { Notice } from '../../store/outbox.ts';
import { type LinkOffer, linkOffer } from '../ui/link-offer.ts';
import type { Rendering } from '../ui/text.ts';

/** One of several links in a message: each is offered in a message of its own, which becomes its card. */
const read = ({ payload }: Notice): LinkOffer => ({
  messageId: Number(payload?.['messageId']),
  index: Number(payload?.['index']),
  ref: String(payload?.['ref']),
});

export const isLinkOffer = (notice: Notice): boolean => notice.kind === 'link_offer';

export const renderLinkOffer = (store: Store, notice: Notice): Rendering =>
  linkOffer(store, notice.chatId, read(notice));
