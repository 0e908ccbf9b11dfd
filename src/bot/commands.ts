import { type Api, GrammyError } from 'grammy';
import type { Store } from '../store/store.ts';
import type { MenuCommand, Overview } from './feature.ts';

/** A menu of more is a list that nobody reads; /help tells the rest. */
const MENU_MOST = 12;

/** Of what is for everybody, what people use every week. */
const menuOf = ({ commands }: Overview): readonly MenuCommand[] => commands.slice(0, MENU_MOST);

/**
 * Tells Telegram the menu of the private chat of somebody who owns the bot, or does so no more. An owner who has not opened that
 * chat yet gets it at the next start.
 */
export const registerMenuOf = async (api: Api, overview: Overview, userId: number, isOwner: boolean): Promise<void> => {
  try {
    const scope = { type: 'chat', chat_id: userId } as const;
    await api.setMyCommands([...menuOf(overview), ...(isOwner ? overview.ownerCommands : [])], { scope });
  } catch (error) {
    if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
  }
};

/**
 * Tells Telegram the command menus: of everybody, and the owners' own. A menu only shows; who may do what is checked at each
 * command.
 */
export const registerCommands = async (api: Api, overview: Overview, store: Store): Promise<void> => {
  for (const type of ['default', 'all_private_chats', 'all_group_chats'] as const) {
    await api.setMyCommands(menuOf(overview), { scope: { type } });
  }
  for (const owner of store.users.owners()) await registerMenuOf(api, overview, owner.userId, true);
};
