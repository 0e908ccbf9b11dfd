import { badRequest } from '../api-error.ts';
import type { EntityJson } from '../wire.ts';

/** Tags as written → entity type. `a`, `span`, `pre`, `tg-emoji` and `tg-time` need a look at their attributes. */
const TYPES: Readonly<Record<string, string>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
  code: 'code',
  pre: 'pre',
  a: 'text_link',
  blockquote: 'blockquote',
  'tg-emoji': 'custom_emoji',
  'tg-time': 'date_time',
};

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

interface OpenTag {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Where its content begins in the parsed text. */
  readonly offset: number;
}

const fail = (what: string): never => {
  throw badRequest(`can't parse entities: ${what}`);
};

/** `&lt;`, `&#39;`, `&#x1F600;`; anything else stays as it is, as in Telegram. */
const decodeReferences = (text: string): string =>
  text.replace(
    /&(?:#x([\da-f]{1,6})|#(\d{1,7})|([a-z]+));?/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code > 0 && code < 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );

const ATTRIBUTE = /^\s+([^\s=>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)(?=[\s>])))?/;

const readAttributes = (
  html: string,
  from: number,
  where: string,
): { attributes: Map<string, string>; end: number } => {
  const attributes = new Map<string, string>();
  let at = from;
  for (let match = ATTRIBUTE.exec(html.slice(at)); match; match = ATTRIBUTE.exec(html.slice(at))) {
    const value = match[2] ?? match[3] ?? match[4]?.toLowerCase() ?? '';
    attributes.set(match[1] ?? '', decodeReferences(value));
    at += match[0].length;
  }
  const rest = /^\s*>/.exec(html.slice(at)) ?? fail(`Unclosed start tag at byte offset ${where}`);
  return { attributes, end: at + rest[0].length };
};

const entityOf = (open: OpenTag, length: number, content: string): EntityJson | undefined => {
  const base = { offset: open.offset, length, type: TYPES[open.tag] ?? '' };
  const attribute = (name: string): string | undefined => open.attributes.get(name);
  switch (open.tag) {
    case 'a':
      return { ...base, url: attribute('href') || content };
    case 'blockquote':
      return open.attributes.has('expandable') ? { ...base, type: 'expandable_blockquote' } : base;
    case 'tg-emoji':
      return { ...base, custom_emoji_id: attribute('emoji-id') ?? fail('Invalid custom emoji identifier specified') };
    case 'tg-time': {
      const format = attribute('format');
      return { ...base, unix_time: Number(attribute('unix') ?? 0), ...(format && { date_time_format: format }) };
    }
    default:
      return base;
  }
};

/** `<pre><code class="language-x">` is one entity: a `pre` with a language. */
const addEntity = (entities: EntityJson[], entity: EntityJson, open: OpenTag): void => {
  const last = entities.at(-1);
  const language = open.attributes.get('class')?.replace(/^language-/, '');
  if (open.tag === 'code' && language) entities.push({ ...entity, language });
  else if (
    open.tag === 'pre' &&
    last?.type === 'code' &&
    last.offset === entity.offset &&
    last.length === entity.length
  )
    entities.splice(-1, 1, last.language ? { ...entity, language: last.language } : entity);
  else entities.push(entity);
};

/**
 * Reads `parse_mode: HTML` as tdlib does (MessageEntity.cpp `parse_html`).
 * @throws ApiError 400 "can't parse entities: …" with Telegram's sentence and byte offset
 */
export const parseHtml = (html: string): { text: string; entities: readonly EntityJson[] } => {
  const bytesBefore = (index: number): string => String(Buffer.byteLength(html.slice(0, index)));
  const stack: OpenTag[] = [];
  const entities: EntityJson[] = [];
  let text = '';
  let at = 0;

  const openTag = (begin: number): number => {
    const name = /^[^\s>]*/.exec(html.slice(begin + 1))?.[0] ?? '';
    const tag = name.toLowerCase();
    const nameEnd = begin + 1 + name.length;
    if (nameEnd >= html.length) fail(`Unclosed start tag at byte offset ${bytesBefore(begin)}`);
    if (!(tag in TYPES)) fail(`Unsupported start tag "${tag}" at byte offset ${bytesBefore(begin)}`);
    const { attributes, end } = readAttributes(html, nameEnd, bytesBefore(begin));
    if (tag === 'span' && attributes.get('class') !== 'tg-spoiler')
      fail(`Tag "span" must have class "tg-spoiler" at byte offset ${bytesBefore(begin)}`);
    stack.push({ tag, attributes, offset: text.length });
    return end;
  };

  const closeTag = (begin: number): number => {
    const open = stack.pop();
    if (!open) return fail(`Unexpected end tag at byte offset ${bytesBefore(begin)}`);
    const match = /^<\/([^\s>]*)\s*>/.exec(html.slice(begin));
    if (!match) return fail(`Unclosed end tag at byte offset ${bytesBefore(begin)}`);
    const found = match[1]?.toLowerCase() ?? '';
    if (found !== '' && found !== open.tag)
      fail(`Unmatched end tag at byte offset ${bytesBefore(begin)}, expected "</${open.tag}>", found "</${found}>"`);
    const length = text.length - open.offset;
    const entity = length > 0 ? entityOf(open, length, text.slice(open.offset)) : undefined;
    if (entity) addEntity(entities, entity, open);
    return begin + match[0].length;
  };

  while (at < html.length) {
    const next = html.indexOf('<', at);
    text += decodeReferences(html.slice(at, next < 0 ? html.length : next));
    if (next < 0) break;
    at = html[next + 1] === '/' ? closeTag(next) : openTag(next);
  }
  const unclosed = stack.at(-1);
  if (unclosed) fail(`Can't find end tag corresponding to start tag "${unclosed.tag}"`);
  // A language belongs to a block only, never to a `code` on its own.
  const clean = entities.map((entity) => {
    if (entity.type !== 'code') return entity;
    const { language: _language, ...rest } = entity;
    return rest;
  });
  return { text, entities: clean };
};
