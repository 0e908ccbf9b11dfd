import type { Transformer } from 'grammy';
import type { Clock } from '../../lib/clock.ts';
import { TOO_MANY_REQUESTS } from './too-many-requests.ts';

/** One call to Telegram, for who counts them. */
export interface TelegramCall {
  readonly method: string;
  readonly outcome: 'ok' | 'refused' | 'too_many_requests' | 'server_error' | 'no_answer';
  readonly durationMs: number;
}

export interface CountCallsDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Must not throw. */
  readonly onCall?: ((call: TelegramCall) => void) | undefined;
}

const outcomeOf = (answer: { readonly ok: boolean; readonly error_code?: number }): TelegramCall['outcome'] => {
  if (answer.ok) return 'ok';
  if (answer.error_code === TOO_MANY_REQUESTS) return 'too_many_requests';
  return (answer.error_code ?? 0) >= 500 ? 'server_error' : 'refused';
};

/** To be installed first, so that it stands next to Telegram: every try is a call, and no wait for a turn is part of it. */
export const countCalls =
  ({ clock, onCall = () => undefined }: CountCallsDeps): Transformer =>
  async (call, method, payload, signal) => {
    const beganAt = clock.monotonic();
    const tell = (outcome: TelegramCall['outcome']): void =>
      onCall({ method, outcome, durationMs: clock.monotonic() - beganAt });
    try {
      const answer = await call(method, payload, signal);
      tell(outcomeOf(answer));
      return answer;
    } catch (error) {
      // What was broken off because the program ends says nothing of Telegram.
      if (signal?.aborted !== true) tell('no_answer');
      throw error;
    }
  };
