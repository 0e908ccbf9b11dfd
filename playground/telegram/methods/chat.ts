import { readChat, readChatFor } from './access.ts';
import { badRequest } from '../api-error.ts';
import { codePoints } from '../text/code-points.ts';
import { addTopic } from '../world/groups.ts';
import { administrators, memberOf, setBotStatus } from '../world/members.ts';
import { chatJson } from '../world/messages.ts';
import type { Call, Methods } from './method.ts';
import type { Chat } from '../world/chat.ts';

const PERMISSIONS = {
  can_send_messages: true,
  can_send_audios: true,
  can_send_documents: true,
  can_send_photos: true,
  can_send_videos: true,
  can_send_video_notes: true,
  can_send_voice_notes: true,
  can_send_polls: true,
  can_send_other_messages: true,
  can_add_web_page_previews: true,
  can_change_info: true,
  can_invite_users: true,
  can_pin_messages: true,
  can_manage_topics: true,
};

/** A chat the bot may look into: one it was thrown out of is closed to it. */
const readOpenChat = ({ world, args }: Call): Chat =>
  readChat(world, args).type === 'private' ? readChat(world, args) : readChatFor(world, args, 'edit');

const getChat = (call: Call): unknown => {
  const chat = readOpenChat(call);
  return {
    ...chatJson(chat),
    ...(chat.type !== 'private' && { permissions: PERMISSIONS }),
    max_reaction_count: 11,
    accent_color_id: Math.abs(chat.id) % 7,
  };
};

const getChatMember = (call: Call): unknown => {
  const chat = readOpenChat(call);
  const userId = call.args.int('user_id');
  if (userId === undefined) throw badRequest('invalid user_id specified');
  const member = memberOf(call.world, chat, userId);
  if (!member) throw badRequest('user not found');
  return member;
};

const getChatAdministrators = (call: Call): unknown => {
  const chat = readOpenChat(call);
  if (chat.type === 'private') throw badRequest('there are no administrators in the private chat');
  return administrators(call.world, chat);
};

const getChatMemberCount = (call: Call): unknown => readOpenChat(call).members.size + 1;

const createForumTopic = (call: Call): unknown => {
  const { world, args } = call;
  const chat = readChatFor(world, args, 'write');
  const name = args.text('name') ?? '';
  if (!chat.isForum) throw badRequest('the chat is not a forum');
  if (chat.bot !== 'administrator') throw badRequest('not enough rights to create a topic');
  if (codePoints(name) < 1 || codePoints(name) > 128) throw badRequest('TOPIC_TITLE_EMPTY');
  return { message_thread_id: addTopic(call, chat, name, world.bot), name, icon_color: 7322096 };
};

const leaveChat = (call: Call): unknown => {
  const chat = readChatFor(call.world, call.args, 'edit');
  if (chat.type === 'private') throw badRequest("chat member status can't be changed in private chats");
  setBotStatus(call, chat, call.world.bot, 'left');
  return true;
};

export const chatMethods: Methods = {
  getChat,
  getChatMember,
  getChatAdministrators,
  getChatMemberCount,
  createForumTopic,
  leaveChat,
};
