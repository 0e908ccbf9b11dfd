import type { Message, Update } from 'grammy/types';
import type { NewNotice, Notice } from '../../store/messages/outbox.ts';
import { lines, plain, type Rendering, shorten } from '../ui/text.ts';

type LeftOut = Extract<Notice, { readonly kind: 'answers_left_out' }>;
type TooFast = Extract<Notice, { readonly kind: 'too_fast' }>;
type GivenUp = Extract<Notice, { readonly kind: 'update_given_up' }>;

const QUOTE_LIMIT = 100;

/** More commands are told by their number. */
const NAMED_MOST = 12;
const NAME_LIMIT = 40;

/** The command that stands in an update; undefined: it is a tap, or plain words. */
export const commandIn = ({ message: written, edited_message: edited }: Update): string | undefined => {
  const said = written ?? edited;
  const command = /^\/\w+/.exec(said?.text ?? said?.caption ?? '')?.[0];
  return command && shorten(command, NAME_LIMIT);
};

/** Answers that a chat did not get, since it asked for more than Telegram lets the bot say. @param to the commands, each once */
export const leftOutNotice = (chatId: number, count: number, to: readonly string[] = []): NewNotice => ({
  chatId,
  kind: 'answers_left_out',
  payload: { count, ...(to.length > 0 && { to: to.slice(0, NAMED_MOST + 1) }) },
});

const replyFields = (at: Pick<Message, 'message_id' | 'is_topic_message' | 'message_thread_id'>) => ({
  messageId: at.message_id,
  ...(at.is_topic_message && at.message_thread_id !== undefined ? { threadId: at.message_thread_id } : {}),
});

/** Who sends more than is heard, in answer to the first message of it. Undefined of a tap: that is told in passing. */
export const tooFastNotice = (
  { message: written, edited_message: edited }: Update,
  most: number,
): NewNotice | undefined => {
  const at = written ?? edited;
  return at && { chatId: at.chat.id, kind: 'too_fast', payload: { ...replyFields(at), most } };
};

/** What is said to them. */
export const tooFast = (most: number): string =>
  `That was more than ${most} messages and taps within a minute. What you send within the next minute is left out; after that I read again.`;

/** The same as a notice. */
export const renderTooFast = ({ payload }: TooFast): Rendering => ({ text: plain(tooFast(payload.most)) });

/** Something written or tapped that is not done, since the program ended at it again and again; undefined: it was neither. */
export const givenUpNotice = ({
  message: written,
  edited_message: edited,
  callback_query: pressed,
}: Update): NewNotice | undefined => {
  const message = written ?? edited;
  const at = message ?? pressed?.message;
  if (!at) return undefined;
  const said = message && { text: shorten(message.text ?? message.caption ?? '', QUOTE_LIMIT) };
  return { chatId: at.chat.id, kind: 'update_given_up', payload: { ...replyFields(at), ...said } };
};

/** Whether a notice tells that answers were left out. */
export const isLeftOut = (notice: Notice): notice is LeftOut => notice.kind === 'answers_left_out';

const inWords = (names: readonly string[]): string =>
  names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}` : (names[0] ?? '');

/** Once for all of them: which they were, and whether what they were to was done. */
export const renderLeftOut = (notices: readonly LeftOut[]): Rendering => {
  const count = notices.reduce((sum, { payload }) => sum + payload.count, 0);
  const answers = count === 1 ? 'One answer was' : `${count} answers were`;
  const to = [...new Set(notices.flatMap(({ payload }) => payload.to ?? []))];
  const named = to.length > NAMED_MOST ? [...to.slice(0, NAMED_MOST), 'others'] : to;
  const which = to.length > 0 && `${count === 1 ? 'It was' : 'They were'} to ${inWords(named)}.`;
  return {
    text: lines(
      `${answers} left out: more came at once than Telegram lets me answer.`,
      which,
      'What you told me to do is done, unless I ask before it. Write again what you want to see, or to be asked.',
    ),
  };
};

/** What was asked for and got no answer. */
export const renderGivenUp = ({ payload: { text: said } }: GivenUp): Rendering => {
  const [what, again] =
    said !== undefined
      ? [said === '' ? 'What you wrote' : `“${said}”`, 'Write it again']
      : ['What you tapped here', 'Tap again'];
  return {
    text: plain(
      `${what} was given up: the program ended three times while it was at it. ${again} if you still want it.`,
    ),
  };
};
