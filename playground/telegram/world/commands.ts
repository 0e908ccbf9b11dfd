import { badRequest } from '../api-error.ts';
import { codePoints } from '../text/code-points.ts';
import { checkLanguage } from './profile.ts';
import type { Chat } from './chat.ts';
import type { CommandJson } from '../wire.ts';

interface Scope {
  readonly type?: string;
  readonly chat_id?: number | string;
  readonly user_id?: number | string;
}

export interface Commands {
  readonly set: (scope: unknown, language: string, commands: unknown) => void;
  readonly get: (scope: unknown, language: string) => readonly CommandJson[];
  readonly drop: (scope: unknown, language: string) => void;
  /** What a person's menu shows in a chat: the most specific scope that has commands, its language variant before the bare one. */
  readonly shownTo: (chat: Chat, userId: number, language: string) => readonly CommandJson[];
}

const CHAT_SCOPES = new Set(['chat', 'chat_administrators', 'chat_member']);
const PLAIN_SCOPES = new Set(['default', 'all_private_chats', 'all_group_chats', 'all_chat_administrators']);

const scopeKey = (value: unknown): string => {
  if (value === undefined) return 'default';
  if (typeof value !== 'object' || value === null)
    throw badRequest("can't parse BotCommandScope: BotCommandScope must be an Object");
  const scope = value as Scope;
  const type = scope.type ?? 'default';
  if (PLAIN_SCOPES.has(type)) return type;
  if (!CHAT_SCOPES.has(type)) throw badRequest("can't parse BotCommandScope: unsupported type specified");
  if (scope.chat_id === undefined) throw badRequest('can\'t parse BotCommandScope: can\'t find field "chat_id"');
  return type === 'chat_member' ? `${type}:${scope.chat_id}:${scope.user_id}` : `${type}:${scope.chat_id}`;
};

const parseCommand = (value: unknown): CommandJson => {
  const { command, description } = (value ?? {}) as Partial<CommandJson>;
  if (typeof command !== 'string') throw badRequest('can\'t parse BotCommand: can\'t find field "command"');
  if (typeof description !== 'string') throw badRequest('can\'t parse BotCommand: can\'t find field "description"');
  const name = command.replace(/^\//, '');
  if (!/^[a-z0-9_]{1,32}$/.test(name)) throw badRequest('BOT_COMMAND_INVALID');
  const length = codePoints(description);
  if (length < 1 || length > 256) throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID');
  return { command: name, description };
};

export const createCommands = (changed: () => void): Commands => {
  const menus = new Map<string, readonly CommandJson[]>();
  const keyOf = (scope: unknown, language: string): string => `${scopeKey(scope)}|${checkLanguage(language)}`;

  const scopesFor = (chat: Chat, userId: number): string[] => {
    if (chat.type === 'private') return [`chat:${chat.id}`, 'all_private_chats', 'default'];
    const admin = chat.admins.has(userId);
    return [
      `chat_member:${chat.id}:${userId}`,
      ...(admin ? [`chat_administrators:${chat.id}`] : []),
      `chat:${chat.id}`,
      ...(admin ? ['all_chat_administrators'] : []),
      'all_group_chats',
      'default',
    ];
  };

  return {
    set: (scope, language, commands) => {
      if (!Array.isArray(commands)) throw badRequest("can't parse commands: expected an Array of BotCommand");
      if (commands.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH');
      menus.set(keyOf(scope, language), commands.map(parseCommand));
      changed();
    },
    get: (scope, language) => menus.get(keyOf(scope, language)) ?? [],
    drop: (scope, language) => {
      menus.delete(keyOf(scope, language));
      changed();
    },
    shownTo: (chat, userId, language) => {
      for (const scope of scopesFor(chat, userId)) {
        const menu = menus.get(`${scope}|${language}`) ?? menus.get(`${scope}|`);
        if (menu && menu.length > 0) return menu;
      }
      return [];
    },
  };
};
