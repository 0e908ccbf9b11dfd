import { expect, test } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import type { NamedBySpace } from '../../../src/sources/port.ts';
import { startOddHub } from './odd-hub.ts';

const never = new AbortController().signal;

const named = async (body: unknown, status = 200): Promise<NamedBySpace> => {
  const { url } = await startOddHub(() => ({ status, body }));
  return createHub({ endpoint: url, userAgent: 'hubgram-test/1', clock: systemClock }).namedBySpace('org/demo', never);
};

test.each<[string, unknown, NamedBySpace]>([
  ['all', { models: ['gpt2', 'org/m'], datasets: ['org/d'] }, { models: ['gpt2', 'org/m'], datasets: ['org/d'] }],
  ['nothing', { id: 'org/demo' }, { models: [], datasets: [] }],
  [
    'what no repository is called',
    { models: ['../x', 'a/b/c', 'org/m'], datasets: 'org/d' },
    { models: ['org/m'], datasets: [] },
  ],
])('a Space that names %s', async (_, body, expected) => {
  expect(await named(body)).toEqual(expected);
});

test('one that is not there is told apart from a Hub that does not answer', async () => {
  await expect(named({}, 404)).rejects.toMatchObject({ code: 'not_found' });
  await expect(named({}, 503)).rejects.toMatchObject({ code: 'unavailable' });
});
