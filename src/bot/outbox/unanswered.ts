import type { Update } from 'grammy/types';
import type { NewNotice, Notice } from '../../store/outbox.ts';
import { plain, type Rendering, shorten } from '../ui/text.ts';

const LEFT_OUT = 'answers_left_out';
const GIVEN_UP = 'update_given_up';
const QUOTE_LIMIT = 100;

/** Answers that a chat did not get, since it asked for more than Telegram lets the bot say. */
export const leftOutNotice = (chatId: number, count: number): NewNotice => ({
  chatId,
  kind: LEFT_OUT,
  payload: { count },
});

/** Something written or tapped that is not done, since the program ended at it again and again; undefined: it was neither. */
export const givenUpNotice = ({ message, callback_query: pressed }: Update): NewNotice | undefined => {
  const at = message ?? pressed?.message;
  if (!at) return undefined;
  const place = {
    messageId: at.message_id,
    ...(at.is_topic_message && at.message_thread_id !== undefined ? { threadId: at.message_thread_id } : {}),
  };
  const said = message && { text: shorten(message.text ?? message.caption ?? '', QUOTE_LIMIT) };
  return { chatId: at.chat.id, kind: GIVEN_UP, payload: { ...place, ...said } };
};

export const isLeftOut = ({ kind }: Notice): boolean => kind === LEFT_OUT;

/** One sentence for all of them. */
export const renderLeftOut = (notices: readonly Notice[]): Rendering => {
  const count = notices.reduce((sum, { payload }) => sum + Number(payload?.['count']), 0);
  const answers = count === 1 ? 'One answer was' : `${count} answers were`;
  return { text: plain(`${answers} left out: more came at once than Telegram lets me answer.`) };
};

const renderGivenUp = ({ payload }: Notice): Rendering => {
  const said = payload?.['text'];
  const [what, again] =
    typeof said === 'string'
      ? [said === '' ? 'What you wrote' : `“${said}”`, 'Write it again']
      : ['What you tapped here', 'Tap again'];
  return {
    text: plain(
      `${what} was given up: the program ended three times while it was at it. ${again} if you still want it.`,
    ),
  };
};

/** What is said where something that was asked for got no answer; undefined: it is another kind of notice. */
export const renderUnanswered = (notice: Notice): Rendering | undefined => {
  if (notice.kind === LEFT_OUT) return renderLeftOut([notice]);
  return notice.kind === GIVEN_UP ? renderGivenUp(notice) : undefined;
};
