import { type Api, GrammyError } from 'grammy';
import type { BotCommand } from 'grammy/types';
import type { Log } from '../lib/log.ts';
import type { Store } from '../store/store.ts';
import { COMMANDS, OWNER_COMMANDS, text } from './help/text.ts';

/** Where a menu is shown: in groups without the commands that have their place in a private chat only. */
const menuFor = (place: 'private' | 'group'): BotCommand[] =>
  COMMANDS.filter(({ only = place }) => only === place).map(({ command, description }) => ({
    command,
    description,
  }));

/** Tells Telegram the menu of an owner's private chat. One who has not opened that chat yet gets it at the next start. */
export const registerOwner = async (api: Api, ownerId: number): Promise<void> => {
  try {
    await api.setMyCommands([...menuFor('private'), ...OWNER_COMMANDS], { scope: { type: 'chat', chat_id: ownerId } });
  } catch (error) {
    if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
  }
};

/**
 * Tells Telegram the command menus: of private chats, of groups, and the owners' own. A menu only shows; who may do what
 * is checked at each command.
 */
export const registerCommands = async (api: Api, store: Store): Promise<void> => {
  await api.setMyCommands(menuFor('private'), { scope: { type: 'default' } });
  await api.setMyCommands(menuFor('private'), { scope: { type: 'all_private_chats' } });
  await api.setMyCommands(menuFor('group'), { scope: { type: 'all_group_chats' } });
  for (const owner of store.users.owners()) await registerOwner(api, owner.userId);
};

/**
 * Tells Telegram what the bot says of itself: on the first screen of a chat, and on its profile. Only what differs is
 * written, since these calls are few a day; and a bot without it is a bot all the same.
 */
export const introduce = async (api: Api, log: Log): Promise<void> => {
  try {
    const { description } = await api.getMyDescription();
    if (description !== text.description) await api.setMyDescription(text.description);
    const { short_description: about } = await api.getMyShortDescription();
    if (about !== text.about) await api.setMyShortDescription(text.about);
  } catch (error) {
    log.warn({ err: error }, 'Telegram did not take what the bot says of itself');
  }
};
