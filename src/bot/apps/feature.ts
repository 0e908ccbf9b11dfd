/* bot/apps: /link and /unlink: shows a copy to programs beside hubgram, and asks what only a person knows. */

import { createHash } from 'node:crypto';
import { type App, appCalled, appLabel, type FileKind, isFileKind } from '../../domain/apps/app.ts';
import { MAY_COPY } from '../../domain/apps/link.ts';
import { AppError } from '../../domain/errors.ts';
import type { Model } from '../../domain/model.ts';
import { within } from '../../lib/async/within.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { appsShown } from '../../library/apps/app-view.ts';
import { linkTo, offersFor, unlinkFrom } from '../../library/apps/link.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { isChoice, pickModel, tappedModel } from '../ui/pick-model.ts';
import { answer, answerForNow, replace } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { help, KIND_WORDS, text } from './text.ts';

/** A number, an app, and what its files are. */
const TO = { pattern: String.raw`(-?\d{1,15}):([A-Za-z][\w-]{0,19})(?::([a-z_]{1,20}))?`, example: '7:lmstudio' };
/** What a button carries behind a model's number where it means an app; what is less means none. */
const APPS_FROM = 10;
const APP_NUMBERS = 9990;

/** An app as a number that has room in a button, by its name: by then the configuration may name others, or in another order. */
const numberOf = ({ name }: App): number =>
  APPS_FROM + (createHash('sha256').update(name).digest().readUInt32BE() % APP_NUMBERS);

/** The app that a button means; null: the configuration knows it no more; undefined: it means none. */
const tappedApp = ({ apps }: BotDeps, { match }: Pick<Ctx, 'match'>): App | null | undefined => {
  const number = Number(match?.[2] ?? 0);
  return number < APPS_FROM ? undefined : (apps.find((app) => numberOf(app) === number) ?? null);
};

const actions = {
  app: { who: 'member' },
  appto: { who: 'member', data: TO },
  unlink: { who: 'member' },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'apps'> {}
}

const unlinkButton = ({ id }: Model, app: App, label = 'Unlink') =>
  actionButton(label, 'unlink', `${id}:${numberOf(app)}`);

type Said = FileKind | typeof MAY_COPY | undefined;

/** Links it, or asks what has to be known for that. */
const link = async (deps: BotDeps, model: Model, app: App, said: Said): Promise<Rendering> => {
  const given = await linkTo(deps, model, app, said);
  if (given.kind === 'none') return { text: plain(text.none(model, [given.reason])) };
  if (given.kind === 'wanted') {
    const isUndone = given.view.state === 'refused';
    const keyboard = { inline_keyboard: [[unlinkButton(model, app)]] };
    return { text: plain(text.linked(model, given)), ...(isUndone ? {} : { keyboard }) };
  }
  if (given.kind === 'copy') {
    const yes = actionButton(`Copy ${formatBytes(given.bytes)}`, 'appto', `${model.id}:${app.name}:${MAY_COPY}`);
    return { text: plain(text.askCopy(model, app, given.bytes)), keyboard: { inline_keyboard: [[yes]] } };
  }
  const buttons = given.choices.map((kind) =>
    actionButton(KIND_WORDS[kind], 'appto', `${model.id}:${app.name}:${kind}`),
  );
  const rows = buttons.flatMap((_, at) => (at % 2 === 0 ? [buttons.slice(at, at + 2)] : []));
  return { text: plain(text.whatIsIt(given.file, app)), keyboard: { inline_keyboard: rows } };
};

/** How an answer is given: as a message of its own, or in place of the one that was tapped. */
interface Saying {
  readonly say: (rendering: Rendering) => Promise<void>;
  /** @returns changes it */
  readonly forNow: (rendering: Rendering) => Promise<(then: Rendering) => Promise<void>>;
}

const byAnswer = (ctx: Ctx): Saying => ({
  say: (rendering) => answer(ctx, rendering),
  forNow: (rendering) => answerForNow(ctx, rendering),
});

const byReplacing = (ctx: Ctx): Saying => ({
  say: (rendering) => replace(ctx, rendering),
  forNow: async (rendering) => {
    await replace(ctx, rendering);
    return (then) => replace(ctx, then);
  },
});

/**
 * Ollama is asked in vain for ten seconds: longer than this nobody of the chat waits for it. It is more than links are waited for anyway
 * (library/apps/link.ts): that they take their time is said by the answer itself.
 */
const AT_ONCE_MS = 3000;

/** Goes on behind the handler. */
const tellBehind = async (
  { ending, log }: BotDeps,
  work: Promise<Rendering>,
  { tell, failed }: { readonly tell: (then: Rendering) => Promise<void>; readonly failed: (why: string) => Rendering },
): Promise<void> => {
  const outcome = work.catch((error: unknown): Rendering => {
    if (error instanceof AppError) return failed(error.message);
    throw error;
  });
  try {
    await tell(await outcome);
  } catch (error) {
    // The bot ends, or the chat has closed: the message has a button that asks again.
    if (!ending.aborted) log.warn({ err: error }, 'What came of a link could not be told');
  }
};

