/* bot/files: /files and /file: the files of a model, and each of them as a document. */

import type { InlineKeyboardButton } from 'grammy/types';
import type { Model } from '../../domain/model.ts';
import { filesPage } from '../../library/model-details.ts';
import { LIKE_MOST, type ModelFile } from '../../library/sending/sending.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { notHere, shownPath, tooLarge } from '../outbox/files/text.ts';
import { parseArguments } from '../ui/arguments.ts';
import { actionButton } from '../ui/buttons.ts';
import { pickModel, sayInstead, tappedModel } from '../ui/pick-model.ts';
import { answer, askedBy, repliedTo } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { filesText, help, text } from './text.ts';

const FILES_ON_PAGE = 10;
const BUTTONS_IN_ROW = 5;
/** A button carries the number of its page in four digits. */
const PAGES_MOST = 9999;

const actions = {
  files: { who: 'viewer' },
  /** The number of a model, of a copy of it, and of a file in that: what was listed is what is sent. */
  sendFile: { who: 'viewer', data: { pattern: String.raw`(\d{1,15}):(\d{1,15}):(\d{1,7})`, example: '1:1:0' } },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'files'> {}
}

const inRows = (buttons: readonly InlineKeyboardButton[]): InlineKeyboardButton[][] =>
  Array.from({ length: Math.ceil(buttons.length / BUTTONS_IN_ROW) }, (_, row) =>
    buttons.slice(row * BUTTONS_IN_ROW, (row + 1) * BUTTONS_IN_ROW),
  );

/** To the pages around this one, and to the ends where these are further away. @param page counted from 0 */
const turnsOf = ({ id }: Model, page: number, pages: number): InlineKeyboardButton[] => {
  const last = pages - 1;
  // Its buttons count pages from 1.
  const to = (label: string, wanted: number) => actionButton(label, 'files', `${id}:${wanted + 1}`);
  return [
    ...(page > 1 ? [to('« First', 0)] : []),
    ...(page > 0 ? [to('‹ Back', page - 1)] : []),
    ...(page < last ? [to('More ›', page + 1)] : []),
    ...(page < last - 1 ? [to('Last »', last)] : []),
  ];
};

/** @param wanted counted from 0 */
const filesScreen = async ({ store, sending }: BotDeps, model: Model, wanted: number): Promise<Rendering> => {
  const shown = filesPage(store, model, { page: wanted, size: FILES_ON_PAGE });
  const { page, pages, files } = shown;
  const copy = model.wantsCopyId === null ? undefined : store.copies.getCopy(model.wantsCopyId);
  const here = copy ? await sending.here(copy, files) : new Set<string>();
  const first = page * FILES_ON_PAGE;
  const numbers = files.flatMap(({ path }, at) =>
    copy && here.has(path)
      ? [actionButton(String(first + at + 1), 'sendFile', `${model.id}:${copy.id}:${first + at}`)]
      : [],
  );
  return {
    text: filesText(model, { ...shown, here, first: first + 1 }),
    keyboard: {
      inline_keyboard: [
        ...inRows(numbers),
        turnsOf(model, page, Math.min(pages, PAGES_MOST)),
        [
          actionButton('Details', 'details', `${model.id}:1`),
          ...(model.sourceUrl === null || files.some(({ path }) => /readme/i.test(path))
            ? [actionButton('README', 'readme', `${model.id}:1`)]
            : []),
        ],
      ].filter((row) => row.length > 0),
    },
  };
};

/** Puts a file on its way. @returns what there is to say, if it does not come by itself */
const wish = async (deps: BotDeps, ctx: Ctx, model: Model, of: ModelFile): Promise<Rendering | undefined> => {
  const { sending, queue, documentMost } = deps;
  const { copy, file } = of;
  const asked = askedBy(ctx);
  if (!asked) return undefined;
  const isHere = (await sending.here(copy, [file])).has(file.path);
  if (!isHere) {
    queue.lookAt([model]);
    return notHere(model.id, file.path, copy.state === 'complete');
  }
  if (file.size === 0) return { text: text.noBytes(file.path) };
  if (file.size > documentMost) return tooLarge(of, documentMost);
  const { chatId, userId, threadId, messageId } = asked;
  const refusal = sending.request({
    chatId,
    threadId,
    // In a chat of one it is plain what it answers.
    replyTo: ctx.chat?.type === 'private' ? null : messageId,
    askedBy: userId,
    updateId: ctx.update.update_id,
    modelId: model.id,
    copyId: copy.id,
    path: file.path,
  });
  return refusal && { text: plain(text.refused(refusal)) };
};

