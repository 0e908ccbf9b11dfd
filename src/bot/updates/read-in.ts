import type { Transformer } from 'grammy';
import type { ApiResponse, Update } from 'grammy/types';
import type { Log } from '../../lib/log.ts';
import type { Store } from '../../store/store.ts';
import type { PersonalTokens } from '../../people/tokens/personal-tokens.ts';
import { hideAddresses } from './hidden-addresses.ts';
import { hideTokens } from './hidden-tokens.ts';
import type { Inbox } from './inbox/inbox.ts';
import { asFarAs } from './polling.ts';
import { isReadable } from './shape.ts';

interface ReadInDeps {
  readonly store: Pick<Store, 'flushed'>;
  readonly tokens: Pick<PersonalTokens, 'seal' | 'sealAddress'>;
  readonly log: Log;
}

/** How updates come from Telegram into the inbox. */
export interface ReadIn {
  /** Takes in what is polled, before the next poll confirms it. */
  readonly polled: Transformer;
  /** Takes in what Telegram brings. @returns whether it may forget it: then no power cut takes it away either */
  readonly brought: (update: unknown) => Promise<boolean>;
}

/** @param onPolled a poll was completed */
export const createReadIn = (
  { store, tokens, log }: ReadInDeps,
  inbox: Pick<Inbox, 'take' | 'offer'>,
  onPolled: () => void,
): ReadIn => {
  /** Telegram is told to forget what nothing here can read too, or it would come again for ever. */
  const isTaken = (update: unknown): update is Update => {
    if (isReadable(update)) return true;
    const { update_id: id } = Object(update) as Partial<Update>;
    log.warn({ update: id }, 'An update is left out: it is none that I asked for');
    return false;
  };
  const read = (given: readonly unknown[]): Update[] =>
    given.filter(isTaken).map((update) => hideTokens(hideAddresses(update, tokens.sealAddress), tokens, log));

  return {
    polled: async (call, method, payload, signal) => {
      if (method !== 'getUpdates') return call(method, payload, signal);
      const ask = async (given: typeof payload): Promise<Awaited<ReturnType<typeof call>>> => {
        const polled = await call(method, given, signal);
        onPolled();
        return polled;
      };
      let polled = await ask(payload);
      const updates = (): Update[] => (polled.ok ? read(polled.result as Update[]) : []);
      // Before the next poll confirms them to Telegram; until then the same may be asked for again and again.
      await inbox.take(updates(), async () => {
        const since = await ask({ ...payload, timeout: 0 });
        if (since.ok) polled = since;
        return updates();
      });
      return asFarAs(polled as ApiResponse<Update[]>) as typeof polled;
    },
    brought: async (update) => {
      if (!read([update]).every(inbox.offer)) return false;
      await store.flushed();
      return true;
    },
  };
};