/** Links it, and says what came of it: at once, or, where Ollama is slow to answer, when it is known. The others are folders, and nothing asks them. */
const linkAndSay = async (
  deps: BotDeps,
  { say, forNow }: Saying,
  { model, app, said }: { readonly model: Model; readonly app: App; readonly said?: Said },
): Promise<void> => {
  const work = link(deps, model, app, said);
  const ready = app.kind === 'ollama' ? await within(AT_ONCE_MS, () => work) : await work;
  if (ready) return say(ready);
  const again = actionButton('Try again', 'appto', [model.id, app.name, said ?? []].flat().join(':'));
  const keyboard = { inline_keyboard: [[again]] };
  const tell = await forNow({ text: plain(text.waiting(model, app)), keyboard });
  const failed = (why: string): Rendering => ({ text: plain(text.failed(model, app, why)), keyboard });
  void tellBehind(deps, work, { tell, failed });
};

/** The only app that takes it; where there are several, or it is linked already, it is asked to which, or from which not. */
const onlyAppOrQuestion = async (deps: BotDeps, model: Model): Promise<App | Rendering> => {
  const views = appsShown(deps, model).filter(({ state }) => state !== 'refused');
  const linked = deps.apps.filter(({ name }) => views.some(({ app }) => app === name));
  const offers = (await offersFor(deps, model)).filter(({ app }) => !linked.includes(app));
  const [only] = offers;
  if (linked.length === 0 && !only) return { text: plain(text.noneTakes(model)) };
  if (linked.length === 0 && only && offers.length === 1) return only.app;
  const to = offers.map(({ app }) => [
    actionButton(linked.length > 0 ? `Link to ${appLabel(app)}` : appLabel(app), 'appto', `${model.id}:${app.name}`),
  ]);
  const from = linked.map((app) => [unlinkButton(model, app, `Unlink ${appLabel(app)}`)]);
  const asked = linked.length > 0 ? text.linkedTo(model, linked) : text.whichApp(model);
  return { text: plain(asked), keyboard: { inline_keyboard: [...to, ...from] } };
};

/** @param app the one that was named */
const linkOrAsk = async (deps: BotDeps, saying: Saying, model: Model, app: App | undefined): Promise<void> => {
  const only = app ?? (await onlyAppOrQuestion(deps, model));
  return 'text' in only ? saying.say(only) : linkAndSay(deps, saying, { model, app: only });
};

/** From one app, or from all. */
const unlink = async (deps: BotDeps, model: Model, app: App | undefined): Promise<Rendering> => ({
  text: plain(text.unlinked(model, await unlinkFrom(deps, model, app?.name), app)),
});

/** The name of a model, and the app behind it, which may be of two words. */
const parse = (apps: readonly App[], line: string): { readonly name: string; readonly app: App | undefined } => {
  const words = line.trim().split(/\s+/u);
  for (const many of [2, 1]) {
    if (words.length < many) continue;
    const app = appCalled(apps, words.slice(-many).join(' '));
    if (app) return { name: words.slice(0, -many).join(' '), app };
  }
  return { name: line.trim(), app: undefined };
};

/** Which app was named goes with the question which model. */
const markOf = (app: App | undefined): { readonly mark?: number } => (app ? { mark: numberOf(app) } : {});

const onLink = async (deps: BotDeps, ctx: Ctx, line: string): Promise<void> => {
  const { apps, store } = deps;
  if (apps.length === 0) {
    await answer(ctx, { text: plain(text.noApps) });
    return;
  }
  const { name, app } = parse(apps, line);
  const model = await pickModel(ctx, store, name, {
    action: 'app',
    ...markOf(app),
    likely: ['completed', 'downloading', 'pending'],
    none: text.nothingFinished,
  });
  if (model) await linkOrAsk(deps, byAnswer(ctx), model, app);
};

/** `/link` and `/unlink`: one copy for all programs of the machine. */
export const appsFeature = defineFeature({
  commands: {
    link: {
      who: 'member',
      usage: { form: '<name> [app]', does: 'shows a model to LM Studio, ComfyUI and others, without a second copy' },
    },
    unlink: { who: 'member', usage: { form: '<name> [app]', does: 'takes its links away again; the model stays' } },
  },
  actions,
  topic: help,
  build: (deps) => ({
    commands: {
      link: (ctx) => onLink(deps, ctx, ctx.match),
      unlink: async (ctx) => {
        const { name, app } = parse(deps.apps, ctx.match);
        const model = await pickModel(ctx, deps.store, name, {
          action: 'unlink',
          ...markOf(app),
          likely: (chatId) => deps.store.apps.modelsLinked(chatId),
          none: text.nothingLinked,
        });
        if (model) await answer(ctx, await unlink(deps, model, app));
      },
    },
    actions: {
      app: async (ctx) => {
        const model = tappedModel(ctx, deps.store);
        const app = tappedApp(deps, ctx);
        await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
        if (model) await linkOrAsk(deps, isChoice(ctx) ? byReplacing(ctx) : byAnswer(ctx), model, app ?? undefined);
      },
      appto: async (ctx) => {
        const model = tappedModel(ctx, deps.store);
        const app = deps.apps.find(({ name }) => name === ctx.match[2]);
        const kind = ctx.match[3] ?? '';
        await ctx.answerCallbackQuery(model && app ? {} : { text: text.notYours });
        const said = isFileKind(kind) || kind === MAY_COPY ? kind : undefined;
        if (model && app) await linkAndSay(deps, byReplacing(ctx), { model, app, said });
      },
      unlink: async (ctx) => {
        const model = tappedModel(ctx, deps.store);
        const app = tappedApp(deps, ctx);
        if (!model || app === null) {
          await ctx.answerCallbackQuery({ text: model ? text.appGone : text.notYours });
          return;
        }
        await ctx.answerCallbackQuery();
        await replace(ctx, await unlink(deps, model, app));
      },
    },
  }),
});
