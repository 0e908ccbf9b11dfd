import { expect, it } from 'vitest';
import { outcomeText } from '../../src/bot/outbox/talks/text.ts';

const WEB = { label: 'files/text/tiny.gguf', id: 7, isGroup: false };
const HUB = { label: 'org/tiny', id: 7, isGroup: false };
const said = (...given: Parameters<typeof outcomeText>): string => outcomeText(...given).text;

it('names the file beside the model where that says something new', () => {
  const ready = { kind: 'ready', path: 'tiny.gguf', talk: 'chat', loadMs: 2340 } as const;
  expect(said(HUB, ready, false)).toMatch(/^org\/tiny · ready, tiny, loaded in 2\.3 s\n/);
  expect(said(WEB, ready, false)).toMatch(/^files\/text\/tiny\.gguf · ready, loaded in 2\.3 s\n/);
  const gone = { kind: 'gone', path: 'tiny.gguf', reason: 'made llama.cpp break off (SIGABRT)' } as const;
  expect(said(HUB, gone, true)).toBe(
    'tiny.gguf made llama.cpp break off (SIGABRT). The talk with org/tiny is over. /try #7 begins another.',
  );
  expect(said(WEB, gone, true)).toBe(
    'tiny.gguf made llama.cpp break off (SIGABRT). The talk is over. /try #7 begins another.',
  );
});

it('is no more exact than what was measured', () => {
  const answer = { kind: 'answer', path: 'tiny.gguf', talk: 'chat', text: 'Hi', end: 'end' } as const;
  expect(said(HUB, { ...answer, firstMs: 4, tokensPerSecond: 2000 }, false)).toBe(
    'Hi\ntiny · first token after less than 0.1 s · 2,000 tokens a second',
  );
  expect(said(HUB, { ...answer, firstMs: 1240, tokensPerSecond: 7.3 }, false)).toBe(
    'Hi\ntiny · first token after 1.2 s · 7.3 tokens a second',
  );
});

it('says of a GGUF file without weights what it lacks', () => {
  expect(said(HUB, { kind: 'no_weights' }, true)).toMatch(
    /^The GGUF file of org\/tiny has no weights that I could read/,
  );
});

it('says in a group that a message of the bot is to be answered: others may never reach it', () => {
  const ready = { kind: 'ready', path: 'tiny.gguf', talk: 'chat', loadMs: 2340 } as const;
  expect(said(HUB, ready, false)).toBe(
    'org/tiny · ready, tiny, loaded in 2.3 s\nWrite what you want to say to it.\n/stop ends the talk.',
  );
  expect(said({ ...HUB, isGroup: true }, ready, false)).toContain(
    '\nAnswer this message with what you want to say to it',
  );
});
