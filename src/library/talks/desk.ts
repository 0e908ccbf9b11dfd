import type { LoadLock } from '../../checks/loads/load-lock.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Store } from '../../store/store.ts';
import type { Opened, OpeningDeps } from './opening.ts';

/** How far a turn is that has not come to anything yet. */
export type Live =
  /** @param ahead how many talks are before it, the one that goes on included */
  | { readonly phase: 'waiting'; readonly ahead: number }
  /** A check loads a model now: there is room for one. */
  | { readonly phase: 'checked' }
  | { readonly phase: 'opening' }
  /** All that was written so far; '' before the first of it. */
  | { readonly phase: 'writing'; readonly text: string };

export interface TalkDeskDeps extends Omit<OpeningDeps, 'store'> {
  readonly store: Store;
  /** Shared with checks, which load models too. */
  readonly loadLock: LoadLock;
  /** Whether the owner lets people talk to models. */
  readonly isOn: () => boolean;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
}

/** The model that is open, and for whom. */
export interface Held extends Opened {
  readonly talkId: number;
  readonly release: () => void;
  /** Opened anew since the talk began: what was said before it does not know. */
  isAnew: boolean;
  /** Of two texts that are compared. */
  first: string | undefined;
}

interface Current {
  readonly turnId: number;
  readonly talkId: number;
  readonly stop: AbortController;
  live: Live;
  /** The file that was opened for it. */
  path?: string;
}

/** What is open and worked on now, beside the rows. */
export interface Desk extends TalkDeskDeps {
  readonly ending: AbortController;
  held: Held | undefined;
  /** What is worked on, and what ends it. */
  current: Current | undefined;
  /** When something was last said in the open talk, or it was opened. */
  quietSince: number;
  openSince: number;
  /** Since when others wait; undefined: nobody does. */
  waitedForSince: number | undefined;
}

/** Ends the process of the model that is open. */
export const letGo = (desk: Desk): void => {
  const { held } = desk;
  desk.held = undefined;
  held?.model.close();
  held?.release();
};
