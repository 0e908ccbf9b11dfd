import { badRequest } from '../api-error.ts';
import { findEntities } from './find-entities.ts';
import type { EntityJson } from '../wire.ts';

export interface FormattedText {
  readonly text: string;
  readonly entities: readonly EntityJson[];
}

/** May be cut into pieces; all other kinds stay whole. In this order they are emitted at one place. */
const SPLITTABLE = ['bold', 'italic', 'underline', 'strikethrough', 'spoiler'];
const isSplittable = (entity: EntityJson): boolean => SPLITTABLE.includes(entity.type);
const isQuote = (entity: EntityJson): boolean => entity.type.endsWith('blockquote');
/** Nothing can be formatted inside these. */
const isCode = (entity: EntityJson): boolean => entity.type === 'pre' || entity.type === 'code';
const endOf = (entity: Pick<EntityJson, 'offset' | 'length'>): number => entity.offset + entity.length;

const rank = (entity: EntityJson): number =>
  isQuote(entity) ? 0 : isSplittable(entity) ? 2 + SPLITTABLE.indexOf(entity.type) : 1;

const sorted = (entities: readonly EntityJson[]): EntityJson[] =>
  entities.toSorted((a, b) => a.offset - b.offset || b.length - a.length || rank(a) - rank(b));

const withoutOverlaps = (entities: readonly EntityJson[]): EntityJson[] => {
  let end = 0;
  return entities.filter((entity) => {
    if (entity.offset < end) return false;
    end = endOf(entity);
    return true;
  });
};

/** A quote may hold other entities whole, or stand clear of them. */
const fitsQuotes = (entity: EntityJson, quotes: readonly EntityJson[]): boolean =>
  quotes.every(
    (quote) =>
      endOf(entity) <= quote.offset ||
      entity.offset >= endOf(quote) ||
      (entity.offset >= quote.offset && endOf(entity) <= endOf(quote)),
  );

type Span = Pick<EntityJson, 'offset' | 'length' | 'type'>;

/** Entities of one type that overlap or touch become one. */
const merge = (entities: readonly EntityJson[], type: string): Span[] => {
  const merged: Span[] = [];
  for (const entity of entities.filter((candidate) => candidate.type === type)) {
    const last = merged.at(-1);
    if (!last || entity.offset > endOf(last)) merged.push({ offset: entity.offset, length: entity.length, type });
    else merged.splice(-1, 1, { ...last, length: Math.max(endOf(last), endOf(entity)) - last.offset });
  }
  return merged;
};

/** Bold and its kin are cut where whole entities begin and end, and where another of their kin begins; none is left inside code. */
const splitAt = (entities: readonly EntityJson[], whole: readonly EntityJson[]): EntityJson[] => {
  const spans = SPLITTABLE.flatMap((type) => merge(entities, type));
  const cuts = [...spans.map((span) => span.offset), ...whole.flatMap((entity) => [entity.offset, endOf(entity)])];
  const code = whole.filter(isCode);
  return spans.flatMap((span) => {
    const inside = new Set(cuts.filter((cut) => cut > span.offset && cut < endOf(span)));
    const edges = [span.offset, ...[...inside].toSorted((a, b) => a - b), endOf(span)];
    const pieces = edges.slice(1).map((end, index) => {
      const offset = edges[index] ?? 0;
      return { offset, length: end - offset, type: span.type };
    });
    return pieces.filter(
      (piece) => !code.some((block) => piece.offset >= block.offset && endOf(piece) <= endOf(block)),
    );
  });
};

/** True if the entities are properly nested already and no two of a kind touch. */
const isNested = (entities: readonly EntityJson[]): boolean => {
  const open: EntityJson[] = [];
  const lastEnd = new Map<string, number>();
  return entities.every((entity) => {
    while (open.length > 0 && endOf(open.at(-1) as EntityJson) <= entity.offset) open.pop();
    const parent = open.at(-1);
    const touches = isSplittable(entity) && (lastEnd.get(entity.type) ?? -1) >= entity.offset;
    lastEnd.set(entity.type, endOf(entity));
    open.push(entity);
    if (!parent) return !touches;
    const outer = open.slice(0, -1);
    const wholeInside = !isSplittable(entity) && outer.some((other) => !isQuote(other));
    return !touches && !wholeInside && endOf(entity) <= endOf(parent) && !outer.some(isCode);
  });
};

