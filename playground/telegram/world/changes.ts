import type { InlineKeyboardJson } from '../wire.ts';
import type { Chat, Message } from './chat.ts';

/** What a bot answered to a pressed button. */
export interface CallbackAnswer {
  readonly callbackQueryId: string;
  readonly userId: number;
  readonly chatId: number;
  readonly messageId: number;
  readonly data: string;
  readonly text: string | undefined;
  readonly showAlert: boolean;
  readonly url: string | undefined;
  /** Epoch ms. */
  readonly at: number;
}

export type Change =
  | { readonly kind: 'message'; readonly chat: Chat; readonly message: Message }
  | { readonly kind: 'chat'; readonly chat: Chat }
  | { readonly kind: 'answer'; readonly answer: CallbackAnswer }
  | { readonly kind: 'action'; readonly chat: Chat; readonly action: string }
  | { readonly kind: 'draft'; readonly chat: Chat }
  | { readonly kind: 'commands' }
  | { readonly kind: 'profile' }
  | { readonly kind: 'inline' }
  | { readonly kind: 'call' }
  | { readonly kind: 'updates' };

export interface Changes {
  readonly emit: (change: Change) => void;
  /** @returns ends the subscription */
  readonly subscribe: (listener: (change: Change) => void) => () => void;
}

export const createChanges = (): Changes => {
  const listeners = new Set<(change: Change) => void>();
  return {
    emit: (change) => {
      for (const listener of listeners) listener(change);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

/** Buttons with callback data, as rows of labels: for messages to developers. */
export const describeKeyboard = (markup: InlineKeyboardJson | undefined): string =>
  (markup?.inline_keyboard ?? []).map((row) => row.map((button) => `[${button.text}]`).join(' ')).join(' / ');

export interface WaitOptions<T> {
  readonly evaluate: () => T | undefined | false | null;
  /** What is waited for, for the message when time is up. */
  readonly describe: string;
  readonly timeoutMs: number;
  /** Asked when time is up: what the world looks like. */
  readonly dump: () => string;
  readonly signal: AbortSignal;
}

/**
 * Resolves with the first value of `evaluate` that is not undefined, null or false. It is evaluated now and once after each
 * change; a throw counts as "not yet", so that it may look into messages that are still to come.
 * @returns rejects after `timeoutMs` with what the world looked like, and when the signal aborts
 */
export const waitForChange = <T>(changes: Changes, options: WaitOptions<T>): Promise<T> => {
  const { evaluate, describe, timeoutMs, dump, signal } = options;
  return new Promise<T>((resolve, reject) => {
    let scheduled = false;
    let failure: unknown;

    const end = (settle: () => void): void => {
      clearTimeout(timer);
      unsubscribe();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const look = (): void => {
      scheduled = false;
      try {
        const value = evaluate();
        failure = undefined;
        if (value !== undefined && value !== null && value !== false) end(() => resolve(value));
      } catch (error) {
        failure = error;
      }
    };
    const onAbort = (): void => end(() => reject(new Error(`The Bot API was closed while waiting.\n${dump()}`)));
    // Several changes in one turn (a message and its update) are looked at once.
    const unsubscribe = changes.subscribe(() => {
      if (scheduled) return;
      scheduled = true;
      queueMicrotask(look);
    });
    const timer = setTimeout(() => {
      const text = `Waited ${timeoutMs} ms for ${describe.slice(0, 400)}\n${dump()}`;
      end(() => reject(new Error(text, { cause: failure })));
    }, timeoutMs);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else look();
  });
};
