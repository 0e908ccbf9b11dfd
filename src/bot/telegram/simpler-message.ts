import type { Transformer } from 'grammy';

/**
 * What is left out of a message that Telegram refuses with one of these texts (tdlib/telegram-bot-api, Client.cpp, and the
 * servers behind it).
 */
const LEAVE_OUT: readonly { readonly texts: readonly string[]; readonly keys: readonly string[] }[] = [
  { texts: ['message to be replied not found'], keys: ['reply_parameters'] },
  // A reply goes to the topic of what it replies to.
  {
    texts: ['TOPIC_CLOSED', 'TOPIC_DELETED', 'message thread not found'],
    keys: ['message_thread_id', 'reply_parameters'],
  },
  { texts: ["can't parse entities", 'ENTIT'], keys: ['entities'] },
  { texts: ['BUTTON_', 'REPLY_MARKUP_', 'reply markup', 'keyboard'], keys: ['reply_markup'] },
];
/** What a person waits for with a finger on the screen, for so long as Telegram lets them: taps, and what they type inline. */
const ANSWERS_IN_TIME: readonly string[] = ['answerCallbackQuery', 'answerInlineQuery'];
const TOO_LATE = ['query is too old', 'QUERY_ID_INVALID'];

type Payload = Readonly<Record<string, unknown>>;

const saysOneOf = (description: string, texts: readonly string[]): boolean =>
  texts.some((text) => description.includes(text));

/** undefined: nothing would help. */
const simpler = (payload: Payload, description: string): Payload | undefined => {
  // It names the markup, but refuses nothing: the message shows what was wanted, its buttons too.
  if (description.includes('message is not modified')) return undefined;
  const cut = LEAVE_OUT.find(({ texts, keys }) => saysOneOf(description, texts) && keys.some((key) => key in payload));
  return cut && Object.fromEntries(Object.entries(payload).filter(([key]) => !cut.keys.includes(key)));
};

const SPEAKS = /^(?:send\w+|editMessageText)$/;

/** Once for each thing that can be left out. */
const TRIES_MOST = LEAVE_OUT.length;

/**
 * What Telegram refuses in one form it may take in another, and what must be said is better said plainly than not at all:
 * what a closed or deleted topic does not take goes to the chat itself, what cannot be shown as it was made goes as plain
 * text. A tap or an inline query that was answered too late is no failure either: what a tap asked for is done all the same, and
 * who types has gone on.
 * @param count told of each further call: it counts against the chat's budget too
 */
export const secondTry =
  (count: (chatId: number) => void): Transformer =>
  async (call, method, payload, signal) => {
    let answer = await call(method, payload, signal);
    if (ANSWERS_IN_TIME.includes(method) && !answer.ok && saysOneOf(answer.description, TOO_LATE)) {
      return { ok: true, result: true } as never;
    }
    let current: Payload = payload as Payload;
    for (let tries = 0; tries < TRIES_MOST && !answer.ok && answer.error_code === 400; tries += 1) {
      const next = SPEAKS.test(method) ? simpler(current, answer.description) : undefined;
      if (next === undefined) return answer;
      count(Number(next['chat_id']));
      answer = await call(method, next as typeof payload, signal);
      current = next;
    }
    return answer;
  };
