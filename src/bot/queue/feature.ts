import { Composer } from 'grammy';
import type { Model } from '../../domain/model.ts';
import type { Authority } from '../access.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { type Action, actionButton, actionPattern } from '../ui/buttons.ts';
import { pickModel, tappedModel } from '../ui/pick-model.ts';
import { answer, replace } from '../ui/reply.ts';
import { statusWord } from '../ui/label.ts';
import { plain, shorten } from '../ui/text.ts';
import { timesOf, waitingText } from '../ui/waiting.ts';
import { followButton } from './follow.ts';
import { lineCommands } from './line.ts';
import { queueMenu, showQueue } from './menu.ts';
import { text } from './text.ts';

/** How much of a library one command looks through. */
const ALL = 5000;

/** Telegram's limit for what is told in passing (Bot API, answerCallbackQuery). */
const TOAST_LIMIT = 200;

interface Verb {
  readonly action: Action;
  readonly act: (id: number) => boolean;
  readonly done: (model: Model) => string;
  /** For all of a chat; without it, each of its models that are not completed. */
  readonly actOnAll?: (chatId: number) => number;
}

const arrivedBytes = (deps: BotDeps, model: Model): number =>
  deps.queue.snapshot(model.id)?.bytesReady ?? deps.store.sessions.openSession(model.id)?.bytesDownloaded ?? 0;

/** What was done, and what the model waits for if it does not go on at once; or why nothing was done. */
const said = (deps: BotDeps, verb: Verb, id: number, done: boolean): string => {
  const model = deps.store.models.getModel(id);
  if (!model) return text.notYours;
  if (!done) return text.already(model, statusWord(deps.store, model));
  const waiting = deps.queue.waitingOf(model);
  const why = waiting && waiting.kind !== 'line' ? waitingText(waiting, timesOf(deps, model.chatId)) : undefined;
  return [verb.done(model), why ?? ''].join(' ').trim();
};

/** Cancelling drops bytes: it asks first, in a message of its own, since the card redraws itself. */
const askCancel = async (ctx: Ctx, deps: BotDeps, authority: Authority, model: Model): Promise<void> => {
  if (!(await authority(ctx, model.requestedBy))) {
    await answer(ctx, { text: plain(text.notAllowed) });
    return;
  }
  await answer(ctx, {
    text: plain(text.askCancel(model, arrivedBytes(deps, model))),
    keyboard: {
      inline_keyboard: [
        [actionButton('Yes, cancel', 'cancelled', model.id, 'danger'), actionButton('No, go on', 'keep', model.id)],
      ],
    },
  });
};

const cancelButtons = (feature: Composer<Ctx>, deps: BotDeps, authority: Authority): void => {
  feature.callbackQuery(actionPattern('cancel'), async (ctx) => {
    const model = tappedModel(ctx, deps.store);
    await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
    if (model) await askCancel(ctx, deps, authority, model);
  });

  feature.callbackQuery(actionPattern('cancelled'), async (ctx) => {
    const model = tappedModel(ctx, deps.store);
    if (!model || !(await authority(ctx, model.requestedBy))) {
      await ctx.answerCallbackQuery({ text: model ? text.notAllowed : text.notYours });
      return;
    }
    const done = deps.queue.cancel(model.id);
    deps.board.poke();
    await ctx.answerCallbackQuery();
    await replace(ctx, {
      text: plain(done ? text.cancelled(model) : text.already(model, statusWord(deps.store, model))),
    });
  });

  feature.callbackQuery(actionPattern('keep'), async (ctx) => {
    await ctx.answerCallbackQuery();
    await replace(ctx, { text: plain(ctx.match[2] === undefined ? text.kept : text.stays) });
  });
};

/** `/queue` and what moves a download: pause, resume, cancel, retry, download; each as command and as button. */
export const queueFeature = (deps: BotDeps, authority: Authority): Composer<Ctx> => {
  const feature = new Composer<Ctx>();
  const { store, queue, board } = deps;
  const verbs = {
    pause: { action: 'pause', act: queue.pause, done: text.paused, actOnAll: queue.pauseAll },
    resume: { action: 'resume', act: queue.resume, done: text.resumed, actOnAll: queue.resumeAll },
    retry: { action: 'retry', act: queue.retry, done: text.retried },
    download: {
      action: 'start',
      act: (id) => queue.startNow(id) || queue.resume(id, 'now') || queue.retry(id, 'now'),
      done: text.started,
    },
  } as const satisfies Record<string, Verb>;

  /** Somebody said of what is cancelled that it is not wanted: it comes back by its own name only. */
  const each = (chatId: number, act: Verb['act']): number =>
    store.models
      .listModels(chatId, { limit: ALL })
      .filter(({ id, status }) => status !== 'completed' && !store.models.isCancelled(id) && act(id)).length;

  const actOnAll = async (ctx: Ctx, verb: Verb, what: string): Promise<void> => {
    const chatId = ctx.chat?.id ?? 0;
    const amount = verb.actOnAll?.(chatId) ?? each(chatId, verb.act);
    board.poke();
    await answer(ctx, { text: plain(text.several(amount, what)) });
  };

  const command = (name: keyof typeof verbs, what: string, allWords: readonly string[]): void => {
    const verb: Verb = verbs[name];
    feature.command(name, async (ctx) => {
      const wanted = ctx.match.trim();
      if (allWords.includes(wanted.toLowerCase())) {
        await actOnAll(ctx, verb, what);
        return;
      }
      const model = await pickModel(ctx, store, wanted, verb.action);
      if (!model) return;
      const done = verb.act(model.id);
      board.poke();
      await answer(ctx, { text: plain(said(deps, verb, model.id, done)) });
    });
    feature.callbackQuery(actionPattern(verb.action), async (ctx) => {
      const model = tappedModel(ctx, deps.store);
      const done = model !== undefined && verb.act(model.id);
      board.poke();
      await ctx.answerCallbackQuery({ text: shorten(said(deps, verb, model?.id ?? 0, done), TOAST_LIMIT) });
    });
  };

  command('pause', 'paused', ['all']);
  command('resume', 'resumed', ['all']);
  command('retry', 'tried again', ['all', 'failed']);
  command('download', 'started', ['all']);
  const menu = queueMenu(deps);
  feature.use(menu);
  feature.command('queue', (ctx) => showQueue(ctx, deps, menu));
  feature.command('cancel', async (ctx) => {
    const model = await pickModel(ctx, store, ctx.match.trim(), 'cancel');
    if (model) await askCancel(ctx, deps, authority, model);
  });
  cancelButtons(feature, deps, authority);
  followButton(feature, deps);
  lineCommands(feature, deps);
  return feature;
};
