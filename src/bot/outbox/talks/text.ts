import { basename } from 'node:path/posix';
import { FormattedString } from '@grammyjs/parse-mode';
import { addRuntimeCommand, BUILDS } from '../../../domain/checks/runtimes.ts';
import type { Outcome } from '../../../domain/talks/outcome.ts';
import { formatBytes } from '../../../lib/text/bytes.ts';
import { rateText, secondsText } from '../../../lib/text/numbers.ts';
import { cutBefore } from '../../../lib/text/shorten.ts';
import type { Live } from '../../../library/talks/talks.ts';
import { count, lines, plain, shorten, untapped } from '../../ui/text.ts';
import { titleLine } from '../../ui/label.ts';

const PATH_LIMIT = 80;

/** What a model is called in a sentence, and how it is named in a command. */
export interface TalkedTo {
  readonly label: string;
  readonly id: number;
  /** In a group a bot hears what answers a message of its own, and need not hear the rest. */
  readonly isGroup: boolean;
}

/** The joiners come on top of what a model writes; the rest of a message is for what is said of it. */
const SHOWN_MOST = 3600;

/** What a model wrote, as text and nothing else: nobody is to be called by a model, and no tap is to be a command of its. */
const asPlainText = (written: string): string =>
  // Characters that steer, those that turn the direction of a line too; joiners belong to letters and emoji.
  untapped(written.toWellFormed().replace(/[^\P{C}\n\t\u200c\u200d]/gu, '')).trim();

const cut = (written: string): string => written.slice(0, cutBefore(written, SHOWN_MOST));

/** The file says what quantization it is. */
const fileOf = (path: string): string => shorten(basename(path).replace(/\.gguf$/i, ''), PATH_LIMIT);

const WAYS = {
  chat: '/stop ends the talk.',
  completion:
    'It has no chat template, so it is no model for talks: it goes on with whatever you write, each time anew. /stop ends the talk.',
  vectors: 'It makes numbers of texts: of two, one after the other, I say how alike they are. /stop ends the talk.',
} as const;

/** Whether the file is what the model is called by, as one from a web address is. */
const isNamed = ({ label }: TalkedTo, path: string): boolean => path !== '' && basename(label) === basename(path);

const SAYING = {
  alone: 'Write what you want to say to it.',
  group: 'Answer this message with what you want to say to it, and then what it writes.',
} as const;

type Said<K extends Outcome['kind']> = Extract<Outcome, { kind: K }>;

const ENDS: Readonly<Record<Said<'answer'>['end'], string>> = {
  end: '',
  stopped: ' · stopped',
  long: ' · cut here, as long as an answer may be',
  late: ' · cut here, its time was over',
};

/** The answer itself, then in one line what wrote it, and how fast. */
const answered = (of: TalkedTo, said: Said<'answer'>, isOver: boolean): FormattedString => {
  const { text, path, firstMs, tokensPerSecond, end, isAnew, talk } = said;
  const first = firstMs === undefined ? '' : ` · first token after ${secondsText(firstMs)}`;
  const speed = tokensPerSecond === undefined ? '' : ` · ${rateText(tokensPerSecond)} tokens a second`;
  const all = asPlainText(text);
  const written = cut(all);
  return lines(
    written === '' ? FormattedString.i('It wrote nothing.') : plain(written),
    FormattedString.i(
      `${fileOf(path)}${talk === 'completion' ? ' · no chat template' : ''}${first}${speed}${ENDS[written === all ? end : 'long']}`,
    ),
    isAnew === true && FormattedString.i('It was opened anew: what was said before it does not know.'),
    isOver && overText(of),
  );
};

const overText = ({ label }: TalkedTo): string => `The talk with ${label} is over.`;
const again = ({ id }: TalkedTo): string => `/try #${id} begins another.`;

const LIKENESS: readonly (readonly [number, string])[] = [
  [0.9, 'nearly the same'],
  [0.75, 'much alike'],
  [0.5, 'somewhat alike'],
  [0.25, 'a little alike'],
  [-1, 'not alike'],
];

