import type { Update } from 'grammy/types';
import { changeKeys } from '../../domain/repo/address-keys.ts';
import { ADDRESS_BEGIN } from '../../domain/repo/source-type.ts';
import { masked, maskTokens } from '../../lib/text/mask-secrets.ts';

/** What may be an address with a key in it; nothing of it is looked at otherwise. */
const SUSPICIOUS = new RegExp(`${ADDRESS_BEGIN}(?:(?<=\\?)|[^\\s"]*(?:[?@]|\\\\"))`, 'i');
/** An address as far as a text goes on with it. Links of magnets have no brackets, and those of the web none that end them. */
const ADDRESS = new RegExp(`${ADDRESS_BEGIN}[^\\s"'\`<>\\\\]+`, 'gi');
/** What people write behind an address, and is no part of it. */
const BEHIND = /[),.;:!?\]}]+$/;
/** A password in an address is taken nowhere. */
const PASSWORD = /^(https?:\/\/[^/?#@\s]*:)([^/?#@\s]+)(?=@)/i;

/** What an address may be added with; a text without a command may be one as well. */
const ADDING = /^\s*(?:\/(?:add|keep)(?:@\w+)?(?=\s|$)|(?!\/))/i;

/** Opens a chat and is fetched by nobody. That of an invitation stands in the bot's own message, and nowhere else. */
const OF_TELEGRAM = /^https:\/\/t\.me\//i;

/** @throws AppError operational: there is no key to seal with */
type Seal = (address: string) => string;

/** What stands in place of a part of a text. */
interface Replaced {
  readonly offset: number;
  readonly length: number;
  readonly by: string;
}

const withoutPassword = (address: string): string =>
  address.replace(PASSWORD, (_, before: string, secret: string) => `${before}${masked(secret)}`);

const sealedOrMasked = (address: string, seal: Seal): string => {
  try {
    return seal(address);
  } catch {
    // The key is better lost than kept in clear: whoever sent it is told that it is missing.
    return changeKeys(address, masked);
  }
};

/** What of a text is another one now. Behind a command that adds nothing, keys are gone for good. */
const replacedIn = (text: string, seal: Seal): readonly Replaced[] =>
  [...text.matchAll(ADDRESS)].flatMap(({ 0: found, index: offset }) => {
    // Tokens of the Hub and of bots are for nobody else: they are hidden for good, and whoever sent one is told.
    if (maskTokens(found) !== found || OF_TELEGRAM.test(found)) return [];
    const address = withoutPassword(found.replace(BEHIND, ''));
    const { length } = address;
    const by = ADDING.test(text) ? sealedOrMasked(address, seal) : changeKeys(address, masked);
    return by === found.slice(0, length) ? [] : [{ offset, length, by }];
  });

const replace = (text: string, parts: readonly Replaced[]): string => {
  let at = 0;
  let all = '';
  for (const { offset, length, by } of parts) {
    all += text.slice(at, offset) + by;
    at = offset + length;
  }
  return all + text.slice(at);
};

interface Entity {
  readonly offset: number;
  readonly length: number;
}

const isEntity = (value: unknown): value is Entity =>
  typeof value === 'object' && value !== null && 'offset' in value && 'length' in value;

/** Where something stands in the text as it is now. */
const moved = <T extends Entity>(entity: T, parts: readonly Replaced[]): T => {
  let { offset, length } = entity;
  for (const part of parts) {
    const more = part.by.length - part.length;
    if (part.offset + part.length <= entity.offset) offset += more;
    else if (part.offset < entity.offset + entity.length) length += more;
  }
  return { ...entity, offset, length };
};

/** Which list says what is where in which text. */
const ENTITIES = { entities: 'text', caption_entities: 'caption' } as const;

const hideDeep = (value: unknown, seal: Seal): unknown => {
  if (typeof value === 'string') return replace(value, replacedIn(value, seal));
  if (Array.isArray(value)) return value.map((one) => hideDeep(one, seal));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.fromEntries(Object.entries(value).map(([name, field]) => [name, hideDeep(field, seal)]));
  for (const [list, of] of Object.entries(ENTITIES)) {
    const [text, entities]: unknown[] = [Object(value)[of], fields[list]];
    if (typeof text !== 'string' || !Array.isArray(entities)) continue;
    const parts = replacedIn(text, seal);
    fields[list] = entities.map((entity: unknown) => (isEntity(entity) ? moved(entity, parts) : entity));
  }
  return fields;
};

/**
 * An update as it may be written down, as far as addresses are concerned: keys in them are sealed where they may be wanted, and hidden
 * elsewhere. What is sealed is longer than it was: offsets of entities are those in the text as it is now.
 */
export const hideAddresses = (update: Update, seal: Seal): Update =>
  SUSPICIOUS.test(JSON.stringify(update)) ? (hideDeep(update, seal) as Update) : update;
