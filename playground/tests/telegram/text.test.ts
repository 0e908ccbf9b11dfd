import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BotApi, startBotApi } from '../../telegram/bot-api.ts';
import { call, errorOf } from './call.ts';

let api: BotApi;
const ann = 5001;

beforeEach(async () => {
  api = await startBotApi();
  api.addUser({ id: ann, firstName: 'Ann', started: true });
});
afterEach(() => api.close());

type Found = [type: string, text: string];

const pieces = (text: string, entities: readonly { type: string; offset: number; length: number }[] = []): Found[] =>
  entities.map((entity) => [entity.type, text.slice(entity.offset, entity.offset + entity.length)]);

/** What Telegram makes of a text a person types. */
const found = (text: string): Found[] => {
  const message = api.say(ann, ann, text);
  return pieces(message.text ?? '', message.entities);
};

/** What it makes of a text the bot sends. */
const sent = async (payload: object): Promise<{ text: string; found: Found[] }> => {
  const { result, description } = await call(api, 'sendMessage', { chat_id: ann, ...payload });
  if (!result) throw new Error(description);
  return { text: result.text, found: pieces(result.text, result.entities) };
};

test.each<[string, Found[]]>([
  ['/add gpt2', [['bot_command', '/add']]],
  ['/add@hubgram_bot gpt2', [['bot_command', '/add@hubgram_bot']]],
  ['try /help, or 1/2 and and/or', [['bot_command', '/help']]],
  [
    '/add hf.co/org/name',
    [
      ['bot_command', '/add'],
      ['url', 'hf.co/org/name'],
    ],
  ],
  ['see https://huggingface.co/gpt2/tree/main).', [['url', 'https://huggingface.co/gpt2/tree/main']]],
  ['(https://en.wikipedia.org/wiki/Llama_(model))', [['url', 'https://en.wikipedia.org/wiki/Llama_(model)']]],
  ['model.safetensors and config.json are files', []],
  ['README.md is a link to Telegram', [['url', 'README.md']]],
  ['http://localhost:8080 is none, http://127.0.0.1:80/x is', [['url', 'http://127.0.0.1:80/x']]],
  [
    '😀 @ann and me@example.org',
    [
      ['mention', '@ann'],
      ['email', 'me@example.org'],
    ],
  ],
  ['#tag #1 C#', [['hashtag', '#tag']]],
  ['hf://org/name', []],
  ['meta-llama/Llama-3.1-8B', []],
  ['org/name:Q4_K_M v1.5', []],
])('in "%s" Telegram finds %j', (text, expected) => {
  expect(found(text)).toEqual(expected);
});

test('HTML becomes entities in UTF-16 units', async () => {
  const html =
    '😀 <b>bold <i>both</i></b> <code>a&lt;b &amp; c</code> <a href="https://hf.co/gpt2">link</a>\n' +
    '<pre><code class="language-sh">ls</code></pre><blockquote expandable>more</blockquote>';
  const { result } = await call(api, 'sendMessage', { chat_id: ann, text: html, parse_mode: 'HTML' });
  expect(result.text).toBe('😀 bold both a<b & c link\nlsmore');
  expect(result.entities).toEqual([
    { offset: 3, length: 9, type: 'bold' },
    { offset: 8, length: 4, type: 'italic' },
    { offset: 13, length: 7, type: 'code' },
    { offset: 21, length: 4, type: 'text_link', url: 'https://hf.co/gpt2' },
    { offset: 26, length: 2, type: 'pre', language: 'sh' },
    { offset: 28, length: 4, type: 'expandable_blockquote' },
  ]);
});

