import type { Model } from '../../domain/model.ts';
import type { StatusWord } from '../../domain/states/model.ts';
import type { Topic } from '../feature.ts';
import { modelLabel } from '../ui/label.ts';

/** What the feature of talks says; what comes of them says outbox/talks. */
export const text = {
  lookOnly:
    'Talking to a model takes the memory and the processor of the machine: it is for members. The bot’s owner can let you.',
  nothingComplete:
    'Nothing here can be talked to yet: that takes a complete model with a GGUF file, on the machine that I run on.',
  notYours: 'That belongs to another chat, or is gone.',
  notComplete: (model: Model, word: StatusWord): string =>
    `${modelLabel(model)} is ${word}: it can be talked to when it is complete.`,
  dataset: (model: Model): string => `${modelLabel(model)} is a dataset: only models can be talked to.`,
  elsewhere: (model: Model): string =>
    `${modelLabel(model)} lies on another machine: only what lies on this one can be talked to.`,
  off: 'The owner of this bot has switched talks with models off.',
  busy: 'What you said before is not answered yet. Stop that answer, or wait until it is there; /stop ends the talk.',
  noTalk: 'You are in no talk here. /try #12 begins one with a model, by its number or name.',
  over: (label: string): string => `The talk with ${label} is over.`,
  theModel: 'the model',
  stopped: 'Stopped.',
  stoppedAlready: 'That is over already.',
  notYourAnswer: 'Who asked can stop it, and who manages this chat.',
  onItsWay: 'Look at the end of this chat.',
} as const;

export const help: Topic = {
  name: 'try',
  lines: [
    'Talking to models',
    '/try #12 opens a finished GGUF model and has you talk to it: what you write next in this chat goes to it, in a group what answers a message of mine, until /stop or ten minutes without a word. Other commands work meanwhile.',
    '/try #12 Who are you? says the first thing at once.',
    'An answer grows while it is written, and can be stopped. Below it stand the file, how soon it began and how fast it came. It ends with what one message holds, or after three minutes.',
    'A model without a chat template goes on with your text. One that makes numbers of texts compares two: write one, then the other.',
    'There is room for one model at a time. Who comes later is told how many are before; while somebody waits, a talk lasts ten minutes, and one without a word ends after a minute. A check that loads a model waits like everybody else.',
    'Only what lies on the machine that I run on can be talked to.',
    'It takes llama.cpp, which the owner installs with npm run add-runtime gguf, and as much free memory as the check of the model says. Owners switch all of it off by the setting try.',
    'What a model writes is text and nothing else. What you say and what it answers stand in my database until the answer is sent, and no longer: when the talk is over, or I am restarted, nobody knows any more what was said.',
  ],
  words: ['talk', 'talks', 'talking', 'chat', 'ask', 'say', 'prompt', 'answer', 'embedding', 'similar', 'llama'],
};
