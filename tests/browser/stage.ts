import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/lib/log.ts';
import { startPlayground } from '../../playground/playground.ts';

export const ANN = 1001;
export const BOB = 1002;
export const GROUP = -1_001_700_000_004;

interface Sent {
  readonly message_id: number;
}

interface Update {
  readonly update_id: number;
  readonly message?: {
    readonly message_id: number;
    readonly text?: string;
    readonly caption?: string;
    readonly chat: { readonly id: number };
    readonly document?: { readonly file_name: string; readonly file_id: string };
    readonly reply_to_message?: Sent;
    readonly media_group_id?: string;
  };
  readonly callback_query?: { readonly id: string; readonly data: string };
  readonly inline_query?: { readonly id: string; readonly query: string };
}

/** A bot that does what the test says, over the same HTTP as a real one. */
interface ScriptedBot {
  readonly call: <T = unknown>(method: string, payload: object) => Promise<T>;
  readonly send: (chatId: number, text: string, more?: object) => Promise<number>;
  readonly edit: (chatId: number, messageId: number, text: string, more?: object) => Promise<void>;
  /** The next update that fits; those before it are forgotten. */
  readonly next: <T>(pick: (update: Update) => T | undefined) => Promise<T>;
}

const createBot = (apiRoot: string, token: string): ScriptedBot => {
  let offset = 0;
  const call = async <T>(method: string, payload: object): Promise<T> => {
    const response = await fetch(`${apiRoot}/bot${token}/${method}`, {
      method: 'POST',
      ...(payload instanceof FormData
        ? { body: payload }
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(payload) }),
    });
    const answer = (await response.json()) as { ok: boolean; result: T; description?: string };
    if (!answer.ok) throw new Error(`${method}: ${answer.description}`);
    return answer.result;
  };
  return {
    call,
    send: async (chatId, text, more = {}) =>
      (await call<Sent>('sendMessage', { chat_id: chatId, text, ...more })).message_id,
    edit: async (chatId, messageId, text, more = {}) => {
      await call('editMessageText', { chat_id: chatId, message_id: messageId, text, ...more });
    },
    next: async (pick) => {
      for (;;) {
        const updates = await call<Update[]>('getUpdates', { offset, timeout: 50, limit: 1 });
        const update = updates[0];
        if (!update) throw new Error('No such update came within 50 s');
        offset = update.update_id + 1;
        const picked = pick(update);
        if (picked !== undefined) return picked;
      }
    },
  };
};

export interface Stage {
  readonly url: string;
  readonly bot: ScriptedBot;
  /** A person writes, without the page. */
  readonly say: (userId: number, chatId: number, text: string) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** The playground, with a scripted bot. */
export const openStage = async (): Promise<Stage> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hubgram-stage-'));
  const playground = await startPlayground({ port: 0, dataDir, log: silentLog });
  return {
    url: playground.url,
    bot: createBot(playground.apiRoot, playground.token),
    say: async (userId, chatId, text) => {
      const response = await fetch(`${playground.url}/sim/send`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-playground': '1' },
        body: JSON.stringify({ userId, chatId, text }),
      });
      const { message } = (await response.json()) as { message: Sent };
      return message.message_id;
    },
    close: async () => {
      await playground.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};
