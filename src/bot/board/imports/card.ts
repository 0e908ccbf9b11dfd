/* bot/board/imports: the card of a file that is brought into a library: what it would change, and how far it is. */

import { FormattedString } from '@grammyjs/parse-mode';
import type { InlineKeyboardButton } from 'grammy/types';
import { MODELS_FILE } from '../../../domain/moving/models-file.ts';
import type { SettingChange } from '../../../library/moving/file-settings.ts';
import type { ImportView } from '../../../library/moving/import-view.ts';
import type { ImportLine } from '../../../store/moving/import-lines.ts';
import { shortenToWord } from '../../../lib/text/shorten.ts';
import { actionButton } from '../../ui/buttons.ts';
import { titleLine } from '../../ui/label.ts';
import { count, lines, type Rendering, shorten } from '../../ui/text.ts';

/** Foreign text: so much of a name, and of a reason. */
const NAME_LIMIT = 60;
const REASON_LIMIT = 240;

const more = (shown: readonly unknown[], total: number): string =>
  total > shown.length ? ` and ${total - shown.length} more` : '';

const nameOf = ({ name }: Pick<ImportLine, 'name'>): string => shorten(name === '' ? 'a model' : name, NAME_LIMIT);

const changedName = (line: ImportLine): string => `${nameOf(line)} (${shorten(line.about ?? '', NAME_LIMIT)})`;

const asTheFile = (same: number): string => `as the file has ${same === 1 ? 'it' : 'them'}`;

/** What comes, changes or stays, each with the first few names. */
const planText = ({ made, fresh, changed }: ImportView): FormattedString =>
  lines(
    fresh.total > 0 &&
      `${count(fresh.total, 'new model')}: ${fresh.first.map(nameOf).join(', ')}${more(fresh.first, fresh.total)}.`,
    changed.total > 0 &&
      `${changed.total} changed: ${changed.first.map(changedName).join(', ')}${more(changed.first, changed.total)}.`,
    made.same > 0 && `${made.same} here already, ${asTheFile(made.same)}.`,
  );

const refusalLine = (line: ImportLine): string => {
  const position = line.line > 0 ? `line ${line.line} · ` : '';
  return `${position}${nameOf(line)}: ${shortenToWord(line.about ?? 'it cannot be read', REASON_LIMIT)}`;
};

/** The first of those that do not come, with why. */
const refusalText = (title: string, { first, total }: ImportView['refused']): FormattedString =>
  lines(
    total > 0 && `${title}:`,
    ...first.map(refusalLine),
    total > first.length && `and ${total - first.length} more; a button below sends the list.`,
  );

const changeWords = ({ key, now, wanted, fixedBy }: SettingChange): string => {
  const fixed = fixedBy === undefined ? '' : `, fixed by ${shorten(fixedBy, 40)}`;
  return `${key} ${shorten(wanted, 30)} (now ${shorten(now, 30)}${fixed})`;
};

const settingsText = ({ changes, made }: ImportView): FormattedString => {
  const words = (isMachine: boolean): string =>
    changes
      .filter((change) => change.isMachine === isMachine)
      .map(changeWords)
      .join(', ');
  const library = made.state === 'asking' ? 'For this library it sets' : 'Not set for this library:';
  return lines(
    words(false) !== '' && `${library} ${words(false)}.`,
    words(true) !== '' && `Not applied to the machine: ${words(true)}. Only an owner can have that done.`,
  );
};

const canSet = ({ changes }: ImportView): boolean =>
  changes.some(({ isMachine, fixedBy }) => isMachine && fixedBy === undefined);

const askingButtons = (view: ImportView): InlineKeyboardButton[][] => {
  const { made, fresh, changed, changes } = view;
  const isForLibrary = fresh.total + changed.total > 0 || changes.some(({ isMachine }) => !isMachine);
  return [
    [
      ...(isForLibrary ? [actionButton('Import', 'bring', `${made.id}:0`, 'primary')] : []),
      ...(fresh.total > 0 ? [actionButton('Import and download', 'bring', `${made.id}:1`)] : []),
    ],
  ];
};

const isCut = ({ first, total }: ImportView['refused']): boolean => total > first.length;

