import type { MiddlewareFn } from 'grammy';
import type { Message } from 'grammy/types';
import { refuse } from '../../domain/errors.ts';
import { type RepoList, readRepoList } from '../../domain/repo/repo-list.ts';
import { isRepoRef, parseRepoRef } from '../../domain/repo/repo.ts';
import type { Ctx } from '../context.ts';
import { actionButton } from '../ui/buttons.ts';
import { answer, askedBy, replace } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { linksIn } from './link.ts';
import { parseAdd } from './parse.ts';
import { type AddDeps, MODELS_MOST, withHost, requestAll } from './request.ts';
import { text } from './text.ts';

const NOW = 0;
const LATER = 1;
const NEVER = 2;

/** A list of twenty references has two kB at most, however long their names are; many have comments. */
const LIST_BYTES_MOST = 65_536;

/** `/add` as the caption of a document, also as the groups write it. */
const ADD_CAPTION = /^\/add(?:@(\w+))?(?=\s|$)/i;

type Listing = Pick<Message, 'text' | 'caption' | 'document'>;

/** JSON is no list of lines, whatever the client of who sends it says it is. */
const isTextDocument = ({ document }: Listing): boolean =>
  document !== undefined &&
  !/\.json$/i.test(document.file_name ?? '') &&
  (document.mime_type?.startsWith('text/') === true || /\.(?:txt|md|csv|list)$/i.test(document.file_name ?? ''));

/** Magnet links of the largest torrents that are read have a file of some megabytes. */
const TORRENT_BYTES_MOST = 8 * 1024 * 1024;

const isTorrentFile = ({ document }: Listing): boolean =>
  document !== undefined &&
  (/\.torrent$/i.test(document.file_name ?? '') || document.mime_type === 'application/x-bittorrent');

/** The list that a message is or holds; the file of a torrent is one of one. @throws AppError validation, unavailable: its document cannot be read */
const listIn = async (ctx: Ctx, { documents, hubHosts, adding }: AddDeps, message: Listing): Promise<RepoList> => {
  const { document } = message;
  if (document && isTorrentFile(message)) {
    const link = await adding.torrentIn(await documents.readBytes(ctx.api, document, TORRENT_BYTES_MOST));
    return { refs: [link], unread: [], isColumn: true };
  }
  const written = document ? await documents.readText(ctx.api, document, LIST_BYTES_MOST) : (message.text ?? '');
  return readRepoList(written, hubHosts);
};

const isLink = (ref: string): boolean => /^https?:/i.test(ref);

/** Whether a message without a command is a list: people also write in lines to each other. Links alone are offered as links. */
const isList = ({ refs, unread, isColumn }: RepoList): boolean =>
  isColumn && unread.length === 0 && refs.length > 1 && refs.some((ref) => ref.includes('/')) && !refs.every(isLink);

/** Of the models that a list names, those that a library has. */
const inLibrary = ({ store, hubHosts }: AddDeps, chatId: number, { refs }: RepoList): readonly string[] => {
  const ids = refs
    .slice(0, MODELS_MOST)
    .flatMap((ref) => (isRepoRef(ref, hubHosts) ? parseRepoRef(ref, hubHosts).id : []));
  return [...new Set(store.models.modelsNamed(chatId, ids).map(({ name }) => name))];
};

const offer = (list: RepoList, here: readonly string[], messageId: number): Rendering => ({
  text: plain(text.offerList(list, here, MODELS_MOST)),
  keyboard: {
    inline_keyboard: [
      [
        actionButton(list.refs.length === 1 ? 'Add it now' : 'Add them now', 'list', `${messageId}:${NOW}`, 'primary'),
        actionButton('Add for later', 'list', `${messageId}:${LATER}`),
      ],
      [actionButton('Leave it', 'list', `${messageId}:${NEVER}`)],
    ],
  },
});

