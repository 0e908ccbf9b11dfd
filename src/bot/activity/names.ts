import { ITSELF } from '../../domain/activity/activity.ts';
import { refuse } from '../../domain/errors.ts';
import type { Store } from '../../store/store.ts';
import { foreign } from '../ui/text.ts';
import { type Names, text } from './text.ts';

const NAME_LIMIT = 32;

/** As the program is called where it acts by itself. */
const ITS_NAME = 'hubgram';

type Stores = Pick<Store, 'users' | 'chats'>;

/** The names that people and chats have now. @param named how they are cut: in a file, of which no line is read from right to left, nothing is put around them */
export const namesIn = ({ users, chats }: Stores, named: typeof foreign = foreign): Names => ({
  person: (id) => (id === ITSELF ? ITS_NAME : named(users.getUser(id)?.firstName ?? `person ${id}`, NAME_LIMIT)),
  chat: (id) =>
    id === 0
      ? 'no chat'
      : id > 0
        ? `the chat of ${named(users.getUser(id)?.firstName ?? String(id), NAME_LIMIT)}`
        : named(chats.getChat(id)?.title ?? `chat ${id}`, NAME_LIMIT),
});

const onlyOne = (ids: readonly number[], typed: string, none: string): number => {
  const [id] = ids;
  if (id === undefined) refuse(none, 'not_found');
  if (ids.length > 1) refuse(text.several(typed));
  return id;
};

/** Whether there is anybody by a number, a name or a @name. */
export const isSomebody = ({ users }: Stores, typed: string): boolean =>
  /^\d{1,15}$/.test(typed)
    ? users.getUser(Number(typed)) !== undefined
    : typed.toLowerCase() === ITS_NAME || users.usersNamed(typed.replace(/^@/, '')).length > 0;

/** The person that is meant by a number, a name or a @name. @throws AppError not_found, validation: several */
export const personMeant = ({ users }: Stores, typed: string): number => {
  if (/^\d{1,15}$/.test(typed)) return Number(typed);
  if (typed.toLowerCase() === ITS_NAME) return ITSELF;
  return onlyOne(users.usersNamed(typed.replace(/^@/, '')), typed, text.nobody(typed));
};

/** The chat that is meant by a number, or a group by its title. @throws AppError not_found, validation: several */
export const chatMeant = ({ chats }: Stores, typed: string): number =>
  /^-?\d{1,15}$/.test(typed) ? Number(typed) : onlyOne(chats.chatsTitled(typed), typed, text.noChat(typed));
