import type { InlineKeyboardButton } from 'grammy/types';
import { formatBytes } from '../../lib/text/bytes.ts';
import { gpuBytes, type Memory } from '../../domain/memory.ts';
import type { Picker } from '../../domain/repo/add-choices.ts';
import { type ChoiceFit, type PickerFit, pickerFit } from '../../domain/repo/choice-fit.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';
import { actionButton } from '../ui/buttons.ts';
import { titleLine } from '../ui/label.ts';
import { lines, type Rendering, shorten } from '../ui/text.ts';

/** Foreign text of any length stands in the first line: this much of it. */
const LABEL_LIMIT = 120;
/** Two columns of fifty fit Telegram's hundred buttons, with room for the others. */
const CHOICE_LIMIT = 90;
/** What half a phone's width shows of a button. */
const HALF_WIDTH = 22;
const NAME_LIMIT = 40;

const HOLDS: Readonly<Record<Picker['of'], string>> = {
  quants: 'This repository holds several quantizations.',
  sides: 'This repository holds no model of its own, only files that go with one, such as draft heads.',
  dtypes: 'This repository holds a model in several number formats.',
  models: 'This repository holds several models.',
};

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

const pickerButtons = (request: AddRequest, picker: Picker, { fits }: PickerFit): InlineKeyboardButton[][] => {
  const buttons = picker.choices.slice(0, CHOICE_LIMIT).map((choice, index) => {
    const style = choice.label === picker.suggested ? ('primary' as const) : undefined;
    const mark = MARKS[fits[index] ?? 'memory'];
    const text = `${choice.label} · ${formatBytes(choice.totalBytes)}${mark}`;
    return actionButton(text, 'pick', `${request.id}:${index}`, style);
  });
  return [...inRows(buttons), [actionButton('Leave it', 'drop', request.id)]];
};

const gpuText = (memory: Memory): string => {
  const [first] = memory.gpus;
  if (!first) return '';
  const name = memory.gpus.length === 1 ? shorten(first.name, NAME_LIMIT) : `${memory.gpus.length} graphics cards`;
  return ` · ${formatBytes(gpuBytes(memory))} on ${name}`;
};

const memoryLine = ({ memory }: Picker): string | undefined =>
  memory &&
  `${formatBytes(memory.totalBytes)} of memory, ${formatBytes(memory.freeBytes)} of it free${gpuText(memory)}`;

/** What fits, in place of or behind the usual choice. */
const fitLine = ({ fits, usualIsTooLarge, largest }: PickerFit): string | undefined => {
  if (largest === undefined)
    return `None of them fits ${fits.every((fit) => fit === 'disk') ? 'on the disk' : 'here'}.`;
  return usualIsTooLarge ? `That does not fit here; the largest that does is ${largest.label}.` : undefined;
};

/** What the marks on the buttons mean, and by which rule they were set. */
const markLine = ({ fits }: PickerFit): string | undefined => {
  const marks = [
    fits.includes('gpu') ? '“GPU” fits on the graphics card alone' : '',
    fits.includes('none') ? '“too large” is more than all the memory holds' : '',
  ].filter((mark) => mark !== '');
  if (marks.length === 0) return undefined;
  return `${marks.join(', ')}. Counted are the weights and a fifth more; long texts take more still.`;
};

/** The question which quant of a repository is meant. */
export const quantPicker = (request: AddRequest, picker: Picker): Rendering => {
  const { license, gated } = picker.listing;
  const licence = license ? `Licence ${license}${gated ? ' · gated' : ''}` : undefined;
  const fit = pickerFit(picker);
  return {
    text: lines(
      titleLine(shorten(request.ref, LABEL_LIMIT), 'which one?'),
      `${HOLDS[picker.of]}${picker.suggested === undefined ? '' : ` The usual choice is ${picker.suggested}.`}`,
      fitLine(fit),
      `${formatBytes(Math.max(0, picker.freeBytes))} free for it on the disk`,
      memoryLine(picker),
      markLine(fit),
      licence ?? (gated ? 'Gated' : undefined),
    ),
    keyboard: { inline_keyboard: pickerButtons(request, picker, fit) },
  };
};
