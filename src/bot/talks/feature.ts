/* bot/talks: /try and /stop: a person and a model, and what each of them says. */

import { Composer, type Middleware, type MiddlewareFn } from 'grammy';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import { likelyIn } from '../../library/chat-downloads.ts';
import { briefOf } from '../../library/files-in-brief.ts';
import { modelIn } from '../../library/find.ts';
import { statusWord } from '../../library/model-view.ts';
import type { TalkAsked, TalkRefusal } from '../../library/talks/talks.ts';
import type { Talk } from '../../store/messages/talks.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature, type FeatureDeps, LOOK_ONLY } from '../feature.ts';
import { noteNotAllowed, noteNotPossible } from '../noted.ts';
import { modelLabel } from '../ui/label.ts';
import { isSaidTo } from '../ui/meant/meant.ts';
import { pickModel, tappedModel } from '../ui/pick-model.ts';
import { answer, askedBy, replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { help, text } from './text.ts';

/** It takes the machine's memory and all but one of its cores. */
const MEMBERS = { who: 'member', refusal: text.lookOnly } as const;

const actions = {
  try: MEMBERS,
  /** Of an answer that is being written, and of a place in the line. */
  stopTalk: { who: 'member', parts: { theirs: { who: 'manager', refusal: text.notYourAnswer } } },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'talks'> {}
}

const askedOf = (ctx: Ctx): TalkAsked | undefined => {
  const asked = askedBy(ctx);
  return (
    asked && {
      chatId: asked.chatId,
      userId: asked.userId,
      threadId: asked.threadId,
      replyTo: asked.messageId,
      updateId: ctx.update.update_id,
    }
  );
};

const sentence = ({ store }: BotDeps, refusal: TalkRefusal, model: Model | undefined): string => {
  if (refusal === 'off' || refusal === 'busy' || !model) return refusal === 'busy' ? text.busy : text.off;
  if (refusal === 'not_complete') return text.notComplete(model, statusWord(store, model));
  return refusal === 'dataset' ? text.dataset(model) : text.elsewhere(model);
};

/** Begins a talk. @returns why it is not begun, as a sentence */
const begin = (deps: BotDeps, ctx: Ctx, model: Model, said: string | undefined): string | undefined => {
  const asked = askedOf(ctx);
  const refusal = asked && deps.talks.begin(asked, model, said);
  return refusal && sentence(deps, refusal, model);
};

/** What is said to a model is nobody's but theirs who say it. */
const forgetWhatWasSaid = ({ noted }: Ctx): void => {
  if (noted) delete noted.said;
};

/** Among so many of the newest it is looked for models that can be talked to. */
const LOOKED_AT_MOST = 50;

/** Whether a check has found that nothing of it can be opened: faults, nothing that takes memory, or a try that failed. */
const isKnownNotToOpen = ({ checks }: BotDeps['store'], { copyId }: Model): boolean => {
  const { state, result } = (copyId === null ? undefined : checks.checkOf(copyId)) ?? {};
  if (state !== 'done' || !result) return false;
  return result.whole.faultCount > 0 || result.fits === undefined || result.loads?.kind === 'failed';
};

/** What lies on another machine cannot be, nor what llama.cpp does not load. */
const canTalk = (store: BotDeps['store'], model: Model): boolean =>
  model.repoType === 'model' &&
  model.hostId === THIS_HOST &&
  model.filesGone === 0 &&
  briefOf(store, model).loads.kind === 'llama.cpp' &&
  !isKnownNotToOpen(store, model);

/** `/try #12 Who are you?`: the first word names the model, and all behind it is said to it, as it was written. */
const onTry = async (deps: BotDeps, ctx: Ctx & { readonly match: string }): Promise<void> => {
  forgetWhatWasSaid(ctx);
  const [, name = '', said = ''] = /^\s*(\S*)\s*([^]*)$/.exec(ctx.match) ?? [];
  const likely = (chatId: number): readonly Model[] =>
    likelyIn(deps.store, chatId, ['completed'], LOOKED_AT_MOST).filter((model) => canTalk(deps.store, model));
  const choice = { action: 'try', likely, none: text.nothingComplete } as const;
  const model = await pickModel(ctx, deps.store, name, choice);
  if (!model) return;
  const refusal = begin(deps, ctx, model, said === '' ? undefined : said);
  if (refusal === undefined) return;
  noteNotPossible(ctx);
  await answer(ctx, { text: plain(refusal) });
};

const labelOf = ({ store }: BotDeps, { chatId, modelId }: Talk): string => {
  const model = modelIn(store, chatId, modelId);
  return model ? modelLabel(model) : text.theModel;
};

/** The talk that a person has where they wrote. */
const talkOf = ({ talks }: BotDeps, ctx: Ctx): Talk | undefined =>
  ctx.chat && ctx.from ? talks.talkOf(ctx.chat.id, ctx.from.id) : undefined;

const end = async (deps: BotDeps, ctx: Ctx, talk: Talk): Promise<void> => {
  // Who waits for an answer is told by what becomes of it.
  if (!deps.talks.end(talk)) await answer(ctx, { text: plain(text.over(labelOf(deps, talk))) });
};

const say = async (deps: FeatureDeps, ctx: Ctx, talk: Talk, said: string): Promise<void> => {
  const asked = askedOf(ctx);
  const refusal = asked && deps.talks.say(talk, asked, said);
  if (!refusal) return;
  if (refusal === 'off') deps.talks.end(talk);
  await answer(ctx, { text: plain(sentence(deps, refusal, undefined)) });
};

/**
 * What somebody writes who talks to a model goes to it; commands do not, and a bare `/cancel` ends the talk. No dialogue of the plugin:
 * that keeps every message and is replayed at each.
 */
const talking =
  (deps: FeatureDeps): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const said = ctx.message?.text;
    const talk = said === undefined ? undefined : talkOf(deps, ctx);
    if (said === undefined || !talk) return next();
    const isCancel = /^\/cancel(?:@\w+)?\s*$/.test(said);
    if (!isCancel && (said.startsWith('/') || !isSaidTo(ctx, talk.threadId))) return next();
    forgetWhatWasSaid(ctx);
    if (isCancel) return end(deps, ctx, talk);
    if (await deps.authority(ctx, MEMBERS)) return say(deps, ctx, talk, said);
    // It was taken away since.
    noteNotAllowed(ctx);
    deps.talks.end(talk);
    await answer(ctx, { text: plain(LOOK_ONLY) });
  };