test.each([
  ['<b>x', 'Can\'t find end tag corresponding to start tag "b"'],
  ['x</b>', 'Unexpected end tag at byte offset 1'],
  ['ä<b>x</i>', 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'],
  ['x <y> z', 'Unsupported start tag "y" at byte offset 2'],
  ['a < b', 'Unsupported start tag "" at byte offset 2'],
  ['<b', 'Unclosed start tag at byte offset 0'],
  ['<span>x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
])('HTML "%s" is refused', async (text, what) => {
  expect(await errorOf(api, 'sendMessage', { chat_id: ann, text, parse_mode: 'HTML' })).toBe(
    `400 Bad Request: can't parse entities: ${what}`,
  );
});

test('markup of the Markdown kinds is refused in words', async () => {
  expect(await errorOf(api, 'sendMessage', { chat_id: ann, text: '*x*', parse_mode: 'MarkdownV2' })).toContain(
    'HTML and entities only',
  );
});

test('texts are trimmed and their entities move along', async () => {
  const entities = [{ type: 'bold', offset: 2, length: 8 }];
  expect(await sent({ text: '\n  hello  \n', entities })).toEqual({ text: 'hello', found: [['bold', 'hello']] });
  expect(await sent({ text: 'a\tb\u0001c\r\nd' })).toEqual({ text: 'a b c\nd', found: [] });
});

test('found links stay out of code and of links that were given', async () => {
  const entities = [
    { type: 'code', offset: 0, length: 8 },
    { type: 'text_link', offset: 9, length: 6, url: 'hf.co' },
  ];
  const { result } = await call(api, 'sendMessage', { chat_id: ann, text: 'hf.co/ab hf.com huggingface.co', entities });
  expect(result.entities).toEqual([
    { offset: 0, length: 8, type: 'code' },
    { offset: 9, length: 6, type: 'text_link', url: 'http://hf.co/' },
    { offset: 16, length: 14, type: 'url' },
  ]);
});

test('of the formatting a message brings along a hundred are kept, and what Telegram finds itself does not count', async () => {
  const text = Array.from({ length: 120 }, () => 'ab /help').join(' ');
  const entities = Array.from({ length: 120 }, (_, at) => ({ type: 'bold', offset: at * 9, length: 2 }));
  const types = (await sent({ text, entities })).found.map(([type]) => type);
  expect(types.filter((type) => type === 'bold')).toHaveLength(100);
  expect(types.filter((type) => type === 'bot_command')).toHaveLength(120);
  const html = Array.from({ length: 101 }, () => '<i>a</i> b').join(' ');
  expect((await sent({ text: html, parse_mode: 'HTML' })).found).toHaveLength(100);
});

test('formatting that is too long with its addresses is refused', async () => {
  const links = (count: number) => ({
    chat_id: ann,
    text: 'a '.repeat(count),
    entities: Array.from({ length: count }, (_, at) => ({
      type: 'text_link',
      offset: at * 2,
      length: 1,
      url: `https://x.test/${'a'.repeat(85 - String(at).length)}${at}`,
    })),
  });
  // Of 112 bytes each, so that 84 of them have 9,408, and 85 have 9,520.
  expect((await call(api, 'sendMessage', links(84))).ok).toBe(true);
  expect(await errorOf(api, 'sendMessage', links(85))).toBe('400 Bad Request: ENTITIES_TOO_LONG');
});

test('overlapping entities are merged and cut as Telegram does', async () => {
  const bold = (offset: number, length: number): object => ({ type: 'bold', offset, length });
  expect((await sent({ text: 'abcdef', entities: [bold(0, 3), bold(2, 3)] })).found).toEqual([['bold', 'abcde']]);
  expect(
    (await sent({ text: 'abcdef', entities: [bold(0, 6), { type: 'code', offset: 2, length: 2 }] })).found,
  ).toEqual([
    ['bold', 'ab'],
    ['code', 'cd'],
    ['bold', 'ef'],
  ]);
  const link = { type: 'text_link', offset: 2, length: 2, url: 'https://hf.co/' };
  expect((await sent({ text: 'abcdef', entities: [bold(0, 6), link] })).found).toEqual([
    ['bold', 'ab'],
    ['text_link', 'cd'],
    ['bold', 'cd'],
    ['bold', 'ef'],
  ]);
  expect(
    (await sent({ text: 'ab  cd', entities: [{ type: 'italic', offset: 2, length: 2 }, bold(2, 4)] })).found,
  ).toEqual([['bold', 'cd']]);
});

test.each([
  [
    [{ type: 'bold', offset: 0, length: 9 }],
    'entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9',
  ],
  [[{ type: 'bold', offset: 9, length: 1 }], 'entity begins after the end of the text at UTF-16 offset 9'],
  [[{ type: 'bold', offset: 1, length: 2 }], 'entity begins in a middle of a UTF-16 symbol at byte offset 4'],
  [
    [{ type: 'bold', offset: 0, length: 1 }],
    'entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 4',
  ],
  [[{ type: 'bold', offset: -1, length: 1 }], 'receive an entity with incorrect offset -1'],
  [[{ type: 'bold', offset: 0 }], 'can\'t parse MessageEntity: Can\'t find field "length"'],
  [[{ type: 'fat', offset: 0, length: 1 }], "can't parse MessageEntity: Unsupported type specified"],
  [['x'], "can't parse MessageEntity: expected an Object"],
])('entities %j are refused', async (entities, what) => {
  expect(await errorOf(api, 'sendMessage', { chat_id: ann, text: '😀 hi', entities })).toBe(`400 Bad Request: ${what}`);
});

test('a link to a person mentions them, if Telegram knows them', async () => {
  const mention = (id: number): object => ({ type: 'text_link', offset: 0, length: 3, url: `tg://user?id=${id}` });
  const { result } = await call(api, 'sendMessage', { chat_id: ann, text: 'Ann', entities: [mention(ann)] });
  expect(result.entities).toMatchObject([{ type: 'text_mention', user: { id: ann, first_name: 'Ann' } }]);
  expect((await sent({ text: 'Bob', entities: [mention(1)] })).found).toEqual([]);
});

test('a time with its format is kept for readers in other zones', async () => {
  const entity = { type: 'date_time', offset: 0, length: 5, unix_time: 1_795_000_000, date_time_format: 'r' };
  const { result } = await call(api, 'sendMessage', { chat_id: ann, text: 'later', entities: [entity] });
  expect(result.entities).toEqual([
    { offset: 0, length: 5, type: 'date_time', unix_time: 1_795_000_000, date_time_format: 'r' },
  ]);
});

test.each([
  [[[{ text: 'x', callback_data: 'ä'.repeat(33) }]], 'BUTTON_DATA_INVALID'],
  [[[{ text: 'x' }]], "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"],
  [[[{ callback_data: 'x' }]], 'can\'t parse inline keyboard button: Can\'t find field "text"'],
  [[[{ text: '', callback_data: 'x' }]], 'inline keyboard button text must be non-empty'],
  [
    [[{ text: 'x', url: 'http://localhost:8081' }]],
    "inline keyboard button URL 'http://localhost:8081' is invalid: Wrong HTTP URL",
  ],
  [[[{ text: 'x', copy_text: { text: 'x'.repeat(257) } }]], 'BUTTON_COPY_TEXT_INVALID'],
  [[[{ text: 'x', callback_data: 'x', style: 'pink' }]], 'BUTTON_STYLE_INVALID'],
  [
    [{ text: 'x', callback_data: 'x' }],
    'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
  ],
  [Array.from({ length: 101 }, () => [{ text: 'x', callback_data: 'x' }]), 'reply markup is too long'],
  [[Array.from({ length: 9 }, () => ({ text: 'x', callback_data: 'x' }))], 'reply markup is too long'],
  [
    Array.from({ length: 90 }, () => [{ text: 'x'.repeat(64), callback_data: 'x'.repeat(64) }]),
    'reply markup is too long',
  ],
])('a keyboard %# is refused', async (inline_keyboard, what) => {
  expect(await errorOf(api, 'sendMessage', { chat_id: ann, text: 'x', reply_markup: { inline_keyboard } })).toBe(
    `400 Bad Request: ${what}`,
  );
});

test('buttons of every kind the bot uses are kept', async () => {
  const inline_keyboard = [
    [{ text: 'a', callback_data: 'x'.repeat(64), style: 'success' }],
    [{ text: 'b', copy_text: { text: 'x'.repeat(256) } }],
    [
      { text: 'c', url: 'https://hf.co/gpt2' },
      { text: 'd', switch_inline_query_current_chat: '' },
    ],
  ];
  const { result } = await call(api, 'sendMessage', {
    chat_id: ann,
    text: 'x',
    reply_markup: JSON.stringify({ inline_keyboard }),
  });
  expect(result.reply_markup).toEqual({ inline_keyboard });
});
