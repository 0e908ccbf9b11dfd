/* hosts/wire: what the two tell each other, each message read by a schema before anything is made of it. */

import type { Redis } from 'ioredis';
import { setImmediate as breathe } from 'node:timers/promises';
import { z } from 'zod';
import type { HostNames } from './names.ts';
import { PROTOCOL } from './names.ts';

/**
 * What a message is made of: a head, and lists that may be very long, which lie beside it in slices. Whoever reads one takes
 * nothing that is not as it is said here.
 */
export interface Form<T extends object> {
  /** All fields but the lists. */
  readonly head: z.ZodType;
  /** By field: what an item of it is. */
  readonly lists: Readonly<Record<string, z.ZodType>>;
  /** Never there: it tells forms apart for the compiler. */
  readonly of?: T;
}

/** A schema for each field, and for nothing else: what has none would be lost on the way without a word. */
export type ShapeOf<T> = { readonly [Field in keyof T]-?: z.ZodType<T[Field] | undefined> };

/** One of the words of a type: all of them, or it does not compile. */
export const anyOf = <Word extends string>(words: Readonly<Record<Word, true>>): z.ZodType<Word> =>
  z.enum(Object.keys(words) as [Word, ...Word[]]);

type ListsOf<T, Listed extends keyof T> = {
  readonly [Field in Listed]-?: z.ZodType<T[Field] extends readonly (infer Item)[] | undefined ? Item : never>;
};

/** @param lists the fields that may be long; the head has all others */
export const defineForm = <T extends object, Listed extends keyof T = never>(
  head: ShapeOf<Omit<T, Listed>>,
  ...[lists]: [Listed] extends [never] ? [] : [lists: ListsOf<T, Listed>]
): Form<T> => ({ head: z.object(head), lists: lists ?? {} });

/** With 40 to 1000 bytes of path in an item, about 100 KB. */
const SLICE_ITEMS = 500;
/** A million files: no repository has so many. */
const SLICES_MOST = 2000;
/** A slice of the longest paths there can be is shorter. */
const SLICE_MOST_BYTES = 1_500_000;

/** What lies in the job of a queue. */
export const envelopeSchema = z.object({
  v: z.literal(PROTOCOL),
  head: z.record(z.string(), z.unknown()),
  /** By field: how many slices of it there are. */
  slices: z.record(z.string(), z.number().int().min(0).max(SLICES_MOST)),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** A part of a message is not there any more: Redis forgets them after their time, or has forgotten everything. */
export class MessageLost extends Error {
  override readonly name = 'MessageLost';
}

/** A message is not as it was agreed: whoever sent it is another version, or no friend. */
export class MessageRefused extends Error {
  override readonly name = 'MessageRefused';
}

/** Where messages lie, and how long. */
export interface Mail {
  readonly redis: Pick<Redis, 'set' | 'getrange' | 'pexpire' | 'unlink'>;
  readonly names: Pick<HostNames, 'slice'>;
}

const keysOf = ({ names }: Mail, id: string, { slices }: Pick<Envelope, 'slices'>): string[] =>
  Object.entries(slices).flatMap(([field, count]) =>
    Array.from({ length: count }, (_, nth) => names.slice(id, field, nth)),
  );

/**
 * Puts the lists of a message beside it.
 * @param id of the message; what there was of it is replaced
 * @param keptMs how long the lists lie there
 * @returns what goes into the queue
 */
export const writeMessage = async <T extends object>(
  mail: Mail,
  form: Form<T>,
  { id, keptMs, value }: { readonly id: string; readonly keptMs: number; readonly value: T },
): Promise<Envelope> => {
  const head: Record<string, unknown> = {};
  const slices: Record<string, number> = {};
  for (const [field, content] of Object.entries(value)) {
    if (form.lists[field] === undefined) {
      head[field] = content;
      continue;
    }
    const items = content as readonly unknown[];
    let count = 0;
    for (let from = 0; from < items.length; from += SLICE_ITEMS) {
      // Writing JSON of a long list would keep everybody waiting.
      await breathe();
      const text = JSON.stringify(items.slice(from, from + SLICE_ITEMS));
      await mail.redis.set(mail.names.slice(id, field, count), text, 'PX', keptMs);
      count += 1;
    }
    slices[field] = count;
  }
  return { v: PROTOCOL, head, slices };
};

const refused = (what: string, { error }: { readonly error?: z.ZodError | undefined }): MessageRefused =>
  new MessageRefused(`${what}: ${error ? z.prettifyError(error).slice(0, 500) : 'it is no JSON'}`);

const parseSlice = (text: string, item: z.ZodType, field: string): unknown[] => {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw refused(`A part of “${field}” cannot be read`, {});
  }
  const read = z.array(item).max(SLICE_ITEMS).safeParse(found);
  if (!read.success) throw refused(`A part of “${field}” is not as agreed`, read);
  return read.data;
};

/**
 * Reads a message with its lists.
 * @param given what lay in the queue
 * @throws MessageLost, MessageRefused
 */
export const readMessage = async <T extends object>(
  mail: Mail,
  form: Form<T>,
  { id, given }: { readonly id: string; readonly given: unknown },
): Promise<T> => {
  const envelope = envelopeSchema.safeParse(given);
  if (!envelope.success) throw refused('A message is not as agreed', envelope);
  const head = form.head.safeParse(envelope.data.head);
  if (!head.success) throw refused('The head of a message is not as agreed', head);
  const value = head.data as Record<string, unknown>;
  for (const [field, item] of Object.entries(form.lists)) {
    const items: unknown[] = [];
    const count = envelope.data.slices[field];
    if (count === undefined) continue;
    for (let nth = 0; nth < count; nth += 1) {
      // What is longer than a slice can be is cut off, and then no JSON: nobody fills the memory with it.
      const text = await mail.redis.getrange(mail.names.slice(id, field, nth), 0, SLICE_MOST_BYTES);
      if (text === '') throw new MessageLost(`A part of “${field}” is not there any more`);
      for (const one of parseSlice(text, item, field)) items.push(one);
      await breathe();
    }
    value[field] = items;
  }
  return value as T;
};

/** The lists of a message lie there as long again. @returns false if one is not there any more */
export const renewMessage = async (mail: Mail, id: string, envelope: Envelope, keptMs: number): Promise<boolean> => {
  for (const key of keysOf(mail, id, envelope)) if ((await mail.redis.pexpire(key, keptMs)) === 0) return false;
  return true;
};

/** Takes the lists of a message away. */
export const removeMessage = async (mail: Mail, id: string, envelope: Envelope): Promise<void> => {
  const keys = keysOf(mail, id, envelope);
  if (keys.length > 0) await mail.redis.unlink(...keys);
};
