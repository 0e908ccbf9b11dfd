import type { Store } from '../../store/store.ts';
import { parseRepoRef } from '../../domain/repo/repo.ts';
import { findSame } from '../../library/find.ts';
import { statusWord } from '../../library/model-view.ts';
import { actionButton } from './buttons.ts';
import { modelLabel, shortLabel, shownStatus } from './label.ts';
import { plain, type Rendering } from './text.ts';

const NOW = 0;
const LATER = 1;

/** Which link of a message was tapped, and how: the choice behind the button. */
const choiceOf = (index: number, when: number): number => 2 * index + when;

/** What the choice behind a tapped offer means. */
export const readChoice = (choice: number): { readonly index: number; readonly when: 'now' | 'later' } => ({
  index: Math.floor(choice / 2),
  when: choice % 2 === LATER ? 'later' : 'now',
});

/** A link that one message of a person holds. */
export interface LinkOffer {
  /** The person's message: a tap reads the link there again. */
  readonly messageId: number;
  /** Which of its links, 0 = the first. */
  readonly index: number;
  readonly ref: string;
}

const LABEL_LIMIT = 40;

/**
 * Offers to add what a link names: whoever opens or forwards one did not write it. What is in the library already is
 * said to be, with the way to its card; a second look at the Hub may bring a newer revision, or another quantization.
 */
export const linkOffer = (store: Store, chatId: number, { messageId, index, ref }: LinkOffer): Rendering => {
  const tap = (label: string, when: number, style?: 'primary') =>
    actionButton(label, 'link', `${messageId}:${choiceOf(index, when)}`, style);
  const here = findSame(store, chatId, parseRepoRef(ref));
  const [first] = here;
  if (!first) {
    return {
      text: plain(`Add ${ref} to this library?`),
      keyboard: { inline_keyboard: [[tap('Add now', NOW, 'primary'), tap('Add for later', LATER)]] },
    };
  }
  const which =
    here.length === 1
      ? `${modelLabel(first)} · ${shownStatus(first, statusWord(store, first))}`
      : `${ref}, ${here.length} times`;
  return {
    text: plain(`This library has it already: ${which}.`),
    keyboard: {
      inline_keyboard: [
        ...here.map((model) => [actionButton(`Show #${model.id} ${shortLabel(model, LABEL_LIMIT)}`, 'show', model.id)]),
        [tap('Look it up again', NOW)],
      ],
    },
  };
};
