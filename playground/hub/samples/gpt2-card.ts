import { cardText } from './texts.ts';

/** What the repository says of itself, long enough to be read page by page, with what READMEs have: links, tables, code, lists. */
const ABOUT = `A sample of [openai-community/gpt2](https://huggingface.co/openai-community/gpt2): the file list and the sizes of the real
repository, and made-up bytes in it. The four smallest files are the real ones: [config.json](config.json) says how the model is built, and
[tokenizer_config.json](tokenizer_config.json) how long a text may be.

> Nothing here was trained. Whoever loads these weights reads noise.

## Model description

GPT-2 is a transformer that has read a large corpus of English text and was trained to guess the next word of it. Nobody
has labelled that text: inputs are sequences of words, and targets are the same sequences, moved one word to the right. A
mask makes sure that the guess for a word is made from what stands **before** it, and from nothing that stands after.

This is the smallest of four:

| Model | Layers | Width | Parameters |
|---|---:|---:|---:|
| **GPT-2** | 12 | 768 | 124 M |
| GPT-2 Medium | 24 | 1024 | 355 M |
| GPT-2 Large | 36 | 1280 | 774 M |
| GPT-2 XL | 48 | 1600 | 1.5 B |

## Intended uses

You can use a model like this one

- to go on with a text that somebody has begun,
- as the beginning of a model for a task of your own: see *Fine-tuning* below,
- to compare newer models with.

It is not made to follow instructions, and what it writes is not to be taken for the truth. For a smaller trial take
[sample/tiny-llama](/sample/tiny-llama), which is here in a moment.

## How to use

With a pipeline of transformers:

\`\`\`python
from transformers import pipeline, set_seed

generator = pipeline("text-generation", model="gpt2")
set_seed(42)
generator("Hello, I'm a language model,", max_length=30, num_return_sequences=5)
\`\`\`

For the features of a text in PyTorch:

\`\`\`python
from transformers import GPT2Model, GPT2Tokenizer

tokenizer = GPT2Tokenizer.from_pretrained("gpt2")
model = GPT2Model.from_pretrained("gpt2")
encoded = tokenizer("Replace me by any text you'd like.", return_tensors="pt")
output = model(**encoded)
\`\`\`

## Files

Each format below holds the same model. A loader needs one of them, which is why \`/add gpt2\` takes that one and leaves the
others where they are.

| File | Read by |
|---|---|
| \`model.safetensors\` | transformers with PyTorch |
| \`pytorch_model.bin\` | older releases of the same |
| \`tf_model.h5\` | TensorFlow |
| \`flax_model.msgpack\` | JAX |
| \`rust_model.ot\` | rust-bert |
| \`64.tflite\` | TensorFlow Lite, for 64 words |
| \`onnx/decoder_model.onnx\` | ONNX Runtime |

## Fine-tuning

1. Collect texts of the kind that the model shall write.
2. Turn them into tokens, in blocks of 1024.
3. Train for a few epochs with a small learning rate, and look at the loss on texts that were held back.
4. Stop as soon as that loss rises.

## Limitations and bias

The text that models like this one have read comes from the web, and is far from neutral. They repeat what stands there:

- they make up facts, names and sources, in a tone that sounds sure;
- they judge people by where they come from, what they believe and which pronoun they go by;
- they know nothing of what happened after their text was collected.

Those who put such a model before people should first look at what it says about the people concerned.

## Training data

The real model has read pages that links on Reddit led to, where the link had at least three upvotes; pages of Wikipedia
were left out. That is about 40 GB of text. It was never published; a list of the thousand most frequent domains was.

## Training procedure

Texts are cut into tokens by byte-pair encoding on the level of bytes, so that every character can be written, with a
vocabulary of 50 257. Inputs are sequences of 1024 tokens in a row. The merges lie in [merges.txt](merges.txt), the words in
[vocab.json](vocab.json).

## Evaluation

Without any fine-tuning the authors report for this size:

| Data set | Measure | Value |
|---|---|---:|
| LAMBADA | perplexity | 35.13 |
| LAMBADA | accuracy | 45.99 |
| CBT-CN | accuracy | 87.65 |
| CBT-NE | accuracy | 83.4 |
| WikiText2 | perplexity | 29.41 |
| PTB | perplexity | 65.85 |
| enwik8 | bits per byte | 1.16 |
| text8 | bits per character | 1.17 |
| WikiText103 | perplexity | 37.50 |

## Citation

Radford, Wu, Child, Luan, Amodei and Sutskever: *Language Models are Unsupervised Multitask Learners*, 2019.

The page of the real one: <https://huggingface.co/openai-community/gpt2>`;

/** The README of the sample of GPT-2. */
export const GPT2_CARD = cardText({ title: 'GPT-2', license: 'mit', about: ABOUT });
