import type { Transformer } from 'grammy';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';

const chatOf = (payload: object): unknown => ('chat_id' in payload ? payload.chat_id : undefined);

const messageOf = (result: unknown): unknown =>
  typeof result === 'object' && result !== null && 'message_id' in result ? result.message_id : undefined;

/** Tells the log, for whoever looks closely, what Telegram was asked and what came of it; nothing of what was said. */
export const loggedCalls =
  (log: Pick<Log, 'debug'>, clock: Pick<Clock, 'monotonic'>): Transformer =>
  async (call, method, payload, signal) => {
    if (method === 'getUpdates') return call(method, payload, signal);
    const startedAt = clock.monotonic();
    const answer = await call(method, payload, signal);
    const tookMs = clock.monotonic() - startedAt;
    const came = answer.ok ? { message: messageOf(answer.result) } : { code: answer.error_code };
    log.debug({ method, chat: chatOf(payload), ...came, tookMs }, 'Telegram was asked');
    return answer;
  };
