/** @import { EntityJson } from '../../telegram/wire.ts' */
import { el } from '../dom/dom.js';
import { icon } from '../dom/icons.js';
import { outward, safeUrl } from './links.js';
import { formatEntityTime, fullTime } from '../words/times.js';

/**
 * @typedef {{ -readonly [Field in keyof EntityJson]: EntityJson[Field] }} Entity cut where another one ends
 * @typedef {(entity: Entity, content: DocumentFragment, text: string) => Node} Render
 */

/**
 * Outer before inner: by start, then the longer one.
 * @type {(a: Entity, b: Entity) => number}
 */
const inOrder = (a, b) => a.offset - b.offset || b.length - a.length;

const BLOCKS = new Set(['pre', 'blockquote', 'expandable_blockquote']);

/** @type {(target: string | undefined, content: Node) => Node} */
const link = (target, content) => {
  const href = safeUrl(target);
  return href ? el('a', outward(href), content) : el('span', {}, content);
};

/** @type {Render} */
const preformatted = (entity, content) =>
  el(
    'div',
    { class: 'pre', 'data-kind': 'pre' },
    el(
      'div',
      { class: 'pre-head' },
      el('span', {}, entity.language || 'code'),
      el('button', { type: 'button', class: 'pre-copy', 'data-act': 'copy-pre' }, icon('copy'), 'Copy'),
    ),
    el(
      'pre',
      { tabindex: '0', 'aria-label': `Code${entity.language ? `, ${entity.language}` : ''}` },
      el('code', {}, content),
    ),
  );

/** @param {Node} content */
const expandable = (content) =>
  el(
    'blockquote',
    { class: 'expandable', 'data-kind': 'expandable' },
    el('div', { class: 'quote-body' }, content),
    el(
      'button',
      { type: 'button', class: 'quote-more', 'data-act': 'expand', 'aria-label': 'Show the whole quote' },
      icon('down'),
    ),
  );

/** @type {Render} */
const moment = (entity, content, text) => {
  const format = entity.date_time_format ?? '';
  const unix = Number(entity.unix_time);
  // Limit of a Date; beyond it the formatters throw.
  if (!Number.isFinite(unix) || Math.abs(unix) > 8.64e12) return el('span', {}, content);
  return el(
    'time',
    {
      class: 'moment',
      datetime: new Date(unix * 1000).toISOString(),
      title: fullTime(unix),
      'data-relative': format === 'r' && unix,
    },
    formatEntityTime(unix, format, text),
  );
};

/** A path may be broken behind its slashes; left to itself, a browser breaks it behind each hyphen. */
/** @param {string} text */
const isPath = (text) => /^\S*\/\S*$/.test(text);
/** @param {string} text */
const pathParts = (text) => text.split(/(?<=\/)/).map((part) => el('span', { class: 'path-part' }, part));

/**
 * What each kind of entity becomes; kinds that are not here stay plain text.
 * @type {Readonly<Record<string, Render>>}
 */
const KINDS = {
  bold: (_, content) => el('strong', {}, content),
  italic: (_, content) => el('em', {}, content),
  underline: (_, content) => el('u', {}, content),
  strikethrough: (_, content) => el('s', {}, content),
  code: (_, content, text) =>
    el(
      'code',
      { class: 'inline-code', 'data-act': 'copy-code', title: 'Click to copy' },
      isPath(text) ? pathParts(text) : content,
    ),
  pre: preformatted,
  text_link: (entity, content) => link(entity.url, content),
  url: (_, content, text) => link(text, content),
  mention: (_, content) => el('span', { class: 'mention' }, content),
  text_mention: (_, content) => el('span', { class: 'mention' }, content),
  hashtag: (_, content) => el('span', { class: 'mention' }, content),
  cashtag: (_, content) => el('span', { class: 'mention' }, content),
  // No <button>: before and behind one a line may end, and a comma would begin the next.
  bot_command: (_, content, text) =>
    el(
      'span',
      { class: 'command', role: 'button', tabindex: '0', 'data-act': 'command', 'data-command': text },
      content,
    ),
  blockquote: (_, content) => el('blockquote', {}, content),
  expandable_blockquote: (_, content) => expandable(content),
  spoiler: (_, content) =>
    el(
      'span',
      {
        class: 'spoiler',
        'data-act': 'reveal',
        role: 'button',
        tabindex: '0',
        'aria-label': 'Hidden text, press to show',
      },
      el('span', {}, content),
    ),
  date_time: moment,
};

/**
 * An entity that reaches beyond the one around it ends there; its rest goes on behind it.
 * @type {(end: number, inner: readonly Entity[]) => { inside: Entity[], behind: Entity[] }}
 */
const fitInto = (end, inner) => {
  /** @type {Entity[]} */
  const inside = [];
  /** @type {Entity[]} */
  const behind = [];
  for (const entity of inner) {
    const entityEnd = entity.offset + entity.length;
    inside.push({ ...entity, length: Math.min(entityEnd, end) - entity.offset });
    if (entityEnd > end) behind.push({ ...entity, offset: end, length: entityEnd - end });
  }
  return { inside, behind };
};

/** @type {(text: string, start: number, end: number, entities: readonly Entity[]) => DocumentFragment} */
const renderRange = (text, start, end, entities) => {
  const fragment = document.createDocumentFragment();
  const queue = entities.filter((entity) => entity.length > 0 && entity.offset < end).sort(inOrder);
  let at = start;
  for (let entity = queue.shift(); entity; entity = queue.shift()) {
    if (entity.length <= 0) continue;
    const until = Math.min(entity.offset + entity.length, end);
    if (entity.offset > at) fragment.append(text.slice(at, entity.offset));
    const next = queue.findIndex((other) => other.offset >= until);
    const inner = queue.splice(0, next === -1 ? queue.length : next);
    const { inside, behind } = fitInto(until, inner);
    queue.unshift(...behind);
    queue.sort(inOrder);
    const content = renderRange(text, entity.offset, until, inside);
    fragment.append(KINDS[entity.type]?.(entity, content, text.slice(entity.offset, until)) ?? content);
    // The line break behind a block belongs to the block: a block ends its line by itself.
    at = BLOCKS.has(entity.type) && text[until] === '\n' && until < end ? until + 1 : until;
    for (const later of queue)
      if (later.offset < at) Object.assign(later, { length: later.length - (at - later.offset), offset: at });
  }
  if (at < end) fragment.append(text.slice(at, end));
  return fragment;
};

/**
 * A text and its entities (offsets in UTF-16 units, as JavaScript counts) as DOM nodes. Foreign text only ever becomes text
 * nodes and attribute values; link targets pass links.js.
 * @param {string} text
 * @param {readonly EntityJson[]} [entities]
 */
export const renderText = (text, entities = []) =>
  renderRange(
    text,
    0,
    text.length,
    entities.filter((entity) => entity.offset >= 0 && entity.offset < text.length).map((entity) => ({ ...entity })),
  );
