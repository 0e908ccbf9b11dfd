import { createHash } from 'node:crypto';
import type { Log } from '../../lib/log.ts';
import type { Store } from '../../store/store.ts';

/** The machine's own token of the Hub, which its owners look after. */
export interface MachineToken {
  /** The Hub has said whether it accepts it. Owners are told once that it does not; another token is another cause. Never throws. */
  readonly heard: (isRefused: boolean) => void;
  /** To be called at a start: what waits for a token is looked at now, if there is one of which nothing bad is known. Never throws. */
  readonly start: () => void;
}

export interface MachineTokenDeps {
  readonly store: Store;
  readonly token: string | undefined;
  readonly log: Log;
}

/** Tells one token from another, and nothing of what it is. */
const fingerprintOf = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 16);

/** @returns what has to be told of this token; without one, nothing ever is */
export const createMachineToken = ({ store, token, log }: MachineTokenDeps): MachineToken => {
  const fingerprint = token === undefined ? undefined : fingerprintOf(token);
  const { tokenRefusals, outbox, users } = store;
  const note = (isRefused: boolean): void => {
    if (!isRefused || fingerprint === undefined) {
      if (tokenRefusals.forgetRefusals()) store.accessLooks.hastenUnauthorized();
    } else if (tokenRefusals.noteRefusal(fingerprint)) {
      for (const { userId } of users.owners()) outbox.addNotice({ kind: 'hub_token_refused', chatId: userId });
    }
  };
  return {
    heard: (isRefused) => {
      try {
        store.atomically(() => note(isRefused));
      } catch (error) {
        // The next answer says it again.
        log.error({ err: error }, 'What the Hub says of its token could not be written down');
      }
    },
    start: () => {
      const isGood = fingerprint !== undefined && !tokenRefusals.isTokenRefused(fingerprint);
      try {
        if (isGood) store.accessLooks.hastenUnauthorized();
      } catch (error) {
        // On a full disk the bot starts all the same; each is looked at when its own time has come.
        log.error({ err: error }, 'What waits for a token could not be put before');
      }
    },
  };
};