const buttonsOf = (view: ImportView): InlineKeyboardButton[][] => {
  const { made, refused, failed } = view;
  const { id, state } = made;
  const isAsking = state === 'asking';
  const rows = [
    ...(isAsking ? askingButtons(view) : []),
    (isAsking || state === 'done') && canSet(view) ? [actionButton('Apply the machine’s settings', 'machine', id)] : [],
    state === 'done' && failed.total > 0 ? [actionButton('Try again', 'bring', `${id}:2`)] : [],
    isCut(refused) || isCut(failed) ? [actionButton('All that is not taken', 'refusals', id)] : [],
    isAsking ? [actionButton('Cancel', 'unbring', id)] : [],
    state === 'bringing' ? [actionButton('Stop', 'unbring', id)] : [],
  ];
  return rows.filter((row) => row.length > 0);
};

const notTaken = ({ refused }: ImportView): FormattedString =>
  refusalText(`${count(refused.total, 'line')} not taken`, refused);

/** Parts with a line between them. */
const parts = (...pieces: readonly FormattedString[]): FormattedString =>
  FormattedString.join(
    pieces.filter(({ text }) => text !== ''),
    '\n\n',
  );

/** No machine is called as the file says: a person decides whether the usual one will do. */
const lostText = ({ lostHosts, usualHost = 'the machine that I run on' }: ImportView): FormattedString => {
  const [first] = lostHosts;
  if (!first) return lines();
  const named = lostHosts.map(({ host, lines: models }) => `${host} (${count(models, 'model')})`).join(', ');
  const which = lostHosts.length === 1 ? `is called ${named}` : `has any of these names: ${named}`;
  return lines(
    `No machine of mine ${which}. What the file has there comes onto ${usualHost}. For another one, answer the file with /import on= and its name.`,
  );
};

const asking = (view: ImportView): FormattedString =>
  parts(
    planText(view),
    lostText(view),
    notTaken(view),
    settingsText(view),
    lines(view.fresh.total > 0 && 'What comes waits for /download, unless you choose otherwise.'),
  );

const bringing = ({ made, done, open, total, failed }: ImportView): FormattedString =>
  lines(
    `${done + failed.total} of ${total} are done${open > 0 ? `; ${open} being looked up` : ''}.`,
    failed.total > 0 && `${failed.total} could not be had.`,
    made.errorMessage !== null && `It waits: ${shorten(made.errorMessage, REASON_LIMIT)}`,
  );

const broughtText = ({ made, fresh, brought, changed }: ImportView): FormattedString =>
  lines(
    fresh.total > 0 &&
      `${count(brought, 'new model')} in this library${made.starts || brought === 0 ? '' : ', waiting for /download'}.`,
    changed.total > 0 && `${changed.total} changed.`,
    made.same > 0 && `${made.same} here already, ${asTheFile(made.same)}.`,
  );

const done = (view: ImportView): FormattedString =>
  parts(
    lines(view.total === 0 && 'There is nothing in it to import.', broughtText(view)),
    refusalText(`${view.failed.total} could not be had`, view.failed),
    notTaken(view),
    settingsText(view),
  );

const WORDS = {
  reading: 'reading',
  asking: 'import?',
  bringing: 'importing',
  done: 'imported',
  failed: 'cannot be read',
  cancelled: 'cancelled',
} as const;

const bodyOf = (view: ImportView): FormattedString => {
  const { made } = view;
  switch (made.state) {
    case 'asking':
      return asking(view);
    case 'bringing':
      return bringing(view);
    case 'done':
      return done(view);
    case 'failed':
      return lines(
        shorten(made.errorMessage ?? 'It cannot be read.', REASON_LIMIT),
        'It is read again when it changes.',
      );
    case 'cancelled':
      return lines(view.done > 0 ? `${view.done} of ${view.total} had come, and stay.` : 'Nothing was changed.');
    case 'reading':
      return lines('It is being read …');
  }
};

/** Nobody has sent what the machine has. */
const labelOf = ({ digest }: ImportView['made']): string =>
  digest === null ? MODELS_FILE : `${MODELS_FILE} of this machine`;

/** What the message of an import shows. */
export const importCard = (view: ImportView): Rendering => ({
  text: FormattedString.join([titleLine(labelOf(view.made), WORDS[view.made.state]), bodyOf(view)], '\n'),
  keyboard: { inline_keyboard: buttonsOf(view) },
});
