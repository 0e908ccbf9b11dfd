import type { ErrorCode } from '../domain/errors.ts';
import type { Way } from '../domain/activity/activity.ts';

/** What an update comes to, as far as its handlers have found out; the activity log has it then. */
export interface Noted {
  /** The word of the command or button, or a feature's own. */
  readonly action: string;
  readonly by: Way;
  /** As it was written, or stood on a button. */
  said?: string;
  /** The model it is about. */
  model?: { readonly id: number; readonly name: string };
  /** Nothing was changed, and its person may not do it. */
  isRefused?: boolean;
  /** Behind a menu: it has changed something. */
  isDeed?: boolean;
  /** It could not be done; `fault` if the reason is ours. */
  error?: ErrorCode | 'fault';
}

/** What every context of an update has besides what grammY gives. */
export interface Noting {
  noted?: Noted;
}

/** A menu's buttons have no names of their own: most only turn pages, and one that changes something says so. */
export const noteDeed = (ctx: Noting, label: string): void => {
  if (ctx.noted) Object.assign(ctx.noted, { isDeed: true, said: label });
};

/** That what an update is about may not be done by its person. */
export const noteNotAllowed = (ctx: Noting): void => {
  if (ctx.noted) ctx.noted.isRefused = true;
};

/** That it cannot be done as things are: nobody has misunderstood anything. */
export const noteNotPossible = (ctx: Noting): void => {
  if (ctx.noted) ctx.noted.error ??= 'operational';
};

/** Which model it is about, by the name it has now. */
export const noteModel = (ctx: Noting, id: number, name: string): void => {
  if (ctx.noted) ctx.noted.model = { id, name };
};
