import type { InlineKeyboardButton } from 'grammy/types';
import { formatBytes } from '../../lib/text/bytes.ts';
import { gpuBytes, type Memory } from '../../domain/memory.ts';
import { askedLabel } from '../../domain/repo/asked-label.ts';
import type { BranchPicker, Picker } from '../../domain/repo/add-choices.ts';
import { type ChoiceFit, type FitOfAll, fitOfAll, type SizedChoices } from '../../domain/repo/choice-fit.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';
import { actionButton } from '../ui/buttons.ts';
import { lacksText, titleLine } from '../ui/label.ts';
import { count, foreign, lines, type Rendering, shorten } from '../ui/text.ts';
import { table } from '../../lib/table.ts';

/** Foreign text of any length stands in the first line: this much of it. */
const LABEL_LIMIT = 120;
const LICENCE_LIMIT = 100;
/** Two columns of fifty fit Telegram's hundred buttons, with room for the others. */
const CHOICE_LIMIT = 90;
/** What half a phone's width shows of a button. */
const HALF_WIDTH = 22;
/** Of a name on a button; more a phone does not show. */
const BUTTON_LIMIT = 60;
const NAME_LIMIT = 40;

const HOLDS: Readonly<Record<Picker['of'], string>> = {
  quants: 'This repository holds several quantizations.',
  sides: 'This repository holds no model of its own, only files that go with one, such as draft heads.',
  dtypes: 'This repository holds a model in several number formats.',
  models: 'This repository holds several models.',
  all: 'This repository holds a model in several forms.',
};

/** What a person is not expected to know the words of. */
const PLAIN_LABELS = table<string>({ auto: 'usual files', all: 'all files' });
const plainLabel = (label: string): string => PLAIN_LABELS[label] ?? shorten(label, BUTTON_LIMIT);

const MARKS: Readonly<Record<ChoiceFit, string>> = {
  disk: ' · no room',
  none: ' · too large',
  memory: '',
  gpu: ' · GPU',
};

/** Two beside each other where both can be read so. */
const inRows = (buttons: readonly InlineKeyboardButton[]): InlineKeyboardButton[][] => {
  const rows: InlineKeyboardButton[][] = [];
  const isShort = ({ text }: InlineKeyboardButton): boolean => text.length <= HALF_WIDTH;
  for (const button of buttons) {
    const row = rows.at(-1);
    const [before] = row ?? [];
    if (row?.length === 1 && before && isShort(before) && isShort(button)) row.push(button);
    else rows.push([button]);
  }
  return rows;
};

const choiceButtons = (
  id: number,
  { choices, suggested, current }: SizedChoices & { readonly current?: string | undefined },
  { fits }: FitOfAll,
): InlineKeyboardButton[] =>
  choices.slice(0, CHOICE_LIMIT).map(({ label, totalBytes }, index) => {
    const now = label === current ? ' · now' : '';
    const style = label === suggested ? ('primary' as const) : undefined;
    const size = totalBytes === undefined ? '' : ` · ${formatBytes(totalBytes)}`;
    return actionButton(
      `${plainLabel(label)}${size}${MARKS[fits[index] ?? 'memory']}${now}`,
      'pick',
      `${id}:${index}`,
      style,
    );
  });

/** Of which machine is spoken. */
type On = { readonly name: string } | undefined;

const gpuText = (memory: Memory): string => {
  const [first] = memory.gpus;
  if (!first) return '';
  const name = memory.gpus.length === 1 ? shorten(first.name, NAME_LIMIT) : `${memory.gpus.length} graphics cards`;
  return ` · ${formatBytes(gpuBytes(memory))} on ${name}`;
};

const memoryLine = ({ memory }: SizedChoices, on: On): string | undefined =>
  memory &&
  `${on ? `${on.name} has ` : ''}${formatBytes(memory.totalBytes)} of memory, ${formatBytes(memory.freeBytes)} of it free${gpuText(memory)}`;

