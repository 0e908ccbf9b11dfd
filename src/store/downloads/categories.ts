import type { ChatCategory } from '../../domain/category.ts';
import { rowMapper } from '../database/row.ts';
import { assignments, type Sql } from '../database/sql.ts';

/** What a chat says of a category; null: as for all chats. */
type Look = { readonly [Key in 'icon' | 'description' | 'displayOrder']?: ChatCategory[Key] | null };

/** The categories of a chat: those that all have, as this one wants them to look, and its own. */
export interface Categories {
  /** In the chat's order. */
  readonly listCategories: (chatId: number) => ChatCategory[];
  /** Makes it, or changes how it looks. @throws AppError constraint: an icon or a description that is too long */
  readonly putCategory: (chatId: number, name: string, look: Look) => void;
  /** A chat's own one gets another name, and its models with it. @throws AppError integrity: the chat has that one already */
  readonly renameCategory: (chatId: number, from: string, to: string) => void;
  /** A chat's own one goes, and its models get another. @returns how many did */
  readonly removeCategory: (chatId: number, name: string, instead: string) => number;
}

const LIST = `SELECT categories.id, categories.name, coalesce(said.icon, categories.icon) AS icon,
    coalesce(said.description, categories.description) AS description,
    coalesce(said.display_order, categories.display_order) AS display_order, own
  FROM categories LEFT JOIN chat_categories AS said ON said.name = categories.name AND said.chat_id = :chatId
  WHERE own = 0 OR said.chat_id IS NOT NULL
  ORDER BY display_order, own, categories.name COLLATE NOCASE`;

/** Behind those that all have. */
const OWN_ORDER = 100;

const toCategory = rowMapper<ChatCategory>({ booleans: ['own'] });

/** The rows of categories. */
export const createCategories = (sql: Sql): Categories => {
  const makeName = (name: string): void => {
    sql.run('INSERT INTO categories (name, own, display_order) VALUES (?, 1, ?) ON CONFLICT DO NOTHING', [
      name,
      OWN_ORDER,
    ]);
  };
  /** The name goes with the last chat that has it. */
  const dropName = (name: string): void => {
    sql.run(
      `DELETE FROM categories WHERE name = :name AND own = 1
         AND NOT EXISTS (SELECT 1 FROM chat_categories WHERE chat_categories.name = :name)`,
      { name },
    );
  };
  const moveModels = (chatId: number, from: string, to: string): number =>
    sql.run('UPDATE models SET category = ? WHERE chat_id = ? AND category = ?', [to, chatId, from]).changes;
  /** What models get when they are added: of the chat, and of its person where it is a private one. */
  const moveDefaults = (chatId: number, from: string, to: string | undefined): void => {
    const named = "chat_id = ? AND key = 'default_category' AND value = ?";
    if (to === undefined) sql.run(`DELETE FROM chat_settings WHERE ${named}`, [chatId, from]);
    else sql.run(`UPDATE chat_settings SET value = ? WHERE ${named}`, [to, chatId, from]);
    sql.run('UPDATE user_preferences SET default_category = ? WHERE user_id = ? AND default_category = ?', [
      to ?? null,
      chatId,
      from,
    ]);
  };
  return {
    listCategories: (chatId) => sql.all(LIST, toCategory, { chatId }),
    putCategory: (chatId, name, look) =>
      sql.atomically(() => {
        makeName(name);
        sql.run('INSERT INTO chat_categories (chat_id, name) VALUES (?, ?) ON CONFLICT DO NOTHING', [chatId, name]);
        const set = assignments(look);
        if (set.values.length > 0)
          sql.run(`UPDATE chat_categories SET ${set.text} WHERE chat_id = ? AND name = ?`, [
            ...set.values,
            chatId,
            name,
          ]);
      }),
    renameCategory: (chatId, from, to) =>
      sql.atomically(() => {
        makeName(to);
        sql.run('UPDATE chat_categories SET name = ? WHERE chat_id = ? AND name = ?', [to, chatId, from]);
        moveModels(chatId, from, to);
        moveDefaults(chatId, from, to);
        dropName(from);
      }),
    removeCategory: (chatId, name, instead) =>
      sql.atomically(() => {
        const moved = moveModels(chatId, name, instead);
        moveDefaults(chatId, name, undefined);
        sql.run('DELETE FROM chat_categories WHERE chat_id = ? AND name = ?', [chatId, name]);
        dropName(name);
        return moved;
      }),
  };
};
