import { badRequest } from '../api-error.ts';
import type { Args } from '../http/arguments.ts';
import { codePoints } from './code-points.ts';
import { type FormattedText, normalizeText } from './entities.ts';
import { FOUND, linkEntity, readEntities } from './entity-input.ts';
import { parseHtml } from './html.ts';
import type { EntityJson, UserJson } from '../wire.ts';

/** Characters (code points) a text and a caption may have after parsing; bytes a raw text may have (Client.cpp). */
const TEXT_LIMIT = 4096;
const CAPTION_LIMIT = 1024;
const RAW_LIMIT = 32_768;

/**
 * Of the formatting that a message brings along: what stands behind the hundredth is left out without a word
 * (tdlib/telegram-bot-api#820), and all of it together may be about so long (#165). What Telegram finds by itself does not count.
 */
const ENTITIES_MOST = 100;
const ENTITY_BYTES_MOST = 9500;
/** Its kind, where it begins, and how long it is (core.telegram.org/api/entities). */
const ENTITY_BYTES = 12;

type UserById = (id: number) => UserJson | undefined;

const parse = (args: Args, name: string, entitiesName: string, userById: UserById): FormattedText => {
  const text = args.text(name) ?? '';
  if (Buffer.byteLength(text) > RAW_LIMIT) throw badRequest('text is too long');
  const mode = args.text('parse_mode')?.toLowerCase() ?? '';
  if (text === '' || mode === '' || mode === 'none')
    return { text, entities: readEntities(args, entitiesName, userById) };
  // Foreign text glued into markup is how bots break; a project that builds entities needs no second markup language here.
  if (mode === 'markdown' || mode === 'markdownv2')
    throw badRequest("can't parse entities: the stand-in reads HTML and entities only");
  if (mode !== 'html') throw badRequest('unsupported parse_mode');
  const parsed = parseHtml(text);
  const entities = parsed.entities.flatMap((entity) =>
    entity.type === 'text_link' ? (linkEntity(entity, entity.url ?? '', userById) ?? []) : entity,
  );
  return { text: parsed.text, entities };
};

const bytesOf = ({ url = '', language = '', custom_emoji_id: emoji = '' }: EntityJson): number =>
  ENTITY_BYTES + Buffer.byteLength(url) + Buffer.byteLength(language) + Buffer.byteLength(emoji);

/** What Telegram keeps of a text with its formatting. @throws ApiError 400 for more formatting than it takes */
const kept = (input: FormattedText): FormattedText => {
  const { text, entities } = normalizeText(input);
  const given = entities.filter(({ type }) => !FOUND.has(type));
  if (given.reduce((sum, entity) => sum + bytesOf(entity), 0) > ENTITY_BYTES_MOST)
    throw badRequest('ENTITIES_TOO_LONG');
  const surplus = new Set(given.slice(ENTITIES_MOST));
  return { text, entities: entities.filter((entity) => !surplus.has(entity)) };
};

/**
 * The text of a message.
 * @throws ApiError 400 if it is empty, too long or wrongly formatted
 */
export const readText = (args: Args, userById: UserById): FormattedText => {
  if ((args.text('text') ?? '') === '') throw badRequest('message text is empty');
  const formatted = kept(parse(args, 'text', 'entities', userById));
  if (formatted.text === '') throw badRequest('text must be non-empty');
  if (codePoints(formatted.text) > TEXT_LIMIT) throw badRequest('message is too long');
  return formatted;
};

/** The text of a draft; may be empty. @throws ApiError 400 */
export const readDraftText = (args: Args, userById: UserById): FormattedText => {
  const formatted = kept(parse(args, 'text', 'entities', userById));
  if (codePoints(formatted.text) > TEXT_LIMIT) throw badRequest('message is too long');
  return formatted;
};

/** The caption of a file; may be empty. @throws ApiError 400 */
export const readCaption = (args: Args, userById: UserById): FormattedText => {
  const formatted = kept(parse(args, 'caption', 'caption_entities', userById));
  if (codePoints(formatted.text) > CAPTION_LIMIT) throw badRequest('message caption is too long');
  return formatted;
};

/** What a person typed: formatted by the client, entities found as for bots. */
export const typedText = (text: string, entities: FormattedText['entities'] = []): FormattedText =>
  normalizeText({ text, entities });
