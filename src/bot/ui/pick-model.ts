import type { Context } from 'grammy';
import type { Model } from '../../domain/model.ts';
import { findModel } from '../../library/find.ts';
import type { Store } from '../../store/store.ts';
import { type Action, actionButton } from './buttons.ts';
import { modelLabel, statusWord } from './label.ts';
import { answer } from './reply.ts';
import { plain, shorten } from './text.ts';

/** The model a button belongs to, if it is one of this chat; its id is the first group of the button's pattern. */
export const tappedModel = (ctx: Pick<Context, 'match' | 'chat'>, store: Store): Model | undefined => {
  const model = store.models.getModel(Number(ctx.match?.[1]));
  return model && model.chatId === ctx.chat?.id ? model : undefined;
};

const whichOne = (shown: number, total: number): string =>
  total > shown
    ? `Which one? ${total} fit; these are the newest. Write more of the name to find another.`
    : 'Which one?';

/**
 * The model a command means: by the text behind it, or by the card it replies to. Says what is wrong if it is none,
 * and offers buttons if it may be several.
 * @param action what a tap on one of several does
 */
export const pickModel = async (
  ctx: Context,
  store: Store,
  text: string,
  action: Action,
): Promise<Model | undefined> => {
  const chatId = ctx.chat?.id ?? 0;
  const replied = ctx.msg?.reply_to_message?.message_id;
  if (text === '' && replied !== undefined) {
    const card = store.cards.cardByMessage(chatId, replied);
    const model = card && store.models.getModel(card.modelId);
    if (model) return model;
  }
  if (text === '') {
    await answer(ctx, {
      text: plain('Which model? Write its name or number after the command, for example #12, or reply to its card.'),
    });
    return undefined;
  }
  const found = findModel(store, chatId, text);
  if (found.kind === 'one') return found.model;
  if (found.kind === 'none') {
    await answer(ctx, {
      text: plain(`There is no “${shorten(text, 60)}” in this chat’s library. /library lists what is.`),
    });
    return undefined;
  }
  await answer(ctx, {
    text: plain(whichOne(found.models.length, found.total)),
    keyboard: {
      inline_keyboard: found.models.map((model) => [
        actionButton(`#${model.id} ${shorten(modelLabel(model), 40)} · ${statusWord(store, model)}`, action, model.id),
      ]),
    },
  });
  return undefined;
};
