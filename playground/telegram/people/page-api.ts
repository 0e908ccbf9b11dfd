import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopback, isOfOtherPage } from '../../web-pages.ts';
import { ApiError } from '../api-error.ts';
import { readBody } from '../http/arguments.ts';
import type { PageAnswers } from '../page-wire.ts';
import { pageMessage, removeMessage } from '../world/messages.ts';
import { setBlocked } from '../world/members.ts';
import type { Parts } from '../methods/method.ts';
import { answerTo, askInline, inlineView, pickInline } from './inline.ts';
import { existing, press, say, sendDocument, stopDraft } from './people.ts';
import { streamEvents } from './page-events.ts';
import { chatsOf, draftView, userView } from './page-views.ts';
import { chatOf, personOf } from '../world/world.ts';

const MESSAGES_SHOWN = 500;
const UPLOAD_LIMIT = 50 * 1024 * 1024;

export interface SimOptions {
  readonly parts: Parts;
  /** Ends event streams. */
  readonly closed: AbortSignal;
}

interface SimRequest {
  readonly parts: Parts;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly closed: AbortSignal;
}

type Route = (request: SimRequest) => object | Promise<object>;

type Routes<Names extends keyof PageAnswers> = {
  readonly [Name in Names]: (request: SimRequest) => PageAnswers[Name] | Promise<PageAnswers[Name]>;
};

const number = (value: unknown, name: string): number => {
  const result = Number(value);
  if (value === null || value === undefined || !Number.isSafeInteger(result))
    throw new Error(`${name} must be a whole number`);
  return result;
};

const fields = (body: Buffer): Readonly<Record<string, unknown>> => {
  const parsed: unknown = JSON.parse(body.toString('utf8'));
  if (typeof parsed !== 'object' || parsed === null) throw new Error('The body must be a JSON object');
  return parsed as Record<string, unknown>;
};

const optional = (value: unknown, name: string): number | undefined =>
  value === undefined || value === null ? undefined : number(value, name);

const chatFor = (parts: Parts, userId: number, chatId: number): ReturnType<typeof chatOf> => {
  const chat = chatOf(parts.world, chatId);
  if (!chat.members.has(userId)) throw new Error(`Person ${userId} is not in chat ${chatId}`);
  return chat;
};

/** Whose chats are meant. @throws Error for nobody */
const peopleIn = ({ world }: Parts, query: URLSearchParams): readonly number[] => {
  const ids = query.getAll('user').map((id) => personOf(world, number(id, 'user')).json.id);
  if (ids.length === 0) throw new Error('user must be a whole number');
  return [...new Set(ids)];
};

const getRoutes: Routes<'state' | 'messages' | 'commands'> = {
  state: ({ parts: { world, profile }, query }) => {
    const me = personOf(world, number(query.get('user') ?? [...world.people.keys()][0], 'user'));
    return {
      bot: {
        id: world.bot.id,
        username: world.bot.username ?? '',
        firstName: world.bot.first_name,
        description: profile.get('description', me.json.language_code ?? ''),
      },
      me: userView(me.json),
      users: [...world.people.values()].map((person) => userView(person.json)),
      chats: chatsOf(world, me.json.id),
    };
  },
  messages: ({ parts, query }) => {
    const userId = number(query.get('user'), 'user');
    const chat = chatFor(parts, userId, number(query.get('chat'), 'chat'));
    // Whoever fetches the messages looks at them.
    chat.unread.delete(userId);
    const messages = [...chat.messages.values()].filter((message) => !message.deleted);
    return { messages: messages.slice(-MESSAGES_SHOWN).map(pageMessage), draft: draftView(parts.world, chat) };
  },
  commands: ({ parts: { world, commands }, query }) => {
    const person = personOf(world, number(query.get('user'), 'user'));
    const chat = chatOf(world, number(query.get('chat'), 'chat'));
    return { commands: commands.shownTo(chat, person.json.id, person.json.language_code ?? '') };
  },
};