/** Telegram tells that somebody has stopped a draft: in a chat of one, so that nobody else can have done it. */
const stoppedDrafts = ({ talks }: BotDeps): Middleware<Ctx> => {
  const drafts = new Composer<Ctx>();
  drafts.on('stopped_message_generation', (ctx) => {
    const { chat, draft_id: id } = ctx.stoppedMessageGeneration;
    const turn = talks.turn(id);
    if (turn?.chatId === chat.id) talks.stop(turn);
  });
  return drafts;
};

/** Talks with models: `/try`, and what is written after it. */
export const talksFeature = defineFeature({
  commands: {
    try: {
      ...MEMBERS,
      usage: { form: '<name> [text]', does: 'talks to a GGUF model' },
      menu: { position: 24, description: 'Talk to a model' },
    },
    stop: { who: 'viewer', usage: { form: '', does: 'ends the talk' } },
  },
  actions,
  topic: help,
  doors: { dialogue: { ...MEMBERS, does: 'Write to a model that one talks to' } },
  build: (deps) => ({
    commands: {
      try: (ctx) => onTry(deps, ctx),
      stop: async (ctx) => {
        const talk = talkOf(deps, ctx);
        if (talk) await end(deps, ctx, talk);
        else await answer(ctx, { text: plain(text.noTalk) });
      },
    },
    actions: {
      try: async (ctx) => {
        const model = tappedModel(ctx, deps.store);
        const refusal = model ? begin(deps, ctx, model, undefined) : text.notYours;
        await ctx.answerCallbackQuery({ text: refusal ?? text.onItsWay });
        // The question which one it is has been answered.
        if (ctx.match[2] !== undefined) await replace(ctx, { text: plain(refusal ?? text.onItsWay) });
      },
      stopTalk: async (ctx, may) => {
        const turn = deps.talks.turn(Number(ctx.match[1]));
        if (!turn || turn.chatId !== ctx.chat?.id) {
          await ctx.answerCallbackQuery({ text: text.stoppedAlready });
          return;
        }
        if (turn.userId !== ctx.from.id && !(await may({ part: 'theirs' }))) {
          await ctx.answerCallbackQuery({ text: text.notYourAnswer, show_alert: true });
          return;
        }
        await ctx.answerCallbackQuery({ text: deps.talks.stop(turn) ? text.stopped : text.stoppedAlready });
      },
    },
    dialogue: talking(deps),
    beforeGuard: stoppedDrafts(deps),
  }),
});
