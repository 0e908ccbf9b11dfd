import { describe, expect, test } from 'vitest';
import { parseRepoRef } from '../../../src/domain/repo/repo.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import { createJsonBounds } from '../../../src/sources/huggingface/json-bounds.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { info, ordinary, regular, startOddHub } from './odd-hub.ts';

const inspect = async (tree: unknown, about: unknown = info()) => {
  const { url } = await startOddHub(ordinary(tree, about));
  return createHub({ endpoint: url, userAgent: 'hubgram-test/1', clock: systemClock }).inspect(
    parseRepoRef('org/name'),
    new AbortController().signal,
  );
};

const MEGABYTES = 2 ** 20;

describe('an answer that would fill the memory when it is parsed is given up while it comes', () => {
  test.each([
    ['lists in lists', '['.repeat(15 * MEGABYTES)],
    ['objects in objects', '{"a":'.repeat(3 * MEGABYTES)],
    ['millions of empty objects', `[${'{},'.repeat(5 * MEGABYTES)}`],
    ['lists in lists, after a text with a quote in it', `["\\"",${'['.repeat(1000)}`],
  ])('%s', async (_, tree) => {
    await expect(inspect(tree)).rejects.toMatchObject({ code: 'integrity' });
  });

  test('in the information on a repository, too', async () => {
    await expect(inspect([], `{"id":${'['.repeat(1000)}`)).rejects.toMatchObject({ code: 'integrity' });
  });
});

test('brackets in a text are text, and a page of a thousand files is taken', async () => {
  const tags = ['['.repeat(1000), '\\"'.repeat(1000), '{'.repeat(1000)];
  const tree = Array.from({ length: 1000 }, (_, index) => regular(`folder/file-${index}`));
  expect(await inspect(tree, info({ tags }))).toMatchObject({ tags });
});

test('where the bytes are split makes no difference', () => {
  const deep = `["\\\\",{"a":"]\\"[","b":${'['.repeat(98)}`;
  for (const text of [deep, `${deep}[`]) {
    const [whole, split] = [createJsonBounds(), createJsonBounds()];
    const bytes = Buffer.from(text);
    const isWhole = whole(bytes);
    expect([...bytes].map((byte) => split(Uint8Array.of(byte))).every(Boolean)).toBe(isWhole);
    expect(isWhole).toBe(text === deep);
  }
});
