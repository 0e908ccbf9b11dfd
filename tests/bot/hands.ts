import { vi } from 'vitest';
import type { BotApi } from '../../playground/telegram/bot-api.ts';
import type { SayOptions } from '../../playground/telegram/people/people.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { TOLD } from '../../src/store/messages/cards.ts';
import type { Store } from '../../src/store/store.ts';

const LONGEST_WAIT_MS = 60_000;

/** Where somebody writes or taps; the owner's private chat if nothing else is said. */
interface Place {
  readonly userId?: number;
  readonly chatId?: number;
}

/** What people do, and wait for, in the chats of a stand-in. */
export interface Hands {
  /** Writes something, once what was before has been told. @returns what the bot had answered when it had handled it; cards come a little later */
  readonly say: (text: string, place?: Place, options?: SayOptions) => Promise<readonly SimMessage[]>;
  /** Corrects the last thing that was written. @returns what the bot has answered since, as text */
  readonly correct: (text: string, place?: Place) => Promise<string>;
  /** The same, as the text of the answers. */
  readonly ask: (text: string, place?: Place, options?: SayOptions) => Promise<string>;
  /** Taps a button, whatever is said of it. @returns the callback query's id */
  readonly tap: (message: SimMessage | undefined, button: string, place?: Place) => Promise<string>;
  /** The same. @returns what was told in passing @throws if the tap was not answered */
  readonly press: (message: SimMessage | undefined, button: string, place?: Place) => Promise<string | undefined>;
  /** The bot's messages that are still there. */
  readonly shown: (chatId?: number) => readonly SimMessage[];
  /** Waits for a message of the bot. */
  readonly sees: (text: string | RegExp, chatId?: number) => Promise<SimMessage>;
}

/** Whether a chat is still to be sent something for what was before: a notice, or a card that stands nowhere yet. */
const isOwed = (store: Store, chatId: number): boolean => {
  const { outbox, cards, addRequests, searches, imports, verifications } = store;
  const asked = [
    ...addRequests.requestsToDraw(),
    ...searches.searchesToDraw(),
    ...imports.importsToDraw(),
    ...verifications.verificationsToDraw(),
  ];
  const owed: readonly { readonly chatId: number }[] = [
    // Those that wait for a time come when that is there.
    ...outbox.dueNotices('', 100),
    ...cards.cardsToDraw().filter(({ messageId, drawn }) => messageId === null && drawn !== TOLD),
    ...asked.filter(({ cardMessageId }) => cardMessageId === null),
  ];
  return owed.some((one) => one.chatId === chatId);
};

/** @param me writes and taps where nobody else is named */
export const handsOn = (telegram: BotApi, store: Store, me: number): Hands => {
  const settled = async (): Promise<void> => {
    await telegram.waitFor((api) => api.pendingUpdates().length === 0, LONGEST_WAIT_MS);
    await vi.waitUntil(() => store.updates.waitingUpdates().length === 0, { timeout: LONGEST_WAIT_MS, interval: 5 });
  };
  const shown = (chatId = me): readonly SimMessage[] =>
    telegram.messages(chatId).filter((message) => message.from?.is_bot === true && !message.deleted);
  /** What tells of something else would be taken for the answer. */
  const rest = (chatId: number): Promise<unknown> =>
    vi.waitUntil(() => !isOwed(store, chatId), { timeout: LONGEST_WAIT_MS, interval: 5 });
  const say: Hands['say'] = async (text, place = {}, options = {}) => {
    const userId = place.userId ?? me;
    const chatId = place.chatId ?? userId;
    await rest(chatId);
    const { message_id: asked } = telegram.say(userId, chatId, text, options);
    await settled();
    return shown(chatId).filter((message) => message.message_id > asked);
  };
  const tap: Hands['tap'] = async (message, button, place = {}) => {
    const userId = place.userId ?? me;
    const id = telegram.press(userId, place.chatId ?? userId, message?.message_id ?? 0, button);
    await settled();
    return id;
  };
  return {
    shown,
    say,
    tap,
    correct: async (text, place = {}) => {
      const userId = place.userId ?? me;
      const chatId = place.chatId ?? userId;
      await rest(chatId);
      const written = telegram.messages(chatId).findLast(({ from }) => from?.id === userId);
      const last = telegram.messages(chatId).at(-1)?.message_id ?? 0;
      telegram.editMessage(userId, chatId, written?.message_id ?? 0, text);
      await settled();
      const since = shown(chatId).filter(({ message_id: id }) => id > last);
      return since.map(({ text: said = '' }) => said).join('\n');
    },
    ask: async (...said) => (await say(...said)).map(({ text = '' }) => text).join('\n'),
    press: async (message, button, place) => {
      const id = await tap(message, button, place);
      const answer = telegram.answers.find(({ callbackQueryId }) => callbackQueryId === id);
      // Telegram shows a tap as under way until it is answered.
      if (!answer) throw new Error(`The bot has not answered the tap on ${button}`);
      return answer.text;
    },
    sees: (text, chatId = me) =>
      telegram.waitFor(
        () =>
          shown(chatId).find((message) =>
            typeof text === 'string' ? message.text?.includes(text) : text.test(message.text ?? ''),
          ),
        LONGEST_WAIT_MS,
      ),
  };
};
