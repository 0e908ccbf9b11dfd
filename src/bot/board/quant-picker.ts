import type { InlineKeyboardButton } from 'grammy/types';
import { formatBytes } from '../../lib/text/bytes.ts';
import type { Picker } from '../../domain/repo/add-choices.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';
import { actionButton } from '../ui/buttons.ts';
import { titleLine } from '../ui/label.ts';
import { lines, type Rendering, shorten } from '../ui/text.ts';

/** Foreign text of any length stands in the first line: this much of it. */
const LABEL_LIMIT = 120;
/** Two columns of fifty fit Telegram's hundred buttons, with room for the others. */
const CHOICE_LIMIT = 90;

const pickerButtons = (request: AddRequest, picker: Picker): InlineKeyboardButton[][] => {
  const buttons = picker.choices.slice(0, CHOICE_LIMIT).map((choice, index) => {
    const room = choice.totalBytes <= picker.freeBytes ? '' : ' · no room';
    const style = choice.label === picker.suggested ? ('primary' as const) : undefined;
    return actionButton(
      `${choice.label} · ${formatBytes(choice.totalBytes)}${room}`,
      'pick',
      `${request.id}:${index}`,
      style,
    );
  });
  const rows: InlineKeyboardButton[][] = [];
  for (let index = 0; index < buttons.length; index += 2) rows.push(buttons.slice(index, index + 2));
  return [...rows, [actionButton('Leave it', 'drop', request.id)]];
};

/** The question which quant of a repository is meant. */
export const quantPicker = (request: AddRequest, picker: Picker): Rendering => {
  const { license, gated } = picker.listing;
  const licence = license ? `Licence ${license}${gated ? ' · gated' : ''}` : undefined;
  return {
    text: lines(
      titleLine(shorten(request.ref, LABEL_LIMIT), 'which one?'),
      picker.suggested === undefined
        ? 'This repository holds no model of its own, only files that go with one, such as draft heads.'
        : `This repository holds several quantizations. The usual choice is ${picker.suggested}.`,
      `${formatBytes(Math.max(0, picker.freeBytes))} free for it on the disk`,
      licence ?? (gated ? 'Gated' : undefined),
    ),
    keyboard: { inline_keyboard: pickerButtons(request, picker) },
  };
};
