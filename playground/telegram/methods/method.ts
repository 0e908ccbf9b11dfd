import type { Args } from '../http/arguments.ts';
import type { Callbacks } from '../world/callbacks.ts';
import type { Commands } from '../world/commands.ts';
import type { Files } from '../world/files.ts';
import type { InlineQueries } from '../world/inline.ts';
import type { Profile } from '../world/profile.ts';
import type { Updates } from '../updates/updates.ts';
import type { Webhook } from '../updates/webhook.ts';
import type { World } from '../world/world.ts';

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
