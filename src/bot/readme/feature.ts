/* bot/readme: /readme: what a model or a repository says of itself, as text of Telegram's. */

import type { InlineKeyboardButton, InlineKeyboardMarkup } from 'grammy/types';
import { AppError } from '../../domain/errors.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import { formatRepoRef, isRepoRef, parseRepoRef, type RepoRef } from '../../domain/repo/repo.ts';
import { within } from '../../lib/async/within.ts';
import { findModel } from '../../library/find.ts';
import type { Readme } from '../../library/sending/readmes.ts';
import type { Reading } from '../../store/messages/readings.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature, type May } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { pageRow } from '../ui/gates/access.ts';
import { modelLabel } from '../ui/label.ts';
import { lookUpBelow } from '../ui/look-up-below.ts';
import { pickModel, tappedModel } from '../ui/pick-model.ts';
import { noteRefusal } from '../ui/refusal.ts';
import { answer, answerForNow, replace } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import type { LaidOut } from './markdown/laid-out.ts';
import { askingText, failedText, help, readmeText, readyingText, text } from './text.ts';
import { createTurned, type Turned } from './turned.ts';

const actions = {
  /** Of a model; the choice is the page, counted from 1. */
  readme: { who: 'viewer' },
  /** Of a repository that no model is of. */
  readOf: { who: 'viewer' },
  /** Adds that repository. */
  addRead: { who: 'member' },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'readme'> {}
}

/** What somebody reads about. */
interface Subject {
  /** Under which it is kept while its pages are turned. */
  readonly key: string;
  readonly label: string;
  /** Its page on the Hub. */
  readonly page: string | undefined;
  readonly turn: (label: string, page: number) => InlineKeyboardButton;
  readonly beside: readonly InlineKeyboardButton[];
  /** What lies on this machine. */
  readonly here: () => Promise<Readme | undefined>;
  /** Asks the Hub; undefined: it is on none. */
  readonly ask: ((signal: AbortSignal) => Promise<Readme>) | undefined;
}

const subjectOfModel = ({ sending: { readmes } }: BotDeps, model: Model): Subject => {
  const { id, commitSha, copyId, repoType: type, name } = model;
  const isOnHub = readmes.isAskable(model);
  return {
    key: `model ${id} ${commitSha} ${copyId}`,
    label: modelLabel(model),
    page: isOnHub ? readmes.pageOf({ type, id: name }) : undefined,
    turn: (label, page) => actionButton(label, 'readme', `${id}:${page}`),
    beside: [actionButton('Details', 'details', `${id}:1`), actionButton('Files', 'files', `${id}:1`)],
    here: () => readmes.here(model),
    ask: isOnHub ? (signal) => readmes.ofModel(model, signal) : undefined,
  };
};

const refOf = ({ repoType: type, name: id, revision }: Reading): RepoRef =>
  revision === null ? { type, id } : { type, id, revision };

const subjectOfReading = ({ sending: { readmes } }: BotDeps, reading: Reading): Subject => {
  const { id, userId } = reading;
  const ref = refOf(reading);
  return {
    key: `reading ${id}`,
    label: formatRepoRef(ref),
    page: readmes.pageOf(ref),
    turn: (label, page) => actionButton(label, 'readOf', `${id}:${page}`),
    beside: [actionButton('Add', 'addRead', id)],
    here: () => Promise.resolve(undefined),
    ask: (signal) => readmes.ofRepo({ userId, ref }, signal),
  };
};

const keyboardOf = ({ turn, beside, page: address }: Subject, pages: number, page: number): InlineKeyboardMarkup => ({
  inline_keyboard: [
    [...(page > 0 ? [turn('‹ Back', page)] : []), ...(page < pages - 1 ? [turn('More ›', page + 2)] : [])],
    [...beside],
    ...pageRow(address),
  ].filter((row) => row.length > 0),
});

/** What the handlers share. */
interface Desk {
  readonly deps: BotDeps;
  readonly turned: Turned;
}

/** A page of something; counted from 0. */
interface Wanted {
  readonly subject: Subject;
  readonly page: number;
}

