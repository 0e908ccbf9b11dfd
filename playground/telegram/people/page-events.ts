import type { ServerResponse } from 'node:http';
import type { PageEvent } from '../page-wire.ts';
import type { Change } from '../world/changes.ts';
import { pageMessage } from '../world/messages.ts';
import { chatView, draftView } from './page-views.ts';
import type { World } from '../world/world.ts';

/** Keeps proxies and phones from taking a quiet stream for a dead one. */
const HEARTBEAT_MS = 15_000;

/** What a person's page is told of a change; undefined if it is none of their business. */
const eventFor = (world: World, change: Change, userId: number): PageEvent | undefined => {
  switch (change.kind) {
    case 'message':
      if (!change.chat.members.has(userId)) return undefined;
      return { name: 'message', data: { chatId: change.chat.id, message: pageMessage(change.message) } };
    case 'chat':
      if (!change.chat.members.has(userId)) return undefined;
      return { name: 'chat', data: { chat: chatView(world, change.chat, userId) } };
    case 'action':
      if (!change.chat.members.has(userId)) return undefined;
      return { name: 'action', data: { chatId: change.chat.id, action: change.action } };
    case 'draft': {
      if (!change.chat.members.has(userId)) return undefined;
      return { name: 'draft', data: { chatId: change.chat.id, draft: draftView(world, change.chat) } };
    }
    case 'answer': {
      if (change.answer.userId !== userId) return undefined;
      const { callbackQueryId, text, showAlert, url } = change.answer;
      return { name: 'answer', data: { callbackQueryId, text, showAlert, url } };
    }
    case 'commands':
    case 'profile':
      return { name: change.kind, data: {} };
    case 'call':
    case 'updates':
    case 'inline':
      return undefined;
    default:
      return change satisfies never;
  }
};

/**
 * Sends a page everything that happens in the chats of these people as server-sent events, until it goes away.
 * @param closed ends the stream when the stand-in is closed
 */
export const streamEvents = (
  world: World,
  userIds: readonly number[],
  response: ServerResponse,
  closed: AbortSignal,
): void => {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  // A line at once, so that the page knows that it is connected and can fetch what it has missed.
  response.write('retry: 1000\n: hello\n\n');
  const unsubscribe = world.changes.subscribe((change) => {
    for (const userId of userIds) {
      const event = eventFor(world, change, userId);
      if (event) response.write(`event: ${event.name}\ndata: ${JSON.stringify({ userId, data: event.data })}\n\n`);
    }
  });
  const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS);
  const end = (): void => {
    response.end();
  };
  closed.addEventListener('abort', end);
  response.on('close', () => {
    clearInterval(heartbeat);
    unsubscribe();
    closed.removeEventListener('abort', end);
  });
};
