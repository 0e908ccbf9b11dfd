/* bot/add/keep: /keep: what is sent to the bot becomes a request as a link would, and is kept on the machine. */

import type { Message } from 'grammy/types';
import type { MiddlewareFn } from 'grammy';
import { refuse } from '../../../domain/errors.ts';
import type { AddOptions } from '../../../domain/repo/add-options.ts';
import type { TelegramFile } from '../../../domain/repo/kept-file.ts';
import { findWebAddresses } from '../../../domain/repo/web-file.ts';
import type { Ctx } from '../../context.ts';
import { answer, askedBy, repliedTo } from '../../ui/reply.ts';
import { plain } from '../../ui/text.ts';
import { type Linking, linksIn, textWithLinks, webRefusalIn } from '../link.ts';
import { parseKeep } from '../parse.ts';
import { type AddDeps, withHost, requestAll } from '../request.ts';
import { text } from '../text.ts';
import { enterAskingFile } from './ask-for-file.ts';
import { fileIn } from './sent-file.ts';

/** `/keep` as the caption of a file, also as the groups write it. */
const KEEP_CAPTION = /^\/keep(?:@(\w+))?(?=\s|$)/i;

/** @returns what stands behind a `/keep` under a file, if that is for this bot; null: it is for another one */
const captionOf = (ctx: Ctx, { caption = '' }: Message): string | null | undefined => {
  const [whole, bot] = KEEP_CAPTION.exec(caption) ?? [];
  if (whole === undefined) return undefined;
  const isOurs = bot === undefined || bot.toLowerCase() === ctx.me.username.toLowerCase();
  return isOurs ? caption.slice(whole.length).trim() : null;
};

type Keeping = Pick<AddDeps, 'adding' | 'hubHosts' | 'store'>;
type Keeper = Pick<Ctx, 'chat' | 'from' | 'msg' | 'me'>;

/** What is linked there: repositories of the Hub, files on the web, torrents. */
const refsIn = (message: Linking, deps: Keeping): string[] => [
  ...linksIn(message, deps),
  ...findWebAddresses(textWithLinks(message), deps.hubHosts).addresses,
];

/** Links are added as by `/add`, into the category. */
const keepLinks = (ctx: Keeper, deps: Keeping, refs: readonly string[], options: AddOptions): string | undefined => {
  const asked = askedBy(ctx);
  return asked && requestAll(deps, asked, refs, options).rest;
};

/** A name and a hash are for the one file that the command stands under. */
const ofOthers = ({ name: _name, sha256: _sha256, ...options }: AddOptions): AddOptions => options;

/** A file with what was sent together with it, as far as it has come; the rest is kept when it comes. */
const keepFiles = (
  ctx: Keeper,
  { adding, store }: Keeping,
  { message, file, options }: { readonly message: Message; readonly file: TelegramFile; readonly options: AddOptions },
): void => {
  const asked = askedBy(ctx);
  if (!asked) return;
  const botId = ctx.me.id;
  adding.keep({ ...asked, botId, file, options });
  const { media_group_id: albumId } = message;
  if (albumId === undefined) return;
  const album = { chatId: asked.chatId, albumId };
  store.keptFiles.keepAlbum({ ...album, askedBy: asked.userId, options: ofOthers(options) });
  const others = store.keptFiles.albumFiles(album).filter(({ messageId }) => messageId !== message.message_id);
  for (const [index, other] of others.entries())
    if (other.file) adding.keep({ ...asked, part: index + 1, botId, file: other.file, options: ofOthers(options) });
};

/**
 * Keeps what a message holds: its file, with those that were sent together with it, or what it links to.
 * @param line what stands behind the command
 * @returns what has to be said of the rest; undefined if that was all
 * @throws AppError validation: there is nothing in it; as `Adding.keep`
 */
export const keepFrom = (ctx: Keeper, deps: Keeping, message: Message, line: string): string | undefined => {
  const options = withHost(deps, parseKeep(line));
  const file = fileIn(message, message.date);
  if (file) {
    keepFiles(ctx, deps, { message, file, options });
    return undefined;
  }
  // What the bot shows may be full of links that nobody has chosen: a page of a README, a list.
  if (message.from?.id === ctx.me.id) refuse(text.myOwn);
  const refs = refsIn(message, deps);
  if (refs.length === 0) refuse(webRefusalIn(message, deps) ?? text.noFile);
  return keepLinks(ctx, deps, refs, options);
};

const sayRest = async (ctx: Ctx, rest: string | undefined): Promise<void> => {
  if (rest !== undefined) await answer(ctx, { text: plain(rest) });
};

/** `/keep`, with links behind it, or as the answer to what is to be kept; alone it asks. */
export const keep = async (ctx: Ctx, deps: AddDeps, line: string): Promise<void> => {
  const parsed = parseKeep(line);
  const { refs } = parsed;
  const options = withHost(deps, parsed);
  const replied = repliedTo(ctx);
  const elsewhere = ctx.msg?.external_reply;
  const file = elsewhere && fileIn(elsewhere, ctx.msg?.date ?? 0);
  const asked = askedBy(ctx);
  if (refs.length > 0) await sayRest(ctx, keepLinks(ctx, deps, refs, options));
  else if (file && asked) deps.adding.keep({ ...asked, botId: ctx.me.id, file, options });
  else if (replied) await sayRest(ctx, keepFrom(ctx, deps, replied as Message, line));
  else await enterAskingFile(ctx, line);
};

/** Notes what is sent together, and keeps it where that is wanted of another message of it. @returns whether it was kept */
const takeOfAlbum = (ctx: Ctx, { adding, store }: AddDeps, message: Message): boolean => {
  const { media_group_id: albumId, message_id: messageId, chat } = message;
  const file = fileIn(message, message.date);
  const asked = askedBy(ctx);
  if (albumId === undefined || !file || !asked) return false;
  const album = { chatId: chat.id, albumId };
  store.keptFiles.noteAlbumFile({ ...album, messageId, file });
  const kept = store.keptFiles.keptAlbum(album);
  if (!kept?.options) return false;
  adding.keep({ ...asked, userId: kept.askedBy, botId: ctx.me.id, file, options: kept.options });
  return true;
};

/** Files with `/keep` under them, or under one that was sent together with them. */
export const takeKept =
  (deps: AddDeps): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const { message } = ctx;
    const line = message && captionOf(ctx, message);
    if (line === null) return;
    const isTaken = message !== undefined && takeOfAlbum(ctx, deps, message);
    if (message && line !== undefined) await sayRest(ctx, keepFrom(ctx, deps, message, line));
    else if (!isTaken) await next();
  };
