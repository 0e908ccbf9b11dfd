import { chatJson, messageJson, postMessage } from '../world/messages.ts';
import type { InlineAnswerView } from '../page-wire.ts';
import type { InlineAnswer, InlineQueries } from '../world/inline.ts';
import { typedText } from '../text/texts.ts';
import type { Updates } from '../updates/updates.ts';
import type { EntityJson, InlineKeyboardJson } from '../wire.ts';
import type { Message } from '../world/chat.ts';
import { openChat } from './people.ts';
import { personOf, type World } from '../world/world.ts';

interface Parts {
  readonly world: World;
  readonly updates: Updates;
  readonly inline: InlineQueries;
}

/** A person types `@bot query` into the input field. @returns the inline query's id */
export const askInline = (parts: Parts, userId: number, query: string, offset = ''): string => {
  const id = parts.inline.ask({ userId, query });
  parts.updates.add('inline_query', {
    id,
    from: personOf(parts.world, userId).json,
    chat_type: 'sender',
    query,
    offset,
  });
  return id;
};

/** Telegram's apps show nothing of an answer that comes later. */
const PATIENCE_MS = 10_000;

/** The answer to an inline query. @throws Error if none comes in time, as where another one was typed since */
export const answerTo = ({ world, inline }: Parts, id: string, closed: AbortSignal): Promise<InlineAnswer> => {
  const { promise, resolve, reject } = Promise.withResolvers<InlineAnswer>();
  const look = (): void => {
    const answer = inline.answers.find(({ inlineQueryId }) => inlineQueryId === id);
    if (answer) resolve(answer);
  };
  const unsubscribe = world.changes.subscribe(look);
  const giveUp = (): void => reject(new Error('The bot has not answered'));
  const timer = setTimeout(giveUp, PATIENCE_MS);
  closed.addEventListener('abort', giveUp);
  look();
  return promise.finally(() => {
    unsubscribe();
    clearTimeout(timer);
    closed.removeEventListener('abort', giveUp);
  });
};

const words = (value: unknown): string => (typeof value === 'string' ? value : '');

/** An answer as the page shows it. */
export const inlineView = ({ inlineQueryId, results, button }: InlineAnswer): InlineAnswerView => {
  const { text, start_parameter: startParameter } = (button ?? {}) as { text?: unknown; start_parameter?: unknown };
  return {
    queryId: inlineQueryId,
    results: results.map(({ id, title, description }) => ({
      id: words(id),
      title: words(title),
      description: words(description),
    })),
    ...(button && { button: { text: words(text), startParameter: words(startParameter) } }),
  };
};

/** A person picks a result and so posts it. @throws Error if the bot gave no such result */
export const pickInline = (parts: Parts, answer: InlineAnswer, chatId: number, resultId: string): Message => {
  const { world, updates } = parts;
  const result = answer.results.find((candidate) => candidate.id === resultId);
  if (!result)
    throw new Error(
      `There is no result ${resultId}. There are: ${answer.results.map((each) => JSON.stringify(each.id)).join(', ')}`,
    );
  const content = (result.input_message_content ?? {}) as { message_text?: string; entities?: EntityJson[] };
  const from = personOf(world, answer.userId).json;
  const chat = openChat(world, { userId: answer.userId, chatId });
  const message = postMessage(world, {
    chat,
    from,
    content: typedText(
      content.message_text ?? (typeof result.title === 'string' ? result.title : ''),
      content.entities,
    ),
    markup: result.reply_markup as InlineKeyboardJson | undefined,
    viaBot: world.bot,
  });
  message.knownToBot = chat.type === 'private' || chat.bot === 'member' || chat.bot === 'administrator';
  updates.add('chosen_inline_result', { result_id: resultId, from, query: answer.query });
  if (message.knownToBot) updates.add('message', { ...messageJson(message), chat: chatJson(chat) });
  return message;
};