const reply = async (ctx: Ctx, deps: AddDeps, list: RepoList, messageId: number): Promise<void> => {
  const { text: sentence, keyboard } = offer(list, inLibrary(deps, ctx.chat?.id ?? 0, list), messageId);
  await ctx.reply(sentence.text, {
    ...(keyboard ? { reply_markup: keyboard } : {}),
    link_preview_options: { is_disabled: true },
    // A tap reads it again there.
    reply_parameters: { message_id: messageId },
  });
};

/** A document with `/add` under it: what it lists is added as if it stood behind the command. */
const addDocument = async (ctx: Ctx, deps: AddDeps, message: Message, rest: string): Promise<void> => {
  const parsed = parseAdd(rest);
  const { refs } = parsed;
  const list = await listIn(ctx, deps, message);
  const asked = askedBy(ctx);
  const all = [...refs, ...list.refs];
  if (all.length === 0) refuse(text.noList);
  if (!asked) return;
  const { rest: left } = requestAll(deps, asked, all, withHost(deps, parsed));
  const said = [left, list.unread.length > 0 && text.unread(list.unread)].filter(Boolean).join('\n');
  if (said !== '') await answer(ctx, { text: plain(said) });
};

/** @returns what stands behind a `/add` under a document, if that is for this bot; null: it is for another one */
const captionOf = (ctx: Ctx, { document, caption = '' }: Message): string | null | undefined => {
  const command = document && ADD_CAPTION.exec(caption);
  if (!command) return undefined;
  const [whole, bot] = command;
  const isOurs = bot === undefined || bot.toLowerCase() === ctx.me.username.toLowerCase();
  return isOurs ? caption.slice(whole.length).trim() : null;
};

/** Offers what a message lists. @returns false if it is no list */
const offerList = async (ctx: Ctx, deps: AddDeps, message: Message): Promise<boolean> => {
  const isWritten = message.text?.includes('\n') === true && !message.text.startsWith('/');
  // A command under a document says what it is for.
  const isBare = message.caption?.startsWith('/') !== true;
  const isSent = isBare && (isTorrentFile(message) || isTextDocument(message)) && linksIn(message, deps).length === 0;
  if (!isWritten && !isSent) return false;
  const list = await listIn(ctx, deps, message);
  if (message.document && list.refs.length === 0) refuse(text.noList);
  if (!message.document && !isList(list)) return false;
  await reply(ctx, deps, list, message.message_id);
  return true;
};

/**
 * Lists of references: a message with one on each line, a text document, or one with `/add` under it. What did not come with a
 * command is offered, and only where nobody else is spoken to.
 */
export const takeLists =
  (deps: AddDeps): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const { message } = ctx;
    const caption = message && captionOf(ctx, message);
    if (caption === null) return;
    if (message && caption !== undefined) await addDocument(ctx, deps, message, caption);
    else if (!message || ctx.chat?.type !== 'private' || !(await offerList(ctx, deps, message))) await next();
  };

/** A tap on the offer of a list. */
export const takeList = async (ctx: Ctx, deps: AddDeps, when: number): Promise<void> => {
  const { from: person } = ctx;
  if (when === NEVER) {
    await ctx.answerCallbackQuery();
    await replace(ctx, { text: plain(text.left) });
    return;
  }
  const offered = ctx.callbackQuery?.message;
  const original = offered && 'reply_to_message' in offered ? offered.reply_to_message : undefined;
  const asked = askedBy(ctx);
  if (!person || !original || !asked) {
    await ctx.answerCallbackQuery({ text: text.listGone });
    return;
  }
  const list = await listIn(ctx, deps, original);
  const { message_id: messageId } = original;
  const { count, rest } = requestAll(deps, { ...asked, messageId }, list.refs, {
    when: when === LATER ? 'later' : 'now',
  });
  await ctx.answerCallbackQuery();
  await replace(ctx, {
    text: plain([text.listTaken(count), rest].filter(Boolean).join(' ')),
  });
};
