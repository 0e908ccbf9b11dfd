import { u32, u64 } from './made.ts';

/** Models that llama.cpp loads, of a hundred thousand bytes and less: one layer of random numbers. */

const f32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

/** Values by their type (`enum gguf_type`). */
const whole = (value: number): Buffer => Buffer.concat([u32(4), u32(value)]);
const broken = (value: number): Buffer => Buffer.concat([u32(6), f32(value)]);
const word = (value: string): Buffer => Buffer.concat([u32(8), text(value)]);
const list = (type: number, items: readonly Buffer[]): Buffer =>
  Buffer.concat([u32(9), u32(type), u64(items.length), ...items]);

const WIDTH = 32;
const INNER = 64;
const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
const VOCABULARY = ['<unk>', '<s>', '</s>', ...Array.from({ length: 256 }, (_, byte) => byteToken(byte)), '▁'];
/** `enum llama_token_type`: unknown, two that steer, bytes, a normal one. */
const TYPES = VOCABULARY.map((_, index) => (index === 0 ? 2 : index < 3 ? 3 : index < 259 ? 6 : 1));

/** @param more tokens, as a model has them that writes words */
const valuesOf = (
  architecture: string,
  { width = WIDTH, context = 256, more = [] as readonly string[] } = {},
): Readonly<Record<string, Buffer>> => ({
  'general.architecture': word(architecture),
  'llama.block_count': whole(1),
  'llama.context_length': whole(context),
  'llama.embedding_length': whole(width),
  'llama.feed_forward_length': whole(INNER),
  'llama.attention.head_count': whole(2),
  'llama.attention.head_count_kv': whole(2),
  'llama.rope.dimension_count': whole(width / 2),
  'llama.attention.layer_norm_rms_epsilon': broken(1e-5),
  'tokenizer.ggml.model': word('llama'),
  'tokenizer.ggml.tokens': list(8, [...VOCABULARY, ...more].map(text)),
  'tokenizer.ggml.scores': list(
    6,
    [...VOCABULARY, ...more].map((_, index) => f32(-index)),
  ),
  'tokenizer.ggml.token_type': list(5, [...TYPES, ...more.map(() => 1)].map(u32)),
  'tokenizer.ggml.bos_token_id': whole(1),
  'tokenizer.ggml.eos_token_id': whole(2),
  'tokenizer.ggml.unknown_token_id': whole(0),
});

const shapesOf = (width: number, tokens: number): Readonly<Record<string, readonly number[]>> => ({
  'token_embd.weight': [width, tokens],
  'output_norm.weight': [width],
  'output.weight': [width, tokens],
  'blk.0.attn_norm.weight': [width],
  'blk.0.attn_q.weight': [width, width],
  'blk.0.attn_k.weight': [width, width],
  'blk.0.attn_v.weight': [width, width],
  'blk.0.attn_output.weight': [width, width],
  'blk.0.ffn_norm.weight': [width],
  'blk.0.ffn_gate.weight': [width, INNER],
  'blk.0.ffn_up.weight': [width, INNER],
  'blk.0.ffn_down.weight': [INNER, width],
});

/** The same numbers each time, between -0.5 and 0.5. */
const numbers = (count: number): Buffer => {
  let seed = 1;
  const next = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31 - 0.5;
  };
  return Buffer.from(Float32Array.from({ length: count }, next).buffer);
};

const fileOf = (
  values: readonly (readonly [string, Buffer])[],
  shapes: Readonly<Record<string, readonly number[]>>,
  contentOf: (name: string, count: number) => Buffer = (_, count) => numbers(count),
): Buffer => {
  const heads: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [name, sides] of Object.entries(shapes)) {
    const content = contentOf(
      name,
      sides.reduce((product, side) => product * side, 1),
    );
    heads.push(Buffer.concat([text(name), u32(sides.length), ...sides.map(u64), u32(0), u64(offset)]));
    data.push(content);
    offset += content.length;
  }
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(heads.length),
    u64(values.length),
    ...values.flatMap(([key, value]) => [text(key), value]),
    ...heads,
  ]);
  return Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), ...data]);
};

/**
 * It writes.
 * @param architecture what it says it is
 * @param without a key that it shall not have
 */
export const loadableGguf = ({ architecture = 'llama', without = '' } = {}): Buffer =>
  fileOf(
    Object.entries(valuesOf(architecture)).filter(([key]) => key !== without),
    shapesOf(WIDTH, VOCABULARY.length),
  );

/** What `tokenizer.chat_template` of models for talks is like. */
const CHAT_TEMPLATE =
  "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}" +
  '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';

const END = 2;
/** It steers, and shows nothing. */
const SILENT = '<|silent|>';

