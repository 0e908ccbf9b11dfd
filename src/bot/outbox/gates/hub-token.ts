import { tokensPage } from '../../../domain/repo/hub-pages.ts';
import { isOwner } from '../../../people/may.ts';
import type { Notice } from '../../../store/messages/outbox.ts';
import type { Store } from '../../../store/store.ts';
import { titleLine } from '../../ui/label.ts';
import { lines, type Rendering } from '../../ui/text.ts';

/** That the Hub does not accept the machine's token any more; undefined: they are no owner any more, or it does again. @param ownHub the address of the Hub that is asked, if not the usual one */
export const renderTokenRefused = (
  store: Store,
  { chatId }: Extract<Notice, { readonly kind: 'hub_token_refused' }>,
  ownHub: string | undefined,
): Rendering | undefined =>
  isOwner(store, chatId) && store.tokenRefusals.isAnyRefused()
    ? {
        text: lines(
          titleLine('The token in HF_TOKEN', 'not accepted'),
          'The Hub does not accept it any more: it was revoked, or its time is over. Public repositories go on without it; what needs it waits, and goes on by itself.',
          `Make a new one, put it into HF_TOKEN, and start me again. They are made at ${tokensPage(ownHub)}.`,
        ),
      }
    : undefined;