/** Which of several files is meant. */
const whichFile = (deps: BotDeps, model: Model, found: readonly ModelFile[]): Rendering => {
  const shown = found.slice(0, LIKE_MOST);
  return {
    text: plain(text.several(LIKE_MOST, found.length > LIKE_MOST)),
    keyboard: {
      inline_keyboard: shown.map(({ copy, file }) => {
        const index = deps.store.copies.indexOfCopyFile(copy.id, file.path);
        return [actionButton(shownPath(file.path), 'sendFile', `${model.id}:${copy.id}:${index}`)];
      }),
    },
  };
};

/** The file that the list of a model shows under a number. */
const fileNumbered = ({ store }: BotDeps, model: Model, typed: string): ModelFile | undefined => {
  if (!/^[1-9]\d{0,6}$/.test(typed)) return undefined;
  const { page, files } = filesPage(store, model, { page: Number(typed) - 1, size: 1 });
  const copy = model.wantsCopyId === null ? undefined : store.copies.getCopy(model.wantsCopyId);
  const [file] = page === Number(typed) - 1 ? files : [];
  return copy && file && { copy, file };
};

const sendNamed = async (deps: BotDeps, ctx: Ctx, model: Model, typed: string): Promise<void> => {
  const like = deps.sending.find(model, typed);
  // A number is that of the list, unless a file has it for a name.
  const isName = like.some(({ file }) => file.path.slice(file.path.lastIndexOf('/') + 1) === typed);
  const numbered = isName ? undefined : fileNumbered(deps, model, typed);
  const found = numbered ? [numbered] : like;
  const [of] = found;
  if (!of) return answer(ctx, { text: text.nothingLike(model, typed) });
  const said = found.length > 1 ? whichFile(deps, model, found) : await wish(deps, ctx, model, of);
  if (said) await answer(ctx, said);
};

const choiceOf = (none: string) =>
  ({
    action: 'files',
    likely: ['completed', 'downloading', 'pending', 'failed', 'paused', 'cancelled'],
    none,
  }) as const;

/** `/file #12 config.json`; with a path alone, of the model whose card it replies to; with a name alone its files. */
const onFile = async (deps: BotDeps, ctx: Ctx & { readonly match: string }): Promise<void> => {
  const { words } = parseArguments(ctx.match, []);
  const isReply = repliedTo(ctx) !== undefined && words.length === 1;
  const [name = '', ...path] = isReply ? ['', ...words] : words;
  const model = await pickModel(ctx, deps.store, name, choiceOf(text.empty));
  if (!model) return;
  if (path.length > 0) await sendNamed(deps, ctx, model, path.join(' '));
  else await answer(ctx, await filesScreen(deps, model, 0));
};

/** The files of a model, and those that people want to have in their chat. */
export const filesFeature = defineFeature({
  commands: {
    files: {
      who: 'viewer',
      usage: { form: '<name>', does: 'its files, each with a button that brings it as a document' },
      menu: { position: 17, description: 'The files of a model' },
    },
    file: {
      who: 'viewer',
      usage: {
        form: '<name> <path>',
        does: 'one of them as a document; of what is too large for Telegram, where it lies',
      },
      menu: { position: 18, description: 'A file of a model, as a document' },
    },
  },
  actions,
  topic: help,
  build: (deps) => ({
    commands: {
      files: async (ctx) => {
        const model = await pickModel(ctx, deps.store, ctx.match.trim(), choiceOf(text.empty));
        if (model) await answer(ctx, await filesScreen(deps, model, 0));
      },
      file: (ctx) => onFile(deps, ctx),
    },
    actions: {
      files: async (ctx) => {
        const model = tappedModel(ctx, deps.store);
        await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
        if (model) await sayInstead(ctx, await filesScreen(deps, model, Number(ctx.match[2] ?? 1) - 1));
      },
      sendFile: async (ctx) => {
        const model = tappedModel(ctx, deps.store);
        const of = model && deps.sending.fileAt(model, Number(ctx.match[2]), Number(ctx.match[3]));
        if (!model || !of) {
          await ctx.answerCallbackQuery({ text: model ? text.changed : text.notYours });
          return;
        }
        const said = await wish(deps, ctx, model, of);
        await ctx.answerCallbackQuery({ text: said ? text.lookBelow : text.onItsWay });
        if (said) await answer(ctx, said);
      },
    },
  }),
});