const postRoutes: Routes<'send' | 'press' | 'stop' | 'inline' | 'pick' | 'upload' | 'block' | 'delete' | 'read'> = {
  send: ({ parts, body }) => {
    const { userId, chatId, text, threadId, replyTo } = fields(body);
    const thread = optional(threadId, 'threadId');
    const reply = optional(replyTo, 'replyTo');
    const place = { userId: number(userId, 'userId'), chatId: number(chatId, 'chatId') };
    const options = {
      ...(thread !== undefined && { threadId: thread }),
      ...(reply !== undefined && { replyTo: reply }),
    };
    if (typeof text !== 'string') throw new Error('text must be a text');
    return { message: pageMessage(say(parts, place, text, options)) };
  },
  press: ({ parts, body }) => {
    const { userId, chatId, messageId, data } = fields(body);
    const callbackQueryId = press(parts, {
      userId: number(userId, 'userId'),
      chatId: number(chatId, 'chatId'),
      messageId: number(messageId, 'messageId'),
      button: String(data),
    });
    return { callbackQueryId };
  },
  stop: ({ parts, body }) => {
    const { userId, chatId, draftId } = fields(body);
    const place = { userId: number(userId, 'userId'), chatId: number(chatId, 'chatId') };
    stopDraft(parts, place, number(draftId, 'draftId'));
    return {};
  },
  inline: async ({ parts, body, closed }) => {
    const { userId, query: typed } = fields(body);
    const answer = await answerTo(parts, askInline(parts, number(userId, 'userId'), String(typed)), closed);
    return inlineView(answer);
  },
  pick: ({ parts, body }) => {
    const { userId, chatId, queryId, resultId } = fields(body);
    const answer = parts.inline.answers.find((one) => one.inlineQueryId === queryId && one.userId === userId);
    if (!answer) throw new Error('The bot has not answered that');
    const { id } = chatFor(parts, answer.userId, number(chatId, 'chatId'));
    return { message: pageMessage(pickInline(parts, answer, id, String(resultId))) };
  },
  upload: ({ parts, query, body }) => {
    const place = { userId: number(query.get('user'), 'user'), chatId: number(query.get('chat'), 'chat') };
    const { caption, album } = Object.fromEntries(query);
    const [thread, reply] = (['threadId', 'replyTo'] as const).map((name) => optional(query.get(name), name));
    const document = {
      name: query.get('name') || 'file',
      data: body,
      ...(caption && { caption }),
      ...(album && { albumId: String(number(album, 'album')) }),
      ...(thread !== undefined && { threadId: thread }),
      ...(reply !== undefined && { replyTo: reply }),
    };
    return { message: pageMessage(sendDocument(parts, place, document)) };
  },
  block: ({ parts, body }) => {
    const { userId, blocked } = fields(body);
    setBlocked(parts, number(userId, 'userId'), blocked === true);
    return {};
  },
  delete: ({ parts, body }) => {
    const { userId, chatId, messageId } = fields(body);
    const chat = chatFor(parts, number(userId, 'userId'), number(chatId, 'chatId'));
    removeMessage(parts.world, existing(chat, number(messageId, 'messageId')));
    return {};
  },
  read: ({ parts, body }) => {
    const { userId, chatId } = fields(body);
    chatFor(parts, number(userId, 'userId'), number(chatId, 'chatId')).unread.delete(number(userId, 'userId'));
    return {};
  },
};

const sendJson = (response: ServerResponse, status: number, value: object): void => {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(JSON.stringify(value));
};

/** Files come from chats: no browser may take one for a page of ours. */
const sendFile = (response: ServerResponse, parts: Parts, fileId: string): void => {
  const file = parts.files.byId(fileId);
  if (!file) return sendJson(response, 404, { error: 'There is no such file' });
  response.writeHead(200, {
    'content-type': file.mime,
    'content-length': file.data.length,
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  });
  response.end(file.data);
};

/**
 * A page on another site must not steer the chats: it cannot name our host (rebinding), cannot set the header without
 * being asked for permission (which nobody gives), and its browser says where it comes from.
 */
const isForeign = ({ headers, method }: IncomingMessage): boolean =>
  !isLoopback(headers.host) || isOfOtherPage(headers) || (method !== 'GET' && headers['x-playground'] !== '1');

const serve = async (
  options: SimOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> => {
  const { parts, closed } = options;
  if (isForeign(request)) return sendJson(response, 403, { error: 'Only the playground itself may ask' });
  const name = url.pathname.slice('/sim/'.length);
  const query = url.searchParams;
  if (request.method === 'GET' && name.startsWith('file/'))
    return sendFile(response, parts, name.slice('file/'.length));
  if (request.method === 'GET' && name === 'events')
    return streamEvents(parts.world, peopleIn(parts, query), response, closed);
  const routes: Readonly<Record<string, Route>> =
    request.method === 'GET' ? getRoutes : request.method === 'POST' ? postRoutes : {};
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (!route) return sendJson(response, 404, { error: `There is no ${request.method} /sim/${name}` });
  const body = request.method === 'POST' ? await readBody(request, UPLOAD_LIMIT) : Buffer.alloc(0);
  sendJson(response, 200, await route({ parts, query, body, closed }));
};

/**
 * The interface between the stand-in and the chat page.
 * @returns a handler that answers paths under `/sim/`, and gives false for all others and for `/sim/about`, which is the
 *   playground's own business
 */
export const createSimHandler =
  (options: SimOptions) =>
  (request: IncomingMessage, response: ServerResponse): boolean | Promise<boolean> => {
    const url = URL.parse(request.url ?? '/', 'http://stand-in');
    if (!url?.pathname.startsWith('/sim/') || url.pathname === '/sim/about') return false;
    return serve(options, request, response, url).then(
      () => true,
      (error: unknown) => {
        const status = error instanceof ApiError ? error.code : 400;
        if (!response.headersSent)
          sendJson(response, status, { error: error instanceof Error ? error.message : String(error) });
        return true;
      },
    );
  };
