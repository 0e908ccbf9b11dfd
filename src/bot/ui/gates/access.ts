/* bot/ui/gates: what stands under whatever waits for access to a repository. */

import type { InlineKeyboardButton } from 'grammy/types';

/** Of a gated repository: where a person asks for access. Telegram takes no link to a Hub on this machine. */
export const pageRow = (page: string | undefined): InlineKeyboardButton[][] =>
  page?.startsWith('https:') ? [[{ text: 'Open its page', url: page }]] : [];

/** What happens meanwhile. */
export const LOOKS_BY_ITSELF = 'For a day I look by myself whether I may read it, and go on when I may.';

/** What is tried by the button under what waits for access: where people decide, nothing is accepted. */
export const ACCEPTED = 'I accepted, try again';

/** The same of a look-up that has failed. */
export const acceptedOf = (isByHand: boolean | undefined): string => (isByHand ? 'Try again' : ACCEPTED);
