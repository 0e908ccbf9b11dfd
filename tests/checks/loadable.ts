import { broken, ggufFile, list, text, u32, whole, word } from '../../playground/hub/repos/gguf-file.ts';
import { INNER, shapesOf, valuesOf, VOCABULARY, WIDTH } from '../../playground/hub/samples/talking-gguf.ts';

export { talkingGguf } from '../../playground/hub/samples/talking-gguf.ts';

/** Models that llama.cpp loads, of a hundred thousand bytes and less: one layer of random numbers. */

/** The same numbers each time, between -0.5 and 0.5. */
const numbers = (_: string, count: number): Buffer => {
  let seed = 1;
  const next = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31 - 0.5;
  };
  return Buffer.from(Float32Array.from({ length: count }, next).buffer);
};

/**
 * It writes.
 * @param architecture what it says it is
 * @param without a key that it shall not have
 */
export const loadableGguf = ({ architecture = 'llama', without = '' } = {}): Buffer =>
  ggufFile(
    Object.entries(valuesOf(architecture)).filter(([key]) => key !== without),
    shapesOf(WIDTH, VOCABULARY.length),
    numbers,
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
export const embedderGguf = (): Buffer => ggufFile(Object.entries(EMBEDDER), EMBEDDER_SHAPES, numbers);
