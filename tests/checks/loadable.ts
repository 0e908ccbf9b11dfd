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

const valuesOf = (architecture: string): Readonly<Record<string, Buffer>> => ({
  'general.architecture': word(architecture),
  'llama.block_count': whole(1),
  'llama.context_length': whole(256),
  'llama.embedding_length': whole(WIDTH),
  'llama.feed_forward_length': whole(INNER),
  'llama.attention.head_count': whole(2),
  'llama.attention.head_count_kv': whole(2),
  'llama.rope.dimension_count': whole(WIDTH / 2),
  'llama.attention.layer_norm_rms_epsilon': broken(1e-5),
  'tokenizer.ggml.model': word('llama'),
  'tokenizer.ggml.tokens': list(8, VOCABULARY.map(text)),
  'tokenizer.ggml.scores': list(
    6,
    VOCABULARY.map((_, index) => f32(-index)),
  ),
  'tokenizer.ggml.token_type': list(5, TYPES.map(u32)),
  'tokenizer.ggml.bos_token_id': whole(1),
  'tokenizer.ggml.eos_token_id': whole(2),
  'tokenizer.ggml.unknown_token_id': whole(0),
});

const SHAPES: Readonly<Record<string, readonly number[]>> = {
  'token_embd.weight': [WIDTH, VOCABULARY.length],
  'output_norm.weight': [WIDTH],
  'output.weight': [WIDTH, VOCABULARY.length],
  'blk.0.attn_norm.weight': [WIDTH],
  'blk.0.attn_q.weight': [WIDTH, WIDTH],
  'blk.0.attn_k.weight': [WIDTH, WIDTH],
  'blk.0.attn_v.weight': [WIDTH, WIDTH],
  'blk.0.attn_output.weight': [WIDTH, WIDTH],
  'blk.0.ffn_norm.weight': [WIDTH],
  'blk.0.ffn_gate.weight': [WIDTH, INNER],
  'blk.0.ffn_up.weight': [WIDTH, INNER],
  'blk.0.ffn_down.weight': [INNER, WIDTH],
};

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
): Buffer => {
  const heads: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [name, sides] of Object.entries(shapes)) {
    const content = numbers(sides.reduce((product, side) => product * side, 1));
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
    SHAPES,
  );

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