/** @param wanted counted from 0 */
const screen = (deps: BotDeps, subject: Subject, laidOut: LaidOut, wanted: number): Rendering => {
  const page = Math.min(Math.max(wanted, 0), Math.max(laidOut.pages.length - 1, 0));
  const pageOf = (id: string): string => deps.sending.readmes.pageOf({ type: 'model', id });
  return {
    text: readmeText({ ...laidOut, label: subject.label, page, pageOf }),
    keyboard: keyboardOf(subject, laidOut.pages.length, page),
  };
};

const askAgain = (subject: Subject): InlineKeyboardMarkup => ({
  inline_keyboard: [[subject.turn('Ask again', 1)], ...pageRow(subject.page)],
});

/** Waits behind the handler, so that nobody else of the chat does, and says what came of it. */
const tellBehind = async (
  { deps }: Desk,
  { subject, page }: Wanted,
  { laidOut, tell }: { readonly laidOut: Promise<LaidOut>; readonly tell: (then: Rendering) => Promise<void> },
): Promise<void> => {
  const { ending, log } = deps;
  const found = async (): Promise<Rendering> => {
    try {
      return screen(deps, subject, await laidOut, page);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { text: failedText(subject.label, error.message), keyboard: askAgain(subject) };
    }
  };
  try {
    await tell(await found());
  } catch (error) {
    // The bot ends, or the chat has closed: the message has a button that asks again.
    if (!ending.aborted) log.warn({ err: error }, 'A README could not be shown');
  }
};

/** What lies here is shown at once, if it is no work of seconds: others' READMEs may be in front of it. */
const AT_ONCE_MS = 2000;

/** Shows a page: at once where the text is here, or as soon as the Hub has told it. */
const show = async (desk: Desk, ctx: Ctx, wanted: Wanted): Promise<void> => {
  const { deps, turned } = desk;
  const { subject, page } = wanted;
  const { key, label, ask } = subject;
  const isTap = ctx.callbackQuery !== undefined;
  const say = isTap ? replace : answer;
  const kept = turned.get(key);
  if (kept) return say(ctx, screen(deps, subject, kept, page));
  const here = await subject.here();
  const read = here ? () => Promise.resolve(here) : ask && (() => ask(deps.ending));
  if (!read) return say(ctx, { text: failedText(label, text.none) });
  const laidOut = turned.layOut(key, read);
  // It may have failed before anybody waits for it.
  laidOut.catch(() => undefined);
  const ready = here && (await within(deps.readmeTimes?.atOnceMs ?? AT_ONCE_MS, () => laidOut));
  if (ready) return say(ctx, screen(deps, subject, ready, page));
  const forNow = { text: here ? readyingText(label) : askingText(label), keyboard: askAgain(subject) };
  const tell = isTap ? (then: Rendering) => replace(ctx, then) : await answerForNow(ctx, forNow);
  if (isTap) await replace(ctx, forNow);
  void tellBehind(desk, wanted, { laidOut, tell });
};

const CHOICE = {
  action: 'readme',
  likely: ['completed', 'downloading', 'pending', 'failed', 'paused', 'cancelled'],
  none: text.empty,
} as const;

/** Whether a model is what was typed, or a part of its name between slashes; not one that only begins like it. */
const isNamed = ({ name, canonicalName, title }: Model, id: string, typed: string): boolean =>
  [name, canonicalName, title].some((one) => {
    const known = one?.toLowerCase();
    return known === id || known === typed || known?.endsWith(`/${id}`) === true;
  });

/** What is typed and is no model of this chat, but may be a repository: its whole name wins over a part of another's. */
const refTyped = ({ store, hubHosts }: BotDeps, chatId: number, typed: string): RepoRef | undefined => {
  if (!isRepoRef(typed, hubHosts)) return undefined;
  const ref = parseRepoRef(typed, hubHosts);
  const found = findModel(store, chatId, typed);
  if (found.kind === 'none') return ref;
  const id = ref.id.toLowerCase();
  const models = found.kind === 'one' ? [found.model] : found.models;
  return id.includes('/') && !models.some((model) => isNamed(model, id, typed.toLowerCase())) ? ref : undefined;
};

