import type { Args } from './arguments.ts';
import type { Callbacks } from './callbacks.ts';
import type { Commands } from './commands.ts';
import type { Files } from './files.ts';
import type { InlineQueries } from './inline.ts';
import type { Profile } from './profile.ts';
import type { Updates } from './updates.ts';
import type { Webhook } from './webhook.ts';
import type { World } from './world.ts';

/** The parts of the stand-in that methods work on. */
export interface Parts {
  readonly world: World;
  readonly updates: Updates;
  readonly callbacks: Callbacks;
  readonly commands: Commands;
  readonly files: Files;
  readonly inline: InlineQueries;
  readonly profile: Profile;
  readonly webhook: Webhook;
}

export interface Call extends Parts {
  readonly args: Args;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** A result that brings a description of its own, like deleteWebhook's. */
export interface Described {
  readonly result: unknown;
  readonly description: string;
}

export const isDescribed = (value: unknown): value is Described =>
  typeof value === 'object' && value !== null && 'description' in value && 'result' in value;

/** One method of the Bot API: gives its `result`, or throws ApiError. */
export type Method = (call: Call) => unknown;

/** Methods by their names as documented. */
export type Methods = Readonly<Record<string, Method>>;
