import type { ChatType, CommandJson, SimMessage } from './wire.ts';

/** The JSON between the stand-in and the chat page: types only, and no import of anything else, since a browser's code is checked by them too. */

/** What the page says about where its models come from. */
export interface About {
  readonly hub: 'sample' | 'real';
  readonly hubUrl: string;
  readonly botUsername: string;
  readonly ownerId: number;
}

/** A message without its past: pages need the present only, and a card edited all night has a long past. */
export type PageMessage = Omit<SimMessage, 'history'>;

export interface PersonView {
  readonly id: number;
  readonly firstName: string;
  readonly lastName?: string | undefined;
  readonly username?: string | undefined;
  readonly languageCode?: string | undefined;
}

export interface BotView {
  readonly id: number;
  readonly username: string;
  readonly firstName: string;
  readonly description: string;
}

/** A chat as one of its people sees it. */
export interface ChatView {
  readonly id: number;
  readonly type: ChatType;
  readonly title: string;
  readonly unread: number;
  readonly lastMessage?: PageMessage | undefined;
  readonly memberIds: readonly number[];
  readonly isForum: boolean;
  readonly topics: readonly { readonly id: number; readonly name: string }[];
  /** The person has blocked the bot (private chats). */
  readonly blocked: boolean;
  readonly botStatus: string;
  readonly migratedTo?: number | undefined;
  readonly pinned: readonly number[];
}

/** What one person sees: the bot, everybody there is, the person's chats. */
export interface PageState {
  readonly bot: BotView;
  readonly me: PersonView;
  readonly users: readonly PersonView[];
  readonly chats: readonly ChatView[];
}

/** What the bot answered to a pressed button. */
export interface AnswerView {
  readonly callbackQueryId: string;
  readonly text?: string | undefined;
  readonly showAlert: boolean;
  readonly url?: string | undefined;
}

/** One of what the bot has found for an inline query. */
export interface InlineResultView {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** What the bot answered to an inline query. */
export interface InlineAnswerView {
  readonly queryId: string;
  readonly results: readonly InlineResultView[];
  /** Opens the private chat with the bot, which is sent this with /start. */
  readonly button?: { readonly text: string; readonly startParameter: string } | undefined;
}

/** What the bot is writing. */
export interface DraftView {
  readonly id: number;
  readonly text: string;
  readonly canStop: boolean;
  /** For how long it still stands there, unless it is told again. */
  readonly leftMs: number;
}

/** What happens in a person's chats, by the names of the server-sent events. */
export interface PageEvents {
  readonly message: { readonly chatId: number; readonly message: PageMessage };
  readonly chat: { readonly chat: ChatView };
  readonly answer: AnswerView;
  readonly action: { readonly chatId: number; readonly action: string };
  readonly draft: { readonly chatId: number; readonly draft: DraftView | null };
  readonly commands: Readonly<Record<string, never>>;
  readonly profile: Readonly<Record<string, never>>;
}

/** What stands in a server-sent event of this name: whose chats it is about, and what happens there. */
export interface Told<Name extends keyof PageEvents> {
  readonly userId: number;
  readonly data: PageEvents[Name];
}

export type PageEvent = {
  readonly [Name in keyof PageEvents]: { readonly name: Name; readonly data: PageEvents[Name] };
}[keyof PageEvents];

/** What each path under `/sim/` answers. */
export interface PageAnswers {
  readonly about: About;
  readonly state: PageState;
  readonly messages: { readonly messages: readonly PageMessage[]; readonly draft: DraftView | null };
  readonly commands: { readonly commands: readonly CommandJson[] };
  readonly send: { readonly message: PageMessage };
  readonly press: { readonly callbackQueryId: string };
  readonly stop: Readonly<Record<string, never>>;
  readonly inline: InlineAnswerView;
  readonly pick: { readonly message: PageMessage };
  readonly upload: { readonly message: PageMessage };
  readonly block: Readonly<Record<string, never>>;
  readonly delete: Readonly<Record<string, never>>;
  readonly read: Readonly<Record<string, never>>;
}
