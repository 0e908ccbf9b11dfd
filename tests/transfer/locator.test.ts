import { expect, test } from 'vitest';
import { createLocator, type LocatedBlob } from '../../src/transfer/engine/locator.ts';

const etag = 'a'.repeat(64);
const place: LocatedBlob = { url: 'https://cdn.example/file', headers: {}, etag, size: 10 };

/** A locator whose questions are answered one after the other by these. */
const locatorOf = (...answers: (LocatedBlob | Error)[]) => {
  let asked = 0;
  const resolve = async (): Promise<LocatedBlob> => {
    const answer = answers[asked];
    asked += 1;
    if (answer instanceof Error || answer === undefined) throw answer ?? new Error('asked too often');
    return answer;
  };
  const locator = createLocator({ etag, size: 10, resolve }, new AbortController().signal);
  return { ...locator, asked: () => asked };
};

test('what was asked ahead is not asked again', async () => {
  const { prepare, located, asked } = locatorOf(place);
  prepare();
  expect(asked()).toBe(1);
  expect(await Promise.all([located(), located()])).toEqual([place, place]);
  prepare();
  expect(asked()).toBe(1);
});

test('a failure ahead is told to whoever wants the place, and only then is it asked again', async () => {
  const busy = new Error('busy');
  const { prepare, located, asked } = locatorOf(busy, place);
  prepare();
  prepare();
  await expect(located()).rejects.toBe(busy);
  expect(asked()).toBe(1);
  expect(await located()).toBe(place);
  expect(asked()).toBe(2);
});

test('a refused place is asked anew once, whoever says so', async () => {
  const other = { ...place, url: 'https://cdn.example/other' };
  const { located, forget, asked } = locatorOf(place, other);
  const refused = await located();
  forget(refused);
  expect(await located()).toBe(other);
  forget(refused);
  expect(await located()).toBe(other);
  expect(asked()).toBe(2);
});
