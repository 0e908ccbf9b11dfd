import { broken, f32, ggufFile, list, text, u32, whole, word } from '../repos/gguf-file.ts';
import { defineRepo, type SampleRepo } from '../repos/sample-repo.ts';
import { cardText } from './texts.ts';

export const WIDTH = 32;
export const INNER = 64;
const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
export const VOCABULARY = ['<unk>', '<s>', '</s>', ...Array.from({ length: 256 }, (_, byte) => byteToken(byte)), '▁'];
/** `enum llama_token_type`: unknown, two that steer, bytes, a normal one. */
const TYPES = VOCABULARY.map((_, index) => (index === 0 ? 2 : index < 3 ? 3 : index < 259 ? 6 : 1));

/**
 * What the header of a model of one layer says, with a vocabulary of bytes.
 * @param more tokens, as a model has them that writes words
 */
export const valuesOf = (
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

/** The tensors of a Llama model of one layer. */
export const shapesOf = (width: number, tokens: number): Readonly<Record<string, readonly number[]>> => ({
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
  return ggufFile(Object.entries(values), shapesOf(width, tokens), (name, count) => {
    const content = new Float32Array(count);
    if (name.endsWith('norm.weight')) content.fill(1);
    for (const [row, column] of ones[name]?.() ?? []) content[row * width + column] = 1;
    return Buffer.from(content.buffer);
  });
};

const WORDS = ['Hello!', 'I', 'am', 'a', 'sample', 'of', 'the', 'playground', 'and', 'say', 'this', 'to', 'everybody.'];

/** A model of 2 MB that llama.cpp loads, and that one can talk to. */
export const talkingRepo = (): SampleRepo =>
  defineRepo({
    id: 'sample/tiny-talker-GGUF',
    license: 'apache-2.0',
    pipelineTag: 'text-generation',
    libraryName: 'gguf',
    tags: ['llama', 'conversational', 'en'],
    files: [
      {
        path: 'README.md',
        content: cardText({
          title: 'Tiny talker',
          license: 'apache-2.0',
          pipelineTag: 'text-generation',
          about: 'It says the same to everybody, whatever it is asked; llama.cpp loads it.',
        }),
      },
      { path: 'tiny-talker-F32.gguf', content: talkingGguf(WORDS.map((one) => `▁${one}`)) },
    ],
  });
