import { actionButton } from './buttons.ts';
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

/** Offers to add what a link names: whoever opens or forwards one did not write it. */
export const linkOffer = ({ messageId, index, ref }: LinkOffer): Rendering => ({
  text: plain(`Add ${ref} to this library?`),
  keyboard: {
    inline_keyboard: [
      [
        actionButton('Add now', 'link', `${messageId}:${choiceOf(index, NOW)}`, 'primary'),
        actionButton('Add for later', 'link', `${messageId}:${choiceOf(index, LATER)}`),
      ],
    ],
  },
});