const compared = (cosine: number): string => {
  const words = LIKENESS.find(([least]) => cosine >= least)?.[1] ?? '';
  return `${cosine.toFixed(2)} of 1: ${words}, as this model sees it. Write two others, or /stop.`;
};

const noRuntime = (): FormattedString =>
  FormattedString.join([
    `Talking to models takes llama.cpp, which is not installed on the machine (${BUILDS.gguf.megabytes} MB). There: `,
    FormattedString.code(addRuntimeCommand('gguf')),
  ]);

const otherForm = ({ label, id }: TalkedTo, isOnnx: boolean): string =>
  isOnnx
    ? `${label} is an ONNX model: I have no tokenizer to talk to it with. Only GGUF models can be talked to; /check #${id} runs this one once and says what came of it.`
    : `${label} has no GGUF file, and only those can be talked to. Of most models somebody offers some: /search with its name and the word gguf finds them.`;

const WHY_OVER: Readonly<Record<Said<'over'>['why'], string>> = {
  quiet: 'nothing was said for ten minutes, and its memory is free again',
  others_wait: 'others wait for their turn',
  off: 'the owner of this bot has switched talks off',
};

/** What is said of an outcome of each kind. */
const SAID: {
  readonly [K in Outcome['kind']]: (of: TalkedTo, said: Said<K>, isOver: boolean) => FormattedString | string;
} = {
  ready: (of, { path, loadMs, talk }) =>
    lines(
      titleLine(of.label, `ready${isNamed(of, path) ? '' : `, ${fileOf(path)}`}, loaded in ${secondsText(loadMs)}`),
      SAYING[of.isGroup ? 'group' : 'alone'],
      WAYS[talk],
    ),
  answer: answered,
  first_text: () => 'That is the first text. Write the second one.',
  compared: (_, { cosine }) => compared(cosine),
  refused: ({ label }, { reason }) => `${label} ${reason}.`,
  gone: (of, { path, reason }) =>
    `${path === '' ? of.label : shorten(path, PATH_LIMIT)} ${reason}. ${isNamed(of, path) ? 'The talk is over.' : overText(of)} ${again(of)}`,
  no_runtime: noRuntime,
  other_form: (of, { isOnnx }) => otherForm(of, isOnnx),
  no_weights: ({ label, id }) =>
    `The GGUF file of ${label} has no weights that I could read, so there is nothing to talk to. /check #${id} says what is in it.`,
  not_whole: ({ label, id }) => `Something is wrong with the files of ${label}: /check #${id} says what.`,
  no_memory: ({ label }, { neededBytes, freeBytes }) =>
    `${label} takes about ${formatBytes(neededBytes)} of memory, and ${formatBytes(freeBytes)} are free on the machine now.`,
  not_here: ({ label }) => `${label} is not in this library any more, or not complete.`,
  interrupted: (of, _, isOver) =>
    isOver
      ? `I was restarted meanwhile. ${again(of)}`
      : `I was restarted before ${of.label} had answered. Write it once more: what was said before it does not know any more.`,
  left: (of) => `Left. ${overText(of)}`,
  over: (of, { why }) => `The talk with ${of.label} is over: ${WHY_OVER[why]}.${why === 'off' ? '' : ` ${again(of)}`}`,
};

/** What came of a turn. @param isOver its talk is over with it */
export const outcomeText = <K extends Outcome['kind']>(
  of: TalkedTo,
  outcome: Said<K> & { readonly kind: K },
  isOver: boolean,
): FormattedString => {
  const said = SAID[outcome.kind](of, outcome, isOver);
  return typeof said === 'string' ? plain(said) : said;
};

/** What is shown until a turn comes to something. */
export const liveText = ({ label }: TalkedTo, live: Live): string => {
  switch (live.phase) {
    case 'waiting':
      return live.ahead > 0
        ? `${label} · waits for its turn: ${count(live.ahead, 'talk')} before this one`
        : `${label} · it is its turn`;
    case 'checked':
      return `${label} · waits until a check has loaded another model`;
    case 'opening':
      return `${label} · is being loaded`;
    case 'writing':
      return cut(asPlainText(live.text));
  }
};

/** Stands in a message as long as nothing is written. */
export const reading = ({ label }: TalkedTo): string => `${label} · reads`;
