import { expect, it } from 'vitest';
import { liveText, outcomeText } from '../../src/bot/outbox/talks/text.ts';

const JOINER = '\u2060';
const OF = { label: 'org/tiny', id: 1, isGroup: false };

const answered = (text: string): string =>
  outcomeText(OF, { kind: 'answer', path: 'tiny.gguf', talk: 'chat', text, end: 'end' }, true).text;

it('calls nobody and is no command, whatever stands before it', () => {
  const written =
    '/run </run //run /@bob <@bob> >@bob a@b.c /#tag <#tag $USD /$USD tg://resolve TON://x https://a.test/b';
  const harmless = `/${JOINER}run </run //run /@${JOINER}bob <@${JOINER}bob> >@${JOINER}bob a@b.c /#${JOINER}tag <#${JOINER}tag $${JOINER}USD /$${JOINER}USD tg:${JOINER}//resolve TON:${JOINER}//x https://a.test/b`;
  expect(answered(written).split('\n')[0]).toBe(harmless);
  expect(liveText(OF, { phase: 'writing', text: written })).toBe(harmless);
});

it('leaves room for what is said of it, however much is put between its signs', () => {
  const written = '@a '.repeat(1166);
  expect(liveText(OF, { phase: 'writing', text: written }).length).toBeLessThanOrEqual(3600);
  const said = answered(written);
  expect(said.length).toBeLessThanOrEqual(4096);
  expect(said).toMatch(/\ntiny · cut here, as long as an answer may be\nThe talk with org\/tiny is over\.$/);
  expect(answered('@a '.repeat(500))).toMatch(/\ntiny\nThe talk/);
});
