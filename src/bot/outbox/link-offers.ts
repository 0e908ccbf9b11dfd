import type { Store } from '../../store/store.ts';
import type { Notice } from '../../store/messages/outbox.ts';
import { linkOffer } from '../ui/link-offer.ts';
import type { Rendering } from '../ui/text.ts';

/** One of several links in a message: each is offered in a message of its own, which becomes its card. */
export type LinkNotice = Extract<Notice, { readonly kind: 'link_offer' }>;

/** Whether a notice offers to add what a link names. */
export const isLinkOffer = (notice: Notice): notice is LinkNotice => notice.kind === 'link_offer';

/** The offer to add what one link of a message names, with its buttons. */
export const renderLinkOffer = (store: Store, { chatId, payload }: LinkNotice): Rendering =>
  linkOffer(store, chatId, payload);
