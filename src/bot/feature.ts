import type { CallbackQueryContext, CommandContext, Middleware, MiddlewareFn } from 'grammy';
import type { Who } from '../people/may.ts';
import type { BotDeps, Ctx } from './context.ts';

/** What everybody is told who may only look, whatever they try to change. */
export const LOOK_ONLY = 'You may look at all that is here, but change nothing. The bot’s owner can allow it.';

/** Whom a command or a button is for. */
export interface Rule {
  readonly who: Who;
  /**
   * What everybody else is told; who may only look is told so. The dispatcher says it, and the handler is not called; for askers
   * the handler does, which alone knows who asked for the model.
   */
  readonly refusal?: string;
}

/** A part of a command that fewer people may use than the rest of it, such as `edit` behind `/schedule`. */
export interface Part extends Rule {
  readonly refusal: string;
  /** What stands behind the command then. */
  readonly example: string;
}

/** How a command is used, as the page of all commands says it. */
export interface Usage {
  /** What stands behind its name, '' if nothing: `<…>` is needed, `[…]` may be left out, `|` is or, `…` goes on. */
  readonly form: string;
  /** What comes of it, in one line. */
  readonly does: string;
}

export interface Command extends Rule {
  readonly usage: Usage;
  /** Its line in /help, and its place there; Telegram's menu has the first dozen. A command without is not shown. */
  readonly menu?: { readonly position: number; readonly description: string };
  readonly parts?: Readonly<Record<string, Part>>;
  /** Other names for it. */
  readonly aliases?: readonly string[];
}

/** A button: its callback data is its name, an id, and perhaps a choice. */
export interface Action extends Rule {
  /** What stands behind its name instead, as a regular expression. */
  readonly data?: { readonly pattern: string; readonly example: string };
  /** What fewer people may do by it, which only the handler finds out. */
  readonly parts?: Readonly<Record<string, Rule>>;
}

/** A page of /help. */
export interface Topic {
  readonly name: string;
  /** The first line is its title. */
  readonly lines: readonly [title: string, ...rest: readonly string[]];
  /** Words that it tells of, besides the feature's commands. */
  readonly words: readonly string[];
}

/** Something that is done by no command and no button of a name. */
export interface Door extends Rule {
  /** What it is for, in a few words. */
  readonly does: string;
}

/** By what else a feature is reached; each that has a handler is declared. */
export interface Doors {
  /** What is written and must reach nothing else. */
  readonly first?: Door;
  /** What is written or sent without a command. */
  readonly messages?: Door;
  /** Buttons of its lists that change something, or all of them if none does. */
  readonly menu?: Door;
  /** Answers to what it asks. */
  readonly dialogue?: Door;
  readonly inline?: Door;
}

/** A button under /start that opens what a command alone opens. */
export interface Opener extends Rule {
  /** Its place, and what its callback data says. */
  readonly number: number;
  readonly label: string;
  readonly style?: 'primary';
}

export interface About {
  /** The part of the command that is meant. */
  readonly part?: string;
  /** Who asked for the model it is about. */
  readonly requestedBy?: number | null;
}

/** Whether the person of an update may do what a rule is about. */
export type Authority = (ctx: Ctx, rule: Rule, requestedBy?: number | null) => Promise<boolean>;

/** The same for the command or button that is being handled. */
export type May = (about?: About) => Promise<boolean>;

type OnCommand = (ctx: CommandContext<Ctx>, may: May) => Promise<void>;
type OnAction = (ctx: CallbackQueryContext<Ctx>, may: May) => Promise<void>;

/** What a feature does: one function for each command and each action that it declares. */
export interface Handlers<Commands extends string = string, Actions extends string = string> {
  readonly commands: Readonly<Record<Commands, OnCommand>>;
  readonly actions: Readonly<Record<Actions, OnAction>>;
  /** What its opener opens. */
  readonly open?: (ctx: Ctx) => Promise<void>;
  /** Behind the guard and before everything else: what must reach nothing but its feature. */
  readonly first?: MiddlewareFn<Ctx>;
  /** Stands before all commands: any of them leaves it. */
  readonly dialogue?: MiddlewareFn<Ctx>;
  /** Lists whose buttons the menu plugin draws and takes. */
  readonly menu?: MiddlewareFn<Ctx>;
  /** What is typed behind the bot's name, in any chat. For who may use the bot in a chat of their own. */
  readonly inline?: (ctx: Ctx) => Promise<void>;
  /** Of all else that is written, what this feature takes; by whom its door is for. */
  readonly messages?: MiddlewareFn<Ctx>;
  /** What no feature has taken. */
  readonly rest?: MiddlewareFn<Ctx>;
  /** Before anybody is asked who they are: what Telegram tells about chats, and what strangers may say. */
  readonly beforeGuard?: Middleware<Ctx>;
}

/** What all features together offer, in order. */
export interface Overview {
  readonly commands: readonly MenuCommand[];
  /** Further commands that only owners have. */
  readonly ownerCommands: readonly MenuCommand[];
  /** The names of those that `commands` has not, by whom they are for. */
  readonly otherCommands: { readonly all: readonly string[]; readonly owner: readonly string[] };
  /** What is for those who may only look: of `commands`, and the names of further ones. */
  readonly toLook: { readonly commands: readonly MenuCommand[]; readonly others: readonly string[] };
  readonly topics: readonly (Topic & { readonly commands: readonly string[] })[];
  readonly openers: readonly Opener[];
}

export interface MenuCommand {
  readonly command: string;
  readonly description: string;
}

/** One thing the bot can do, whole: what it offers, to whom, and how. */
export interface Feature {
  readonly commands: Readonly<Record<string, Command>>;
  readonly actions: Readonly<Record<string, Action>>;
  readonly topic?: Topic;
  readonly opener?: Opener;
  readonly doors?: Doors;
  readonly build: (deps: FeatureDeps) => Handlers;
}

/** What features are made of; each takes the part it needs. */
export interface FeatureDeps extends BotDeps {
  readonly authority: Authority;
  readonly overview: Overview;
}

/** A feature with a handler for each thing that it declares, and for nothing else. */
export const defineFeature = <Commands extends string, Actions extends string>(
  feature: Omit<Feature, 'commands' | 'actions' | 'build'> & {
    readonly commands: Readonly<Record<Commands, Command>>;
    readonly actions: Readonly<Record<Actions, Action>>;
    readonly build: (deps: FeatureDeps) => Handlers<NoInfer<Commands>, NoInfer<Actions>>;
  },
): Feature => feature;
