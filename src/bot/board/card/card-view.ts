import type { FormattedString } from '@grammyjs/parse-mode';
import type { InlineKeyboardButton } from 'grammy/types';
import type { ModelView } from '../../../library/model-view.ts';

/** What a card is drawn from. */
export interface CardView extends ModelView {
  /** The chat's summary shows how far it is. */
  readonly isFolded?: boolean;
  /** Its chat wants cards that are short; undefined: it does not. */
  readonly compact?: 'closed' | 'opened' | undefined;
}

/** What a card shows between its title and what all cards end with. */
export interface Body {
  readonly lines: readonly (FormattedString | string | undefined)[];
  readonly buttons: readonly (readonly InlineKeyboardButton[])[];
}