interface Says {
  /** How a talk is put to it; '': it does not say. */
  readonly template?: string;
  /** Behind the last word it ends; or it begins anew; or it goes on for ever with what shows nothing. */
  readonly ending?: 'end' | 'again' | 'hang';
  readonly context?: number;
}

/**
 * It says the same, whatever it is asked: what follows a word is the next one of these, and what follows everything else is the first.
 * @param words each once; a space is written ▁
 */
export const talkingGguf = (
  words: readonly string[],
  { template = CHAT_TEMPLATE, ending = 'end', context = 4096 }: Says = {},
): Buffer => {
  const all = [...words, SILENT];
  const tokens = VOCABULARY.length + all.length;
  // Each tensor begins at a whole 32 bytes.
  const width = Math.ceil(tokens / 8) * 8;
  const [first, silent] = [VOCABULARY.length, tokens - 1];
  const behind = { end: END, again: first, hang: silent }[ending];
  const nextOf = (token: number): number => {
    if (token < first) return first;
    return token >= silent - 1 ? behind : token + 1;
  };
  const ones: Readonly<Record<string, () => readonly (readonly [row: number, column: number])[]>> = {
    'token_embd.weight': () => Array.from({ length: tokens }, (_, token) => [token, token] as const),
    'output.weight': () => Array.from({ length: tokens }, (_, token) => [nextOf(token), token] as const),
  };
  const values = { ...valuesOf('llama', { width, context, more: all }) };
  values['tokenizer.ggml.token_type'] = list(5, [...TYPES, ...words.map(() => 1), 3].map(u32));
  if (template !== '') {
    values['tokenizer.chat_template'] = word(template);
    // By it node-llama-cpp tries first what fits: to find it among all that it knows takes a quarter of a second.
    values['general.name'] = word('Tiny ChatML');
  }
  return fileOf(Object.entries(values), shapesOf(width, tokens), (name, count) => {
    const content = new Float32Array(count);
    if (name.endsWith('norm.weight')) content.fill(1);
    for (const [row, column] of ones[name]?.() ?? []) content[row * width + column] = 1;
    return Buffer.from(content.buffer);
  });
};

const LETTERS = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  ...'a b c d e f g h i j k l m n o p q r s t u v w x y z'.split(' '),
].flatMap((letter, index) => (index < 4 ? [letter] : [`▁${letter}`, letter]));
const flag = (value: boolean): Buffer => Buffer.concat([u32(7), Buffer.from([Number(value)])]);
const EMBEDDER: Readonly<Record<string, Buffer>> = {
  'general.architecture': word('bert'),
  'bert.block_count': whole(1),
  'bert.context_length': whole(128),
  'bert.embedding_length': whole(WIDTH),
  'bert.feed_forward_length': whole(INNER),
  'bert.attention.head_count': whole(2),
  'bert.attention.layer_norm_epsilon': broken(1e-12),
  'bert.attention.causal': flag(false),
  'bert.pooling_type': whole(1),
  'tokenizer.ggml.model': word('bert'),
  'tokenizer.ggml.token_type_count': whole(2),
  'tokenizer.ggml.tokens': list(8, LETTERS.map(text)),
  'tokenizer.ggml.token_type': list(
    5,
    LETTERS.map((_, index) => u32(index < 4 ? 3 : 1)),
  ),
  'tokenizer.ggml.padding_token_id': whole(0),
  'tokenizer.ggml.unknown_token_id': whole(1),
  'tokenizer.ggml.cls_token_id': whole(2),
  'tokenizer.ggml.bos_token_id': whole(2),
  // As llama.cpp spells it.
  'tokenizer.ggml.seperator_token_id': whole(3),
};
const withBias = (name: string, width: number, from = 0): Readonly<Record<string, readonly number[]>> => ({
  [`${name}.weight`]: from > 0 ? [from, width] : [width],
  [`${name}.bias`]: [width],
});
const EMBEDDER_SHAPES: Readonly<Record<string, readonly number[]>> = {
  'token_embd.weight': [WIDTH, LETTERS.length],
  'token_types.weight': [WIDTH, 2],
  'position_embd.weight': [WIDTH, 128],
  ...withBias('token_embd_norm', WIDTH),
  ...withBias('blk.0.attn_q', WIDTH, WIDTH),
  ...withBias('blk.0.attn_k', WIDTH, WIDTH),
  ...withBias('blk.0.attn_v', WIDTH, WIDTH),
  ...withBias('blk.0.attn_output', WIDTH, WIDTH),
  ...withBias('blk.0.attn_output_norm', WIDTH),
  ...withBias('blk.0.ffn_up', INNER, WIDTH),
  ...withBias('blk.0.ffn_down', WIDTH, INNER),
  ...withBias('blk.0.layer_output_norm', WIDTH),
};

/** It makes numbers of texts. */
export const embedderGguf = (): Buffer => fileOf(Object.entries(EMBEDDER), EMBEDDER_SHAPES);
