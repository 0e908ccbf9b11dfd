import type { Args } from '../http/arguments.ts';
import { badRequest } from '../api-error.ts';
import { checkLink } from './links.ts';
import type { EntityJson, UserJson } from '../wire.ts';

const PLAIN = new Set([
  'bold',
  'italic',
  'underline',
  'strikethrough',
  'spoiler',
  'code',
  'blockquote',
  'expandable_blockquote',
]);
/** Telegram finds these itself and ignores them in requests. */
export const FOUND: ReadonlySet<string> = new Set([
  'mention',
  'hashtag',
  'cashtag',
  'bot_command',
  'url',
  'email',
  'phone_number',
  'bank_card_number',
]);

const fail = (what: string): never => {
  throw badRequest(`can't parse MessageEntity: ${what}`);
};

const wholeNumber = (entity: Readonly<Record<string, unknown>>, name: string): number => {
  const value = entity[name];
  if (value === undefined) fail(`Can't find field "${name}"`);
  const number = Number(value);
  if (!Number.isInteger(number)) fail(`Field "${name}" must be a valid Number`);
  return number;
};

/** A link; one to `tg://user?id=` mentions that person, if Telegram knows them. */
export const linkEntity = (
  place: Pick<EntityJson, 'offset' | 'length'>,
  url: string,
  userById: (id: number) => UserJson | undefined,
): EntityJson | undefined => {
  const userId = /^tg:\/\/user\?id=(\d+)$/i.exec(url)?.[1];
  if (userId !== undefined) {
    const user = userById(Number(userId));
    return user && { ...place, type: 'text_mention', user };
  }
  const checked = checkLink(url);
  if (checked === undefined) throw badRequest(`entity URL '${url}' is invalid: Wrong HTTP URL`);
  return { ...place, type: 'text_link', url: checked };
};

const parseEntity = (value: unknown, userById: (id: number) => UserJson | undefined): EntityJson | undefined => {
  if (typeof value !== 'object' || value === null) return fail('expected an Object');
  const entity = value as Readonly<Record<string, unknown>>;
  const place = { offset: wholeNumber(entity, 'offset'), length: wholeNumber(entity, 'length') };
  const text = (name: string): string =>
    typeof entity[name] === 'string' ? entity[name] : fail(`Can't find field "${name}"`);
  const type = text('type');
  if (PLAIN.has(type)) return { ...place, type };
  if (FOUND.has(type)) return undefined;
  switch (type) {
    case 'pre':
      return typeof entity.language === 'string' && entity.language !== ''
        ? { ...place, type, language: entity.language }
        : { ...place, type };
    case 'text_link':
      return linkEntity(place, text('url'), userById);
    case 'text_mention': {
      const user = userById(
        Number((entity.user as { id?: unknown } | undefined)?.id ?? fail('Can\'t find field "user"')),
      );
      return user && { ...place, type, user };
    }
    case 'custom_emoji':
      return { ...place, type, custom_emoji_id: text('custom_emoji_id') };
    case 'date_time': {
      const format = entity.date_time_format;
      return {
        ...place,
        type,
        unix_time: wholeNumber(entity, 'unix_time'),
        ...(typeof format === 'string' && { date_time_format: format }),
      };
    }
    default:
      return fail('Unsupported type specified');
  }
};

/**
 * The formatting a request brings along. A value that is no list is ignored, as Telegram does.
 * @throws ApiError 400 for an entity that is not well formed
 */
export const readEntities = (
  args: Args,
  name: string,
  userById: (id: number) => UserJson | undefined,
): readonly EntityJson[] => {
  let value: unknown;
  try {
    value = args.json(name);
  } catch {
    return [];
  }
  if (!Array.isArray(value)) return [];
  return value.map((entity) => parseEntity(entity, userById)).filter((entity) => entity !== undefined);
};
