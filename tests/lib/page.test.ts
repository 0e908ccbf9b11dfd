import { expect, it } from 'vitest';
import { pageOf } from '../../src/lib/page.ts';

it.each([
  [0, 0, { pages: 1, page: 0, limit: 10, offset: 0 }],
  [10, 0, { pages: 1, page: 0, limit: 10, offset: 0 }],
  [11, 1, { pages: 2, page: 1, limit: 10, offset: 10 }],
  [11, 7, { pages: 2, page: 1, limit: 10, offset: 10 }],
  [0, 7, { pages: 1, page: 0, limit: 10, offset: 0 }],
])('of %d entries, page %d stands at its place, or is the last one', (total, page, place) => {
  expect(pageOf(total, { page, size: 10 })).toEqual(place);
});
