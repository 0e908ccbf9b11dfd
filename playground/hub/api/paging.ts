import type { Headers } from '../http/answer.ts';
import { badRequest } from './hub-errors.ts';
import type { HubRequest } from '../http/hub-request.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** `Link` to the next page, if there is one. The URL is absolute: @huggingface/hub overlooks any other. */
  readonly headers: Headers;
}

const cursorAt = (offset: number): string => Buffer.from(JSON.stringify({ offset })).toString('base64');

const offsetOf = (cursor: string): number => {
  const found = /^\{"offset":(\d{1,9})\}$/.exec(Buffer.from(cursor, 'base64').toString());
  if (!found) throw badRequest('Invalid cursor');
  return Number(found[1]);
};

/** `limit`, if given and no more than the Hub would send at once. */
const limitOf = (query: URLSearchParams, most: number): number => {
  const asked = Number(query.get('limit') ?? most);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, most) : most;
};

const nextLink = (request: HubRequest, origin: string, changes: Readonly<Record<string, string>>): Headers => {
  const query = new URLSearchParams(request.query);
  for (const [name, value] of Object.entries(changes)) query.set(name, value);
  const [path = ''] = request.target.split('?');
  return { Link: `<${origin}${path}?${query.toString()}>; rel="next"` };
};

/** @param most entries on a page */
export const byCursor = <T>(all: readonly T[], most: number, request: HubRequest, origin: string): Page<T> => {
  const limit = limitOf(request.query, most);
  const start = offsetOf(request.query.get('cursor') ?? cursorAt(0));
  const end = start + limit;
  const hasMore = end < all.length;
  const link = hasMore ? nextLink(request, origin, { limit: String(limit), cursor: cursorAt(end) }) : {};
  return { items: all.slice(start, end), headers: link };
};

/** Commits are paged by number (`p`), not by cursor. */
export const byNumber = <T>(all: readonly T[], most: number, request: HubRequest, origin: string): Page<T> => {
  const limit = limitOf(request.query, most);
  const number = Math.max(0, Math.trunc(Number(request.query.get('p') ?? 0)) || 0);
  const end = (number + 1) * limit;
  const link = end < all.length ? nextLink(request, origin, { p: String(number + 1), limit: String(limit) }) : {};
  return { items: all.slice(number * limit, end), headers: { 'X-Total-Count': String(all.length), ...link } };
};
