import { expect, onTestFinished, test } from 'vitest';
import { type SampleHub, startSampleHub } from '../../../playground/hub/sample-hub.ts';
import { parseRepoRef } from '../../../src/domain/repo/repo.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { withFallback } from '../../../src/sources/huggingface/fallback.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';

const never = new AbortController().signal;
const PRIVATE = parseRepoRef('sample-ann/private-llama');

const openHub = async (): Promise<SampleHub> => {
  const hub = await startSampleHub();
  onTestFinished(() => hub.close());
  return hub;
};

const sourceOf = (hub: SampleHub, token?: string) =>
  createHub({ endpoint: hub.url, userAgent: 'test', clock: systemClock, ...(token === undefined ? {} : { token }) });

const seen = (hub: SampleHub): (string | undefined)[] => [
  ...new Set(hub.requests.map(({ headers }) => headers.authorization)),
];

test('as a person a source asks with their token, and beside it with its own as before', async () => {
  const hub = await openHub();
  const source = sourceOf(hub, hub.tokens.stranger);
  await expect(source.inspect(PRIVATE, never)).rejects.toMatchObject({ code: 'not_found' });
  expect(seen(hub)).toEqual([`Bearer ${hub.tokens.stranger}`]);
  const { private: isPrivate } = await source.asPerson(hub.tokens.ann).inspect(PRIVATE, never);
  expect(isPrivate).toBe(true);
  await expect(source.inspect(PRIVATE, never)).rejects.toMatchObject({ code: 'not_found' });
});

test('the token of a person never goes to the Hub that stands in while the first is down', async () => {
  const [first, second] = [await openHub(), await openHub()];
  const source = withFallback(sourceOf(first), sourceOf(second), systemClock);
  await first.takeDown('hub');
  const person = source.asPerson(first.tokens.ann);
  await expect(person.inspect(PRIVATE, never)).rejects.toMatchObject({ code: 'unreachable' });
  await expect(person.whoAmI(never)).rejects.toMatchObject({ code: 'unreachable' });
  // What the machine asks goes there.
  await source.inspect(parseRepoRef('sample/tiny-llama'), never);
  expect(seen(second)).toEqual([undefined]);
});

test('the Hub says whose a token is, and that one is nobody’s', async () => {
  const hub = await openHub();
  const source = sourceOf(hub);
  expect(await source.asPerson(hub.tokens.bob).whoAmI(never)).toEqual({ name: 'sample-bob', kind: 'write' });
  expect(await source.asPerson('hf_nobody').whoAmI(never)).toBeUndefined();
  hub.setFault({ kind: 'status', status: 403, path: 'whoami', times: 1 });
  await expect(source.asPerson(hub.tokens.bob).whoAmI(never)).rejects.toMatchObject({ code: 'forbidden' });
});

test('a token of a person that the Hub does not accept is theirs to replace, not the machine’s', async () => {
  const hub = await openHub();
  const refused = await sourceOf(hub)
    .asPerson('hf_nobody')
    .inspect(parseRepoRef('sample/tiny-llama'), never)
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'unauthorized', message: expect.stringContaining('have to give another one') });
  expect(String(refused)).not.toContain('HF_TOKEN');
});
