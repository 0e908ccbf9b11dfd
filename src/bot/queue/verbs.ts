import type { CallbackQueryContext, CommandContext } from 'grammy';
import type { Host } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import { retryAll, start, startableIn, startAll } from '../../library/chat-downloads.ts';
import { modelIn } from '../../library/find.ts';
import { stillOn } from '../../library/hosts/elsewhere.ts';
import { statusWord, timesOf } from '../../library/model-view.ts';
import type { BotDeps, Ctx } from '../context.ts';
import type { Handlers } from '../feature.ts';
import type { Action } from '../ui/buttons.ts';
import { type Choice, pickModel, tappedModel } from '../ui/pick-model.ts';
import { answer, replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { waitingText } from '../ui/waiting.ts';
import { text } from './text.ts';

interface Verb {
  readonly action: Action;
  readonly act: (id: number) => boolean;
  /** @param stays where it lies, if it is to move from there */
  readonly done: (model: Model, stays?: Host) => string;
  /** What it is for, without a name, and what is said where there is nothing of it. */
  readonly likely: Choice['likely'];
  readonly none: string;
  /** For all of a chat. @returns for how many it made sense */
  readonly actOnAll: (chatId: number) => Promise<number>;
}

/** What was done, and what the model waits for if it does not go on at once; or why nothing was done. */
const said = (deps: BotDeps, verb: Verb, before: Model | undefined, done: boolean): string => {
  const model = before && modelIn(deps.store, before.chatId, before.id);
  if (!model) return text.notYours;
  if (!done) return text.already(model, statusWord(deps.store, model));
  const waiting = deps.queue.waitingOf(model);
  const why = waiting && waiting.kind !== 'turn' ? waitingText(waiting, timesOf(deps, model.chatId)) : undefined;
  return [verb.done(model, stillOn(deps.store, model)), why ?? ''].join(' ').trim();
};

/** What moves a download: each a command and a button. */
const verbsOf = (deps: BotDeps) => {
  const { queue } = deps;
  return {
    pause: {
      action: 'pause',
      act: queue.pause,
      done: text.paused,
      likely: ['downloading', 'pending'],
      none: text.nothingToPause,
      actOnAll: queue.pauseAll,
    },
    resume: {
      action: 'resume',
      act: queue.resume,
      done: text.resumed,
      likely: ['paused'],
      none: text.nothingPaused,
      actOnAll: queue.resumeAll,
    },
    retry: {
      action: 'retry',
      act: queue.retry,
      done: text.retried,
      likely: ['failed'],
      none: text.nothingFailed,
      actOnAll: (chatId) => retryAll(deps, chatId),
    },
    download: {
      action: 'start',
      act: (id) => start(queue, id),
      done: text.started,
      likely: (chatId: number, most: number) => startableIn(deps, chatId, most),
      none: text.nothingToStart,
      actOnAll: (chatId) => startAll(deps, chatId),
    },
  } as const satisfies Record<string, Verb>;
};

const onCommand =
  (deps: BotDeps, verb: Verb, what: string, allWords: readonly string[] = ['all']) =>
  async (ctx: CommandContext<Ctx>): Promise<void> => {
    const wanted = ctx.match.trim();
    if (allWords.includes(wanted.toLowerCase())) {
      const amount = await verb.actOnAll(ctx.chat.id);
      await answer(ctx, { text: plain(text.several(amount, what)) });
      return;
    }
    const model = await pickModel(ctx, deps.store, wanted, verb);
    if (!model) return;
    const done = verb.act(model.id);
    await answer(ctx, { text: plain(said(deps, verb, model, done)) });
  };

const onButton =
  (deps: BotDeps, verb: Verb) =>
  async (ctx: CallbackQueryContext<Ctx>): Promise<void> => {
    const model = tappedModel(ctx, deps.store);
    const done = model !== undefined && verb.act(model.id);
    const sentence = said(deps, verb, model, done);
    await ctx.answerCallbackQuery({ text: sentence });
    // The question which one it is has been answered; a card shows by itself what became of it.
    if (ctx.match[2] !== undefined) await replace(ctx, { text: plain(sentence) });
  };

/** `/pause`, `/resume`, `/retry` and `/download`, of one model or of all, and their buttons. */
export const controlling = (deps: BotDeps) => {
  const { pause, resume, retry, download } = verbsOf(deps);
  return {
    commands: {
      pause: onCommand(deps, pause, 'paused'),
      resume: onCommand(deps, resume, 'resumed'),
      retry: onCommand(deps, retry, 'tried again', ['all', 'failed']),
      download: onCommand(deps, download, 'started'),
    },
    actions: {
      pause: onButton(deps, pause),
      resume: onButton(deps, resume),
      retry: onButton(deps, retry),
      start: onButton(deps, download),
    },
  } satisfies Handlers;
};