/** Whether each word is a repository's name, and all together no model's. */
const isSeveral = ({ store, hubHosts }: BotDeps, chatId: number, typed: string): boolean => {
  const words = typed.split(/\s+/);
  return (
    words.length > 1 &&
    words.every((word) => isRepoRef(word, hubHosts)) &&
    findModel(store, chatId, typed).kind === 'none'
  );
};

/** Copies on several machines have one README; that of the bot's machine is read first. */
const sameOnAll = ({ store }: BotDeps, chatId: number, typed: string): Model | undefined => {
  const found = findModel(store, chatId, typed);
  if (found.kind !== 'many' || !found.isAll) return undefined;
  const keys = new Set(found.models.map(({ repoType, name, commitSha }) => [repoType, name, commitSha].join('\n')));
  return keys.size > 1 ? undefined : (found.models.find(({ hostId }) => hostId === THIS_HOST) ?? found.models[0]);
};

const onReadme = async (desk: Desk, ctx: Ctx & { readonly match: string }, may: May): Promise<void> => {
  const { deps } = desk;
  const typed = ctx.match.trim();
  const { chat, from: person } = ctx;
  if (!chat || !person) return;
  const ref = refTyped(deps, chat.id, typed);
  if (!ref) {
    if (isSeveral(deps, chat.id, typed)) {
      noteRefusal(deps.store, ctx);
      return answer(ctx, { text: plain(text.oneName) });
    }
    const model = sameOnAll(deps, chat.id, typed) ?? (await pickModel(ctx, deps.store, typed, CHOICE));
    if (model) await show(desk, ctx, { subject: subjectOfModel(deps, model), page: 0 });
    return;
  }
  if (!(await may({ part: 'hub' }))) return answer(ctx, { text: plain(text.ofLibrary) });
  const reading = deps.store.searches.createReading({
    chatId: chat.id,
    userId: person.id,
    updateId: ctx.update.update_id,
    repoType: ref.type,
    name: ref.id,
    revision: ref.revision ?? null,
  });
  await show(desk, ctx, { subject: subjectOfReading(deps, reading), page: 0 });
};

const tappedReading = ({ store }: BotDeps, { chat, match }: Ctx): Reading | undefined => {
  const reading = store.searches.getReading(Number(match?.[1]));
  return reading?.chatId === chat?.id ? reading : undefined;
};

/** What models and repositories say of themselves. */
export const readmeFeature = defineFeature({
  commands: {
    readme: {
      who: 'viewer',
      usage: { form: '<name>', does: 'of a model, or of any repository before it is added: its README, page by page' },
      menu: { position: 19, description: 'What a model says of itself' },
      parts: { hub: { who: 'member', refusal: text.ofLibrary, example: 'openai/whisper-tiny' } },
    },
  },
  actions,
  topic: help,
  build: (deps) => {
    const desk: Desk = { deps, turned: createTurned(deps.ending, deps.readmeTimes?.mostMs) };
    const turn = async (ctx: Ctx, subject: Subject | undefined): Promise<void> => {
      await ctx.answerCallbackQuery(subject ? {} : { text: text.notYours });
      if (subject) await show(desk, ctx, { subject, page: Number(ctx.match?.[2] ?? 1) - 1 });
    };
    return {
      commands: { readme: (ctx, may) => onReadme(desk, ctx, may) },
      actions: {
        readme: async (ctx) => {
          const model = tappedModel(ctx, deps.store);
          await turn(ctx, model && subjectOfModel(deps, model));
        },
        readOf: async (ctx) => {
          const reading = tappedReading(deps, ctx);
          await turn(ctx, reading && subjectOfReading(deps, reading));
        },
        addRead: async (ctx) => {
          const reading = tappedReading(deps, ctx);
          if (reading) await lookUpBelow(ctx, deps, formatRepoRef(refOf(reading)));
          await ctx.answerCallbackQuery(reading ? {} : { text: text.notYours });
        },
      },
    };
  },
});