/** What fits, in place of or behind the usual choice. */
const fitLine = ({ fits, usualIsTooLarge, largest }: FitOfAll, on: On): string | undefined => {
  const here = on ? 'there' : 'here';
  if (largest === undefined) return `None of them fits ${fits.every((fit) => fit === 'disk') ? 'on the disk' : here}.`;
  if (usualIsTooLarge) return `That does not fit ${here}; the largest that does is ${plainLabel(largest.label)}.`;
  const fitsAll = fits.every((fit) => fit === 'gpu' || fit === 'memory');
  return fitsAll ? 'All of them fit on the disk and into the memory.' : undefined;
};

/** What the marks on the buttons mean, and by which rule they were set. */
const markLine = ({ fits }: FitOfAll): string | undefined => {
  const marks = [
    fits.includes('gpu') ? '“GPU” fits on the graphics card alone' : '',
    fits.includes('none') ? '“too large” is more than all the memory holds' : '',
  ].filter((mark) => mark !== '');
  if (marks.length === 0) return undefined;
  return `${marks.join(', ')}. Counted are the weights and a fifth more; long texts take more still.`;
};

interface Question {
  readonly sentence: string;
  /** What is usual in the chat, and is not among them. */
  readonly lacks?: string | undefined;
  readonly choices: SizedChoices & { readonly current?: string | undefined };
  /** Where it shall lie; undefined: on the machine of the bot. */
  readonly on: On;
  readonly license: string | undefined;
  readonly isGated: boolean;
  /** Behind the choices. */
  readonly more?: readonly InlineKeyboardButton[];
}

const ask = ({ id, ref, options }: AddRequest, question: Question): Rendering => {
  const { sentence, lacks, choices, on, license, isGated, more = [] } = question;
  const licence = license ? `Licence ${foreign(license, LICENCE_LIMIT)}${isGated ? ' · gated' : ''}` : undefined;
  const fit = fitOfAll(choices);
  return {
    text: lines(
      titleLine(
        shorten(askedLabel(ref), LABEL_LIMIT),
        typeof options?.replaces === 'number' ? 'which files shall it have instead?' : 'which one?',
      ),
      lacks === undefined ? undefined : lacksText(lacks),
      sentence,
      on && `It shall lie on ${on.name}.`,
      fitLine(fit, on),
      `${formatBytes(Math.max(0, choices.freeBytes))} free for it on the disk${on ? ` of ${on.name}` : ''}`,
      memoryLine(choices, on),
      markLine(fit),
      licence ?? (isGated ? 'Gated' : undefined),
    ),
    keyboard: {
      inline_keyboard: [
        ...inRows(choiceButtons(id, choices, fit)),
        ...more.map((button) => [button]),
        [actionButton('Leave it', 'drop', id)],
      ],
    },
  };
};

/** The question which quant, number format or model of a repository is meant. */
export const quantPicker = (request: AddRequest, picker: Picker): Rendering => {
  const { license, gated } = picker.listing;
  const usual =
    picker.suggested === undefined || picker.suggested === 'auto'
      ? ''
      : ` The usual choice is ${plainLabel(picker.suggested)}.`;
  const absent = picker.absent === undefined ? '' : `There is no ${shorten(picker.absent, BUTTON_LIMIT)} in it. `;
  const sentence = `${absent}${HOLDS[picker.of]}${usual}`;
  return ask(request, {
    sentence,
    lacks: picker.lacks,
    choices: picker,
    on: picker.target,
    license,
    isGated: gated !== false,
  });
};

/** The question which branch is meant, where the usual one holds no weights. */
export const branchPicker = (request: AddRequest, picker: BranchPicker): Rendering => {
  const { choices, here, license, gated } = picker;
  const text = `Only the ${count(here, 'file')} without weights`;
  return ask(request, {
    sentence: 'The main branch holds no weights; the others may.',
    choices: picker,
    on: picker.target,
    license,
    isGated: gated,
    more: [actionButton(text, 'pick', `${request.id}:${choices.length}`)],
  });
};
