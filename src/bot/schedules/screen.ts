import type { FormattedString } from '@grammyjs/parse-mode';
import type { ScheduleConfiguration } from '../../domain/schedule/schedule.ts';
import { scheduleIn } from '../../library/schedules/schedules.ts';
import type { BotDeps } from '../context.ts';
import type { View } from './view.ts';

/** What a page of the menu is made from. */
export interface Screen {
  readonly deps: BotDeps;
  readonly view: View;
  readonly chatId: number;
  /** Of the update that it is made for. */
  readonly updateId: number;
  /** IANA. */
  readonly timezone: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The schedule a page is about, if it is one of this chat: its number comes with the button, which anybody can make up. */
export const scheduleOn = ({ deps, view, chatId }: Screen): ScheduleConfiguration | undefined =>
  typeof view.subject === 'number' ? scheduleIn(deps.store, chatId, view.subject) : undefined;

/** What a tap leads to. */
export interface Outcome {
  readonly view: View;
  /** Said in the answer to the tap, above the chat. */
  readonly said?: string;
}

/** What has to be typed. */
export type Question = 'name' | 'cron' | 'city';

/** A button. `to` only leads on; `act` changes something, and `ask` begins a dialogue. All but looks need the authority. */
export type Tap =
  | { readonly label: string; readonly to: View }
  | { readonly label: string; readonly act: () => Outcome | Promise<Outcome> }
  | { readonly label: string; readonly ask: Question };

export interface Page {
  readonly text: (screen: Screen) => FormattedString;
  /** Rows of buttons. */
  readonly rows: (screen: Screen) => readonly (readonly Tap[])[];
}

/** Cuts a list of buttons into rows. */
export const inRows = (taps: readonly Tap[], width: number): (readonly Tap[])[] =>
  Array.from({ length: Math.ceil(taps.length / width) }, (_, row) => taps.slice(row * width, (row + 1) * width));
