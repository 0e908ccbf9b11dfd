/** Text-like files of the built-in repositories: small, valid, and the same every time. */

/** Indented like the files people upload, with a line break at the end. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Made as long as the real file with white space, which neither JSON nor Markdown minds. */
export const padded = (text: string, size: number): string => {
  const missing = size - Buffer.byteLength(text);
  if (missing < 0) throw new Error(`The text is ${-missing} bytes longer than ${size}`);
  return missing === 0 ? text : `${text}${' '.repeat(missing - 1)}\n`;
};

/** The extensions that go to LFS, as the Hub writes them into a new repository. */
export const GITATTRIBUTES = `${[
  ...'7z arrow bin bin.* bz2 ftz gguf gz h5 joblib lfs.* model msgpack onnx ot parquet pb pt pth rar'.split(' '),
  ...'safetensors tar.* tflite tgz xz zip zstandard'.split(' '),
]
  .map((extension) => `*.${extension} filter=lfs diff=lfs merge=lfs -text`)
  .join('\n')}\n`;

interface CardText {
  readonly title: string;
  readonly license: string;
  readonly pipelineTag?: string;
  readonly about: string;
}

/** A README with the header that the Hub reads. */
export const cardText = ({ title, license, pipelineTag, about }: CardText): string => {
  const header = ['---', `license: ${license}`, ...(pipelineTag ? [`pipeline_tag: ${pipelineTag}`] : []), '---'];
  return `${[...header, '', `# ${title}`, '', about].join('\n')}\n`;
};

/** A vocabulary of so many words; word n has the number n. */
export const vocabularyText = (words: number): string => {
  const entries = Array.from({ length: words }, (_, number) => `"t${number}":${number}`);
  return `{${entries.join(',')}}`;
};

/** Byte-pair merges in the format of GPT-2, exactly so many bytes. */
export const mergesText = (size: number): string => {
  const lines = ['#version: 0.2'];
  let length = 14;
  for (let number = 0; length < size - 40; number++) {
    const line = `t${number} t${number + 1}`;
    lines.push(line);
    length += line.length + 1;
  }
  return padded(`${lines.join('\n')}\n`, size);
};

/** What `tokenizer.json` holds at the least for a program to read it. */
export const tokenizerText = (words: number): string =>
  `{"version":"1.0","added_tokens":[],"model":{"type":"BPE","vocab":${vocabularyText(words)},"merges":[]}}`;

export const llamaConfig = (hiddenSize: number): string =>
  jsonText({
    architectures: ['LlamaForCausalLM'],
    bos_token_id: 1,
    eos_token_id: 2,
    hidden_act: 'silu',
    hidden_size: hiddenSize,
    intermediate_size: hiddenSize * 4,
    max_position_embeddings: 2048,
    model_type: 'llama',
    num_attention_heads: 4,
    num_hidden_layers: 2,
    num_key_value_heads: 4,
    rms_norm_eps: 1e-5,
    torch_dtype: 'float32',
    transformers_version: '4.57.0',
    vocab_size: 2000,
  });

/** The configuration files every small language model here has. */
export const llamaFiles = (hiddenSize: number): { path: string; content: string }[] => [
  { path: '.gitattributes', content: GITATTRIBUTES },
  { path: 'config.json', content: llamaConfig(hiddenSize) },
  {
    path: 'generation_config.json',
    content: jsonText({ bos_token_id: 1, eos_token_id: 2, transformers_version: '4.57.0' }),
  },
  { path: 'special_tokens_map.json', content: jsonText({ bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' }) },
  { path: 'tokenizer.json', content: tokenizerText(2000) },
  {
    path: 'tokenizer_config.json',
    content: jsonText({
      bos_token: '<s>',
      eos_token: '</s>',
      model_max_length: 2048,
      tokenizer_class: 'LlamaTokenizer',
    }),
  },
];
