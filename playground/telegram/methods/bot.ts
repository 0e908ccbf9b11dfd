import { readChat } from './access.ts';
import { createArgs } from '../http/arguments.ts';
import type { Call, Method, Methods } from './method.ts';
import type { ProfileField } from '../world/profile.ts';

const getMe = ({ world }: Call): unknown => ({
  ...world.bot,
  can_join_groups: true,
  can_read_all_group_messages: !world.privacyMode,
  supports_inline_queries: true,
  supports_guest_queries: false,
  can_connect_to_business: false,
  has_main_web_app: false,
  has_topics_enabled: false,
  allows_users_to_create_topics: false,
  can_manage_bots: false,
  supports_join_request_queries: false,
});

const language = ({ args }: Call): string => args.text('language_code') ?? '';

/** The scope of a menu; one for a chat needs a chat that the bot knows. */
const readScope = ({ world, args }: Call): unknown => {
  const scope = args.json('scope') as { chat_id?: unknown } | undefined;
  if (scope?.chat_id !== undefined) readChat(world, createArgs({ chat_id: scope.chat_id }));
  return scope;
};

const setMyCommands = (call: Call): unknown => {
  call.commands.set(readScope(call), language(call), call.args.json('commands'));
  return true;
};

const getMyCommands = (call: Call): unknown => call.commands.get(readScope(call), language(call));

const deleteMyCommands = (call: Call): unknown => {
  call.commands.drop(readScope(call), language(call));
  return true;
};

const setter =
  (field: ProfileField): Method =>
  (call) => {
    call.profile.set(field, language(call), call.args.text(field) ?? '');
    return true;
  };

const getter =
  (field: ProfileField): Method =>
  (call) => ({ [field]: call.profile.get(field, language(call)) });

/** Accepted, and without a consequence here: there is no server to leave, and no button to change. */
const accept: Method = () => true;

export const botMethods: Methods = {
  getMe,
  setMyCommands,
  getMyCommands,
  deleteMyCommands,
  setMyName: setter('name'),
  getMyName: getter('name'),
  setMyDescription: setter('description'),
  getMyDescription: getter('description'),
  setMyShortDescription: setter('short_description'),
  getMyShortDescription: getter('short_description'),
  setChatMenuButton: accept,
  getChatMenuButton: () => ({ type: 'commands' }),
  logOut: accept,
  close: accept,
};