/** Brings entities into the form Telegram keeps (MessageEntity.cpp `fix_entities`, `merge_new_entities`). */
const arrange = (entities: readonly EntityJson[], found: readonly EntityJson[]): EntityJson[] => {
  const all = sorted(entities);
  if (found.length === 0 && isNested(all)) return all;
  const quotes = withoutOverlaps(all.filter(isQuote));
  const given = withoutOverlaps(all.filter((entity) => !isSplittable(entity) && !isQuote(entity)));
  const clear = (entity: EntityJson): boolean =>
    given.every((other) => endOf(entity) <= other.offset || entity.offset >= endOf(other));
  const whole = [...given, ...found.filter(clear)].filter((entity) => fitsQuotes(entity, quotes));
  const rest = [...quotes, ...whole];
  return sorted([...rest, ...splitAt(all.filter(isSplittable), rest)]);
};

const DROPPED = /\r|[\u2028-\u202e]|\u0333|\u033f|\u030a/g;

/** Control characters become spaces; `\r` and invisible direction marks go (MessageEntity.cpp `clean_input_string_with_entities`). */
const clean = ({ text, entities }: FormattedText): FormattedText => {
  const spaced = text.replace(/(?![\n\r\x7f-\x9f])\p{Cc}/gu, ' ');
  const dropped = [...spaced.matchAll(DROPPED)].map((match) => match.index);
  if (dropped.length === 0) return { text: spaced, entities };
  const moved = (offset: number): number => offset - dropped.filter((index) => index < offset).length;
  return {
    text: spaced.replace(DROPPED, ''),
    entities: entities.map((entity) => {
      const offset = moved(entity.offset);
      return { ...entity, offset, length: moved(endOf(entity)) - offset };
    }),
  };
};

const checkPlaces = (text: string, entities: readonly EntityJson[]): void => {
  const splitsPair = (offset: number): boolean =>
    /^[\udc00-\udfff]$/.test(text[offset] ?? '') && /^[\ud800-\udbff]$/.test(text[offset - 1] ?? '');
  const bytes = (offset: number): number => Buffer.byteLength(text.slice(0, offset + 1));
  for (const entity of entities) {
    if (entity.offset < 0 || entity.offset > 1_000_000)
      throw badRequest(`receive an entity with incorrect offset ${entity.offset}`);
    if (entity.length < 0 || entity.length > 1_000_000)
      throw badRequest(`receive an entity with incorrect length ${entity.length}`);
  }
  for (const entity of entities) {
    if (entity.offset > text.length)
      throw badRequest(`entity begins after the end of the text at UTF-16 offset ${entity.offset}`);
    if (splitsPair(entity.offset))
      throw badRequest(`entity begins in a middle of a UTF-16 symbol at byte offset ${bytes(entity.offset)}`);
    const where = `entity beginning at UTF-16 offset ${entity.offset} ends`;
    if (endOf(entity) > text.length)
      throw badRequest(`${where} after the end of the text at UTF-16 offset ${endOf(entity)}`);
    if (splitsPair(endOf(entity)))
      throw badRequest(`${where} in a middle of a UTF-16 symbol at byte offset ${bytes(endOf(entity))}`);
  }
};

/** An entity begins with something visible, or is nothing. */
const tighten = (text: string, entities: readonly EntityJson[]): EntityJson[] =>
  entities.flatMap((entity) => {
    const skipped = /^[ \n]*/.exec(text.slice(entity.offset, endOf(entity)))?.[0].length ?? 0;
    return skipped >= entity.length
      ? []
      : [{ ...entity, offset: entity.offset + skipped, length: entity.length - skipped }];
  });

/**
 * What Telegram keeps of a text and its formatting: cleaned, trimmed, entities nested, and links, commands and mentions
 * found. An empty result is for the caller to judge.
 * @throws ApiError 400 for an entity outside of the text
 */
export const normalizeText = (input: FormattedText): FormattedText => {
  checkPlaces(
    input.text,
    input.entities.filter((entity) => entity.length !== 0),
  );
  const cleaned = clean({ text: input.text, entities: input.entities.filter((entity) => entity.length > 0) });
  const end = cleaned.text.replace(/[ \n]+$/, '').length;
  const tight = tighten(cleaned.text, cleaned.entities);
  const firstEntity = Math.min(end, ...tight.map((entity) => entity.offset));
  const begin = Math.min(/^[ \n]*/.exec(cleaned.text)?.[0].length ?? 0, firstEntity);
  const text = cleaned.text.slice(begin, end);
  const placed = tight
    .map((entity) => ({
      ...entity,
      offset: entity.offset - begin,
      length: Math.min(endOf(entity), end) - entity.offset,
    }))
    .filter((entity) => entity.length > 0);
  return { text, entities: tighten(text, arrange(arrange(placed, []), findEntities(text))) };
};
