import type { CallbackQueryContext, MiddlewareFn } from 'grammy';
import type { Message } from 'grammy/types';
import { refuse } from '../../domain/errors.ts';
import { MODELS_FILE } from '../../domain/moving/models-file.ts';
import { hostMeant } from '../../library/hosts/find-host.ts';
import { allOn } from '../../library/moving/entry-host.ts';
import { refusalPieces } from '../../library/moving/import-view.ts';
import type { Import } from '../../store/moving/imports.ts';
import type { BotDeps, Ctx } from '../context.ts';
import type { FeatureDeps, May } from '../feature.ts';
import { HOW_TO_IMPORT } from '../board/moving/library-file.ts';
import { parseArguments } from '../ui/arguments.ts';
import { answerWithDocument, askedBy } from '../ui/reply.ts';
import { text } from './text.ts';

/** A library of twenty thousand models with all that people say of them. */
const BYTES_MOST = 10_000_000;

/** `/import` as the caption of a document, also as the groups write it. */
const CAPTION = /^\/import(?:@(\w+))?(?=\s|$)/i;

type WithDocument = Pick<Message, 'document'>;

/** Reads a document, and asks what of it shall come. @throws AppError validation, unavailable */
const takeDocument = async (
  ctx: Ctx,
  deps: BotDeps,
  { message: { document }, line }: { readonly message: WithDocument; readonly line: string },
): Promise<void> => {
  const asked = askedBy(ctx);
  if (!document || !asked) return;
  const { documents, importing, store } = deps;
  const { words, options } = parseArguments(line, ['on']);
  if (words.length > 0) refuse(text.stray(words.join(' ')));
  const host = options['on'] === undefined ? undefined : hostMeant(store, options['on']);
  const file = await importing.read(await documents.readText(ctx.api, document, BYTES_MOST));
  await importing.plan({ ...asked, digest: null }, host ? allOn(file, host) : file);
};

/** `/import` as the answer to a document. @throws as `takeDocument` */
export const importReplied = async (ctx: Ctx, deps: BotDeps, line: string): Promise<void> => {
  const replied = ctx.msg?.reply_to_message;
  if (!replied?.document) return refuse(HOW_TO_IMPORT);
  return takeDocument(ctx, deps, { message: replied, line });
};

/** Whether a document is to be imported, by the command under it or by its name alone. */
const isMeant = (ctx: Ctx, { document, caption = '' }: Message): boolean => {
  if (!document) return false;
  const [whole, bot] = CAPTION.exec(caption) ?? [];
  if (whole !== undefined) return bot === undefined || bot.toLowerCase() === ctx.me.username.toLowerCase();
  return caption === '' && ctx.chat?.type === 'private' && document.file_name?.toLowerCase() === MODELS_FILE;
};

/** Documents with `/import` under them, and a `models.json` that is sent alone. */
export const takeDocuments =
  (deps: BotDeps): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const { message } = ctx;
    const line = message?.caption?.replace(CAPTION, '') ?? '';
    if (message && isMeant(ctx, message)) await takeDocument(ctx, deps, { message, line });
    else await next();
  };

type Tap = CallbackQueryContext<Ctx>;

/** The import that a button is under; undefined if it is another chat's, or not for who taps: that is told. */
const tapped = async (ctx: Tap, { store }: BotDeps, may: May): Promise<Import | undefined> => {
  const made = store.imports.getImport(Number(ctx.match[1]));
  const isHere = made !== undefined && made.chatId === ctx.chat?.id;
  if (isHere && (await may({ requestedBy: made.userId }))) return made;
  await ctx.answerCallbackQuery({ text: isHere ? text.notAllowed : text.notYours });
  return undefined;
};

/** Behind the number of an import. */
const STARTS = 1;
const AGAIN = 2;

/** What the buttons under an import do. */
export const importActions = (deps: FeatureDeps) => {
  const { importing, store } = deps;
  const deciding = (decide: (made: Import, userId: number) => boolean) => async (ctx: Tap, may: May) => {
    const made = await tapped(ctx, deps, may);
    if (made) await ctx.answerCallbackQuery(decide(made, ctx.from.id) ? {} : { text: text.decided });
  };
  return {
    bring: async (ctx: Tap, may: May) => {
      const made = await tapped(ctx, deps, may);
      if (!made) return;
      // Who asked for a file in a group need not be one who may change how the group's library is kept.
      const maySet = await deps.authority(ctx, { who: 'manager' });
      const choice = Number(ctx.match[2] ?? 0);
      const isNew =
        choice === AGAIN ? importing.again(made.id) : importing.bring(made.id, { starts: choice === STARTS, maySet });
      await ctx.answerCallbackQuery(isNew ? {} : { text: text.decided });
    },
    machine: deciding(({ id }, userId) => importing.setMachine(id, userId)),
    unbring: deciding(({ id }) => importing.leave(id)),
    refusals: async (ctx: Tap) => {
      const made = store.imports.getImport(Number(ctx.match[1]));
      if (made?.chatId !== ctx.chat?.id || !made) {
        await ctx.answerCallbackQuery({ text: text.notYours });
        return;
      }
      const pieces = refusalPieces(store, made);
      // What has been tried again may have come; Telegram takes no empty file.
      const { done: isNothing = false } = await pieces().next();
      await ctx.answerCallbackQuery(isNothing ? { text: text.allTaken } : {});
      if (!isNothing) await answerWithDocument(ctx, { ...text.notTaken, pieces });
    },
  };
};
