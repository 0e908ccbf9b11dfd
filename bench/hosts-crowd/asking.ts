/** People who ask the bot something again and again, each in a chat of their own, and how long it took to answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BotApi } from '../../playground/telegram/bot-api.ts';

export interface Question {
  readonly text: string;
  /** How the answer begins: what else comes into the chat meanwhile is none. */
  readonly answer: RegExp;
}

/** Who asks what, in their own chat. */
export interface Asker {
  readonly userId: number;
  /** In turn. */
  readonly questions: readonly Question[];
}

/** Milliseconds; undefined: no answer came. */
export interface Asked {
  readonly userId: number;
  readonly question: string;
  /** From the message of the person to the first answer, as Telegram has it. */
  readonly felt: number | undefined;
  /** Of that, from the moment in which Telegram gave the message to the bot. */
  readonly inBot: number | undefined;
}

interface Open {
  readonly chatId: number;
  readonly messageId: number;
  readonly isAnswer: (text: string) => boolean;
  given: number | undefined;
  readonly settle: (answered: number | undefined) => void;
}

/** Slower than Telegram's one message a second, so that nobody waits for a turn of their own. */
const EVERY_MS = 3000;
const NEVER_MS = 60_000;

/** Asks until the signal is aborted, and resolves when all was answered, or is not answered any more. */
export const askAll = async (
  telegram: BotApi,
  askers: readonly Asker[],
  signal: AbortSignal,
): Promise<readonly Asked[]> => {
  const open = new Set<Open>();
  const unsubscribe = telegram.onChange((change) => {
    const now = performance.now();
    if (change.kind === 'call' && telegram.calls.at(-1)?.method === 'getUpdates')
      for (const one of open) one.given ??= now;
    if (change.kind !== 'message' || !change.message.from.is_bot) return;
    const { id, content } = change.message;
    for (const one of open)
      if (one.chatId === change.chat.id && id > one.messageId && one.isAnswer(content.text ?? '')) one.settle(now);
  });
  const ask = (userId: number, { text, answer }: Question): Promise<Asked> =>
    new Promise((resolve) => {
      const said = performance.now();
      const never = setTimeout(() => one.settle(undefined), NEVER_MS);
      const one: Open = {
        chatId: userId,
        messageId: telegram.say(userId, userId, text).message_id,
        isAnswer: (said) => answer.test(said),
        given: undefined,
        settle: (answered) => {
          clearTimeout(never);
          open.delete(one);
          const since = (at: number | undefined): number | undefined =>
            answered === undefined || at === undefined ? undefined : answered - at;
          resolve({ userId, question: text, felt: since(said), inBot: since(one.given ?? said) });
        },
      };
      open.add(one);
    });
  const each = async ({ userId, questions }: Asker, index: number): Promise<readonly Asked[]> => {
    const answers: Asked[] = [];
    const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal }).catch(() => undefined);
    await pause((index * EVERY_MS) / askers.length);
    for (let turn = index; !signal.aborted; turn += 1) {
      const question = questions[turn % questions.length];
      if (!question) break;
      const [answer] = await Promise.all([ask(userId, question), pause(EVERY_MS)]);
      answers.push(answer);
    }
    return answers;
  };
  try {
    return (await Promise.all(askers.map(each))).flat();
  } finally {
    unsubscribe();
  }
};
