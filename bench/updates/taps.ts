/** Taps on buttons: as they are, as they were, and as nobody drew them. */
import { FEATURES } from '../../src/bot/features.ts';
import type { BotApi } from '../../playground/telegram/bot-api.ts';
import type { Dice } from '../../tests/helpers/dice.ts';
import { bend, often, pick } from './bend.ts';
import { chatOf, type Made } from './make.ts';
import type { Button, Place } from './scene.ts';

const KEPT = 3000;

/** Keeps the buttons that the bot shows. */
export const watchButtons = (telegram: BotApi): readonly Button[] => {
  const buttons: Button[] = [];
  telegram.onChange((change) => {
    if (change.kind !== 'message') return;
    const { id: messageId, markup } = change.message;
    for (const { callback_data: data } of markup?.inline_keyboard.flat() ?? [])
      if (data !== undefined) buttons.push({ chatId: change.chat.id, messageId, data });
    if (buttons.length > 2 * KEPT) buttons.splice(0, KEPT);
  });
  return buttons;
};

const ACTIONS = ['open', 'none', ...FEATURES.flatMap((feature) => Object.keys(feature.actions))];

/** Data that is no number. */
const EXAMPLES = FEATURES.flatMap((feature) =>
  Object.entries(feature.actions).flatMap(([name, { data }]) => (data ? [`${name}:${data.example}`] : [])),
);

const MENUS = ['sched', 'queue', 'library'];

const forged = (dice: Dice): string => {
  const id = pick(dice, [
    String(dice(120)),
    String(dice(4000)),
    '-1',
    '0',
    '999999999999999',
    '1e3',
    '',
    '-1001000000001',
    '1001',
  ]);
  const choice = pick(dice, ['', `:${dice(12)}`, ':9999', ':x']);
  if (often(dice, 3))
    return `${pick(dice, MENUS)}/${dice(4)}/${dice(4)}/${pick(dice, ['', 'list', 'order', `show${dice(90)}`, `${dice(90)}`, '0.pending', `0..${dice(90)}`, `s${dice(30)}`])}/${pick(dice, ['', 'abcd', 'f', 'h'])}`;
  if (often(dice, 4)) return pick(dice, EXAMPLES).replace(/\d+/, often(dice, 2) ? '$&' : id);
  return `${pick(dice, ACTIONS)}:${id}${choice}`;
};

const scratched = (dice: Dice, data: string): string => {
  const at = dice(data.length);
  return (
    data.slice(0, at) +
    pick(dice, ['', '0', '1', String(dice(40)), ':', '/', '.', 'x', '\u{D800}', '\0', 'é']) +
    data.slice(at + dice(3))
  );
};

const dataFor = (dice: Dice, buttons: readonly Button[]): string => {
  const kind = dice(10);
  const button = pick(dice, buttons);
  if (kind < 2 || !button) return forged(dice);
  if (kind < 6) return button.data;
  if (kind < 9) return often(dice, 2) ? button.data.replace(/\d+/, String(dice(120))) : scratched(dice, button.data);
  return pick(dice, [
    '',
    'x'.repeat(64),
    'x'.repeat(5000),
    '::::',
    '/////',
    '\u{202E}',
    'sched/0/0//',
    '__proto__:1',
    'constructor:1',
  ]);
};

const raw = (dice: Dice, { userId, chatId }: Place, messageId: number, data: string): Made => {
  const body = {
    id: String(dice(1e9)),
    from: { id: userId, is_bot: false, first_name: `Person ${userId}` },
    chat_instance: '1',
    data,
    message: {
      message_id: messageId,
      date: often(dice, 4) ? 0 : 1_800_000_000,
      chat: chatOf(chatId),
      from: { id: 4_200_000_001, is_bot: true, first_name: 'hubgram', username: 'hubgram_bot' },
      text: 'x',
      reply_to_message: {
        message_id: 1,
        date: 1,
        chat: chatOf(chatId),
        text: 'https://huggingface.co/gpt2',
        from: { id: userId, is_bot: false, first_name: 'x' },
      },
    },
  };
  return { kind: 'callback_query', body: often(dice, 2) ? bend(dice, body) : body };
};

/** Taps as a client of one's own might. @returns what is still to be delivered */
export const tap = (telegram: BotApi, dice: Dice, place: Place, buttons: readonly Button[]): Made | undefined => {
  const own = buttons.filter(({ chatId }) => chatId === place.chatId);
  const where = pick(dice, own);
  const data = dataFor(dice, often(dice, 4) ? buttons : own);
  if (where && !often(dice, 4)) {
    try {
      telegram.pressForged(place.userId, place.chatId, where.messageId, often(dice, 3) ? where.data : data);
      return undefined;
    } catch {
      // Who is not in the chat, or has no such message: then it comes as a client's own.
    }
  }
  return raw(dice, place, often(dice, 3) ? dice(5000) : (where?.messageId ?? 1), data);
};
