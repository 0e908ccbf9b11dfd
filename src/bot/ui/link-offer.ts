import type { Store } from '../../store/store.ts';
import type { Model } from '../../domain/model.ts';
import { parseRepoRef } from '../../domain/repo/repo.ts';
import { writtenTypeOf } from '../../domain/repo/source-type.ts';
import { shownAddress, webAddressIn } from '../../domain/repo/web-file.ts';
import { findSame, modelIn } from '../../library/find.ts';
import { statusWord } from '../../library/model-view.ts';
import { actionButton } from './buttons.ts';
import { modelLabel, shortLabel, shownStatus } from './label.ts';
import { plain, type Rendering, shorten } from './text.ts';

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
const ADDRESS_LIMIT = 300;
/** As the button of a list's offer says it. */
const NEVER = 2;

/** What the library has of what lies at an address. */
const ofAddress = (store: Store, chatId: number, url: string): readonly Model[] =>
  store.webFiles.modelsFrom(chatId, url).flatMap((id) => modelIn(store, chatId, id) ?? []);

/** The address of a file on the web or of a torrent; undefined of what names a repository, by whatever host it was read. */
const addressIn = (ref: string): string | undefined =>
  writtenTypeOf(ref) === undefined ? undefined : webAddressIn(ref)?.href;

/**
 * Offers to add what a link names: whoever opens or forwards one did not write it. What is in the library already is
 * said to be, with the way to its card; a second look at the Hub may bring a newer revision, or another quantization.
 */
export const linkOffer = (store: Store, chatId: number, { messageId, index, ref }: LinkOffer): Rendering => {
  const tap = (label: string, when: number, style?: 'primary') =>
    actionButton(label, 'link', `${messageId}:${choiceOf(index, when)}`, style);
  const url = addressIn(ref);
  const name = url === undefined ? ref : shorten(shownAddress(url), ADDRESS_LIMIT);
  const here = url === undefined ? findSame(store, chatId, parseRepoRef(ref)) : ofAddress(store, chatId, url);
  const [first] = here;
  if (!first) {
    const leave = url === undefined ? [] : [[actionButton('Leave it', 'list', `${messageId}:${NEVER}`)]];
    return {
      text: plain(`Add ${name} to this library?`),
      keyboard: { inline_keyboard: [[tap('Add now', NOW, 'primary'), tap('Add for later', LATER)], ...leave] },
    };
  }
  const which =
    here.length === 1
      ? `${modelLabel(first)} · ${shownStatus(first, statusWord(store, first))}`
      : `${name}, ${here.length} times`;
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
