import type { Update } from 'grammy/types';
import { expect, it } from 'vitest';
import { hideAddresses } from '../../src/bot/updates/hidden-addresses.ts';
import { createVault } from '../../src/people/tokens/vault.ts';

const vault = createVault({ words: 'these words are a key', file: '/nowhere/secret.key' });

const update = (message: object): Update => ({ update_id: 1, message }) as unknown as Update;
const hide = (message: object): Record<string, unknown> =>
  hideAddresses(update(message), vault.sealAddress).message as unknown as Record<string, unknown>;
const keyIn = (text: unknown): string => /sealed\.1\.[\w-]+/.exec(String(text))?.[0] ?? '';

it('seals keys behind /add, and entities stand where their words are', () => {
  const text = '/add https://a.org/f?token=abc, then bold https://b.org/g?sig=def.';
  const at = (part: string, of: string) => ({ offset: of.indexOf(part), length: part.length });
  const before = [
    { type: 'bot_command', ...at('/add', text) },
    { type: 'url', ...at('https://a.org/f?token=abc', text) },
    { type: 'bold', ...at('bold', text) },
    { type: 'url', ...at('https://b.org/g?sig=def', text) },
    { type: 'text_link', ...at('then', text), url: 'https://c.org/?key=ghi' },
  ];
  const { text: hidden, entities } = hide({ text, entities: before }) as {
    text: string;
    entities: readonly { type: string; offset: number; length: number; url?: string }[];
  };
  for (const key of ['abc', 'def', 'ghi']) expect(JSON.stringify([hidden, entities])).not.toContain(key);
  const words = entities.map(({ offset, length }) => hidden.slice(offset, offset + length));
  expect(words.map((word) => vault.openAddress(word))).toStrictEqual([
    '/add',
    'https://a.org/f?token=abc',
    'bold',
    'https://b.org/g?sig=def',
    'then',
  ]);
  expect(vault.openAddress(entities[4]?.url ?? '')).toBe('https://c.org/?key=ghi');
});

it.each([
  ['/add@hubgram_bot https://a.org/f?token=abc', true],
  ['/keep https://a.org/f?token=abc', true],
  ['look: https://a.org/f?token=abc', true],
  ['/search https://a.org/f?token=abc', false],
  ['/adding https://a.org/f?token=abc', false],
])('%s', (text, isSealed) => {
  const { text: hidden } = hide({ text });
  expect(hidden).toBe(text.replace('abc', isSealed ? keyIn(hidden) : '•••'));
  expect(keyIn(hidden) !== '').toBe(isSealed);
});

it('hides a password for good, and leaves what is no address, and what was hidden, as it is', () => {
  expect(hide({ text: '/add https://me:geheim@a.org/f?token=abc' })['text']).toMatch(
    /^\/add https:\/\/me:••••••@a\.org\/f\?token=sealed\.1\./,
  );
  for (const text of [
    'what? token=abc',
    'https://a.org/f?token=•••',
    'https://a.org/f',
    'magnet:?xt=urn:btih:0&dn=token',
    'https://t.me/hubgram_bot?start=join_0NJA7thK3O38dY4xmbikGw',
  ])
    expect(hide({ text })['text']).toBe(text);
});

it('seals what a message answers to, its caption, and what a tap stands under', () => {
  const hidden = hide({
    caption: 'https://a.org/f?token=abc',
    reply_to_message: { text: '/add magnet:?xt=urn:btih:0&tr=https%3A%2F%2Ft.org%2Fabc%2Fannounce' },
  });
  expect(JSON.stringify(hidden)).not.toContain('abc');
  const { text } = hidden['reply_to_message'] as { text: string };
  expect(vault.openAddress(text.slice('/add '.length))).toContain('t.org%2Fabc%2Fannounce');
});

it('hides them for good where there is no key to seal with', () => {
  const broken = hideAddresses(update({ text: 'https://a.org/f?token=abc' }), () => {
    throw new Error('no key');
  });
  expect(broken.message?.text).toBe('https://a.org/f?token=•••');
});
