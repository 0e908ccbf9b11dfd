import type { Message } from 'grammy/types';
import type { MiddlewareFn } from 'grammy';
import { refuse } from '../../../domain/errors.ts';
import type { AddOptions } from '../../../domain/repo/add-options.ts';
import type { TelegramFile } from '../../../domain/repo/kept-file.ts';
import { findWebAddresses } from '../../../domain/repo/web-file.ts';
import type { Ctx } from '../../context.ts';
import { answer, askedBy } from '../../ui/reply.ts';
import { plain } from '../../ui/text.ts';
import { type Linking, linksIn, placesIn } from '../link.ts';
import { parseKeep } from '../parse.ts';
import { type AddDeps, requestAll } from '../request.ts';
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

type Keeping = Pick<AddDeps, 'adding' | 'hubHosts'>;
type Place = Pick<Ctx, 'chat' | 'from' | 'msg' | 'me'>;

const keepFile = (ctx: Place, { adding }: Keeping, file: TelegramFile, options: AddOptions): void => {
  const asked = askedBy(ctx);
  if (asked) adding.keep({ ...asked, botId: ctx.me.id, file, options });
};

/** What is linked there: repositories of the Hub, files on the web, torrents. */
const refsIn = (message: Linking, deps: Keeping): string[] => [
  ...linksIn(message, deps),
  ...findWebAddresses(placesIn(message), deps.hubHosts),
];

/** Links are added as by `/add`, into the category. */
const keepLinks = (ctx: Place, deps: Keeping, refs: readonly string[], options: AddOptions): string | undefined => {
  const asked = askedBy(ctx);
  return asked && requestAll(deps, asked, refs, options).rest;
};

/**
 * Keeps what a message holds: its file, or what it links to.
 * @param line what stands behind the command
 * @returns what has to be said of the rest; undefined if that was all
 * @throws AppError validation: there is nothing in it; as `Adding.keep`
 */
export const keepFrom = (ctx: Place, deps: Keeping, message: Message, line: string): string | undefined => {
  const { options } = parseKeep(line);
  const file = fileIn(message, message.date);
  if (!file) {
    const refs = refsIn(message, deps);
    if (refs.length === 0) refuse(text.noFile);
    return keepLinks(ctx, deps, refs, options);
  }
  keepFile(ctx, deps, file, options);
  return undefined;
};

const sayRest = async (ctx: Ctx, rest: string | undefined): Promise<void> => {
  if (rest !== undefined) await answer(ctx, { text: plain(rest) });
};

/** `/keep`, with links behind it, or as the answer to what is to be kept; alone it asks. */
export const keep = async (ctx: Ctx, deps: AddDeps, line: string): Promise<void> => {
  const { refs, options } = parseKeep(line);
  const replied = ctx.msg?.reply_to_message;
  const elsewhere = ctx.msg?.external_reply;
  const file = elsewhere && fileIn(elsewhere, ctx.msg?.date ?? 0);
  if (refs.length > 0) await sayRest(ctx, keepLinks(ctx, deps, refs, options));
  else if (file) keepFile(ctx, deps, file, options);
  // In a topic every message answers the one that has opened it.
  else if (replied && !replied.forum_topic_created) await sayRest(ctx, keepFrom(ctx, deps, replied as Message, line));
  else await enterAskingFile(ctx, line);
};

/** Files with `/keep` under them. */
export const takeKept =
  (deps: AddDeps): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const { message } = ctx;
    const line = message && captionOf(ctx, message);
    if (line === null) return;
    if (message && line !== undefined) await sayRest(ctx, keepFrom(ctx, deps, message, line));
    else await next();
  };
