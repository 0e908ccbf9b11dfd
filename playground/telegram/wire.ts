/** The JSON of the Bot API as far as the stand-in speaks it. Own types: the playground knows no bot framework. */

export interface UserJson {
  readonly id: number;
  readonly is_bot: boolean;
  readonly first_name: string;
  readonly last_name?: string;
  readonly username?: string;
  readonly language_code?: string;
}

export type ChatType = 'private' | 'group' | 'supergroup';

export interface ChatJson {
  readonly id: number;
  readonly title?: string;
  readonly first_name?: string;
  readonly last_name?: string;
  readonly username?: string;
  readonly is_forum?: true;
  readonly type: ChatType;
  readonly all_members_are_administrators?: boolean;
}

/** Offsets and lengths count UTF-16 units, as JavaScript strings do. */
export interface EntityJson {
  readonly offset: number;
  readonly length: number;
  readonly type: string;
  readonly url?: string;
  readonly user?: UserJson;
  readonly language?: string;
  readonly custom_emoji_id?: string;
  readonly unix_time?: number;
  readonly date_time_format?: string;
}

export interface ButtonJson {
  readonly text: string;
  readonly style?: string;
  readonly url?: string;
  readonly callback_data?: string;
  readonly copy_text?: { readonly text: string };
  readonly switch_inline_query?: string;
  readonly switch_inline_query_current_chat?: string;
  readonly disabled?: object;
}

export interface InlineKeyboardJson {
  readonly inline_keyboard: readonly (readonly ButtonJson[])[];
}

export interface FileJson {
  readonly file_id: string;
  readonly file_unique_id: string;
  readonly file_size: number;
}

export interface DocumentJson extends FileJson {
  readonly file_name?: string;
  readonly mime_type?: string;
}

/** What a message can hold besides documents and photos. */
export const MEDIA_KINDS = ['audio', 'video', 'voice', 'video_note', 'animation', 'sticker'] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

/** What can be seen or played; each kind has some of it. */
export interface MediaJson extends DocumentJson {
  /** Seconds. */
  readonly duration?: number;
  readonly title?: string;
  readonly performer?: string;
}

export interface PhotoSizeJson extends FileJson {
  readonly width: number;
  readonly height: number;
}

export interface MessageJson {
  readonly message_id: number;
  readonly from?: UserJson;
  readonly sender_chat?: ChatJson;
  readonly chat: ChatJson;
  readonly date: number;
  readonly edit_date?: number;
  readonly message_thread_id?: number;
  readonly reply_to_message?: MessageJson;
  readonly text?: string;
  readonly entities?: readonly EntityJson[];
  readonly link_preview_options?: object;
  readonly document?: DocumentJson;
  readonly photo?: readonly PhotoSizeJson[];
  readonly audio?: MediaJson;
  readonly video?: MediaJson;
  readonly voice?: MediaJson;
  readonly video_note?: MediaJson;
  readonly animation?: MediaJson;
  readonly sticker?: MediaJson;
  /** Messages that were sent together. */
  readonly media_group_id?: string;
  readonly caption?: string;
  readonly caption_entities?: readonly EntityJson[];
  readonly show_caption_above_media?: true;
  readonly new_chat_members?: readonly UserJson[];
  readonly left_chat_member?: UserJson;
  readonly migrate_to_chat_id?: number;
  readonly migrate_from_chat_id?: number;
  readonly pinned_message?: MessageJson;
  readonly forum_topic_created?: { readonly name?: string };
  readonly group_chat_created?: true;
  readonly via_bot?: UserJson;
  readonly reply_markup?: InlineKeyboardJson;
  readonly is_topic_message?: true;
}

/** One text a message has shown; `at` is epoch ms. A document's text is its caption. */
export interface ShownText {
  readonly text: string;
  readonly at: number;
}

export interface ReactionJson {
  readonly type?: string;
  readonly emoji?: string;
}

/** A message as a person sees it, and what only the stand-in knows about it. */
export interface SimMessage extends MessageJson {
  /** Sent with `disable_notification`. */
  readonly silent: boolean;
  readonly deleted: boolean;
  /** How often it was edited. */
  readonly edits: number;
  /** Every text it has shown: first as sent, last the current one. */
  readonly history: readonly ShownText[];
  /** Keyboard below the input field, or a forced reply, if it asked for one. */
  readonly input_markup?: { readonly force_reply?: boolean };
  readonly reactions?: readonly ReactionJson[];
}

export interface CommandJson {
  readonly command: string;
  readonly description: string;
}

export interface UpdateJson {
  readonly update_id: number;
  readonly [kind: string]: unknown;
}
