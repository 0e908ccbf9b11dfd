import type { Context } from 'grammy';
import type { Model } from '../../domain/model.ts';
import { askedLabel } from '../../domain/repo/asked-label.ts';
import { shownAddress } from '../../domain/repo/web-file.ts';
import type { StatusWord } from '../../domain/states/model.ts';
import { likelyIn } from '../../library/chat-downloads.ts';
import { findModel, modelIn } from '../../library/find.ts';
import { statusWord } from '../../library/model-view.ts';
import type { Store } from '../../store/store.ts';
import { noteModel, type Noting } from '../noted.ts';
import { noteRefusal } from './refusal.ts';
import { type Action, actionButton } from './buttons.ts';
import { modelLabel, shortLabel, shownStatus } from './label.ts';
import { answer, replace } from './reply.ts';
import { plain, shorten } from './text.ts';

const noted = (ctx: Noting, model: Model | undefined): Model | undefined => {
  if (model) noteModel(ctx, model.id, modelLabel(model));
  return model;
};

/** The model a button belongs to, if it is one of this chat; its id is the first group of the button's pattern. */
export const tappedModel = (ctx: Pick<Context, 'match' | 'chat'> & Noting, store: Store): Model | undefined =>
  noted(ctx, modelIn(store, ctx.chat?.id, Number(ctx.match?.[1])));

/** Whether a tap was on one of several that a command may have meant, and not on a card, which stays. */
export const isChoice = (ctx: Context): boolean => ctx.callbackQuery !== undefined && ctx.match?.[2] !== undefined;

/** Says what a command or a tap did, or asks further: what had asked which one it was becomes the answer. */
export const sayInstead = (ctx: Context, sentence: Parameters<typeof answer>[1]): Promise<void> =>
  isChoice(ctx) ? replace(ctx, sentence) : answer(ctx, sentence);

/** More buttons than this are no list on a phone. */
const CHOICES_MOST = 8;

/** What a command may mean. */
export interface Choice {
  /** What a tap on one of several does. */
  readonly action: Action;
  /** Stands in the button too; 1 unless told. */
  readonly mark?: number;
  /** Without a name: the states it is for, the most likely first; or the very models, so many at most of each kind. */
  readonly likely: readonly StatusWord[] | ((chatId: number, most: number) => readonly Model[]);
  /** Said if there is none. */
  readonly none: string;
}

/** Among so many open questions of a chat what was named is looked for. */
const QUESTIONS_MOST = 50;

/** For each word the library is looked through: more are no list of names that somebody typed. */
const NAMES_MOST = 20;

const whichOne = (isAll: boolean): string =>
  isAll ? 'Which one?' : 'Which one? Not all are shown: write more of its name, or its number, behind the command.';

/** Whether each word means one model, and no two the same. The first that does not is the last that is looked for. */
const isEachOne = (store: Store, chatId: number, words: readonly string[]): boolean => {
  const ids = new Set<number>();
  return words.every((word) => {
    const found = findModel(store, chatId, word);
    const isAnother = found.kind === 'one' && !ids.has(found.model.id);
    if (isAnother) ids.add(found.model.id);
    return isAnother;
  });
};

/** What was asked for under such a name and is no model yet; undefined: nothing was. */
const askedText = ({ addRequests, accessLooks }: Store, chatId: number, text: string): string | undefined => {
  const meant = (refs: readonly string[]): string | undefined => {
    const called = refs.find((ref) => `${ref} ${askedLabel(ref)}`.toLowerCase().includes(text.toLowerCase()));
    return called && shorten(shownAddress(askedLabel(called)), 60);
  };
  const question = meant(addRequests.questionsIn(chatId, QUESTIONS_MOST));
  if (question !== undefined)
    return `${question} waits for an answer: one is chosen under its question, or “Leave it” ends it. /queue lists such questions.`;
  const gated = meant(accessLooks.accessWaitsIn(chatId, QUESTIONS_MOST).first);
  if (gated !== undefined)
    return `${gated} waits for access and is no model yet: “Leave it” under its answer ends that.`;
  const lookedUp = meant(addRequests.lookUpsIn(chatId, QUESTIONS_MOST).first);
  return (
    lookedUp && `${lookedUp} is being looked up and is no model yet. If a look fails, “Leave it” under it ends that.`
  );
};

/** Why nothing is found: perhaps every word is a model of its own. */
const noneText = (store: Store, chatId: number, text: string): string => {
  const words = text.split(/\s+/);
  if (words.length > 1 && words.length <= NAMES_MOST && isEachOne(store, chatId, words))
    return `One model at a time, please: “${shorten(words[0] ?? '', 60)}” alone first, then the next.`;
  return (
    askedText(store, chatId, text) ??
    `There is no “${shorten(text, 60)}” in this chat’s library. /library lists what is.`
  );
};

interface Several {
  readonly models: readonly Model[];
  /** There are no more of them. */
  readonly isAll: boolean;
}

const offer = async (ctx: Context, store: Store, { models, isAll }: Several, choice: Choice): Promise<void> => {
  const shown = models.slice(0, CHOICES_MOST);
  await answer(ctx, {
    text: plain(whichOne(isAll && shown.length === models.length)),
    keyboard: {
      inline_keyboard: shown.map((model) => [
        actionButton(
          `#${model.id} ${shortLabel(model, 40)} · ${shownStatus(model, statusWord(store, model))}`,
          choice.action,
          `${model.id}:${choice.mark ?? 1}`,
        ),
      ]),
    },
  });
};

const pick = async (ctx: Context, store: Store, text: string, choice: Choice): Promise<Model | undefined> => {
  const chatId = ctx.chat?.id ?? 0;
  const replied = ctx.msg?.reply_to_message?.message_id;
  if (text === '' && replied !== undefined) {
    const card = store.cards.cardByMessage(chatId, replied);
    const model = card && modelIn(store, chatId, card.modelId);
    if (model) return model;
  }
  if (text === '') {
    const { likely } = choice;
    const models =
      typeof likely === 'function'
        ? likely(chatId, CHOICES_MOST + 1)
        : likelyIn(store, chatId, likely, CHOICES_MOST + 1);
    if (models.length === 1) return models[0];
    if (models.length === 0) await answer(ctx, { text: plain(choice.none) });
    else await offer(ctx, store, { models, isAll: true }, choice);
    return undefined;
  }
  const found = findModel(store, chatId, text);
  if (found.kind === 'one') return found.model;
  if (found.kind === 'none') {
    noteRefusal(store, ctx);
    await answer(ctx, { text: plain(noneText(store, chatId, text)) });
    return undefined;
  }
  await offer(ctx, store, found, choice);
  return undefined;
};

/**
 * The model a command means: by the text behind it, or by the card it replies to; with neither the only one that it can
 * be for. Says what is wrong if it is none, and offers buttons if it may be several.
 */
export const pickModel = async (
  ctx: Context & Noting,
  store: Store,
  text: string,
  choice: Choice,
): Promise<Model | undefined> => noted(ctx, await pick(ctx, store, text, choice));
