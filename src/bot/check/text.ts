import type { Model } from '../../domain/model.ts';
import type { StatusWord } from '../../domain/states/model.ts';
import type { Topic } from '../feature.ts';
import { modelLabel } from '../ui/label.ts';

/** What the check feature says. */
export const text = {
  oneModel:
    '/check takes one model at a time, for example /check #12. With check_after_download in /settings every new one is checked.',
  lookOnly: 'A check reads whole models off the disk, for everybody: it is for members. The bot’s owner can let you.',
  nothingComplete: 'Nothing is here completely yet, so there is nothing to check.',
  notYours: 'That belongs to another chat, or is gone.',
  notComplete: (model: Model, word: StatusWord): string =>
    `${modelLabel(model)} is ${word}: it can be checked when it is complete.`,
  dataset: (model: Model): string => `${modelLabel(model)} is a dataset: only models are checked.`,
  already: (model: Model): string => `${modelLabel(model)} is being checked already: its card shows what is found.`,
  begun: 'Its card shows what is found.',
  context: (typed: string): string =>
    `“${typed}” is no length of a text. It is a number of tokens, 10,000,000 at most, such as context=8192.`,
} as const;

export const help: Topic = {
  name: 'check',
  lines: [
    'Checking models',
    '/check #12 says whether a finished model is whole and fits: it looks into the files, and the card says what that has proved.',
    'Whole: every tensor is where its file says, in its size; no part is missing; configuration and tokenizer can be read. Files that would run something else than weights need are named in a red line: do not load those.',
    'Fits: about how much memory it takes, against what the machine and its graphics cards have. /check #12 context=8192 does so for a text of 8192 tokens; otherwise it is 4096, or what check_context in /settings says.',
    'Loads: where the owner has installed llama.cpp or ONNX Runtime (npm run add-runtime gguf or onnx) and enough memory is free, a GGUF or ONNX model is loaded, on the processor unless a build for graphics cards was chosen, in a program of its own, and made to do something: its first token, tokens a second, or why not. Before that nothing of a model is run.',
    'A model on another machine is looked into there, with the memory and the programs of that machine. While it is away, that waits.',
    'It reads what files say of themselves, not every byte: /verify does that, and repairs what is damaged. When files change, what was found is not shown any more.',
    '/add gpt2 init=yes does it as soon as the model is here, at once if it is; with the setting check_after_download that is done of every one. Then a message says if something is wrong.',
  ],
  words: ['load', 'loads', 'pickle', 'memory', 'fit', 'fits', 'gpu', 'broken', 'whole', 'context', 'runtime', 'onnx'],
};
