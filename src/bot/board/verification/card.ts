/* bot/board/verification: the card of what is read again, and of what is taken over: how far it is, and what was wrong. */

import { FormattedString } from '@grammyjs/parse-mode';
import type { HostAway } from '../../../domain/waiting.ts';
import { formatBytes } from '../../../lib/text/bytes.ts';
import type { ItemView, VerificationView } from '../../../library/verifying/verification-view.ts';
import { actionButton } from '../../ui/buttons.ts';
import { titleLine } from '../../ui/label.ts';
import { bar, count, lines, percent, type Rendering } from '../../ui/text.ts';
import type { Times } from '../../../library/model-view.ts';
import { awayText } from '../../ui/waiting.ts';
import { adoptionLines, adoptionStatus, restButtons } from './adoption-text.ts';
import { faultLines, nameOf, pathsText, readText, refusalText } from './item-text.ts';

/** One of several that is not as it should be. */
const faultyLine = (view: ItemView): FormattedString => {
  const { state, finding, files } = view.item;
  const told =
    state === 'refused' || !finding
      ? refusalText(view.item)
      : faultLines(finding, files)
          .filter((line) => line !== undefined)
          .join('; ');
  return FormattedString.join([FormattedString.b(nameOf(view)), ` · ${told}`]);
};

const leftOutText = (view: VerificationView): string | undefined => {
  const amount = view.count('left_out');
  if (amount === 0) return undefined;
  return `${count(amount, 'model')} ${amount === 1 ? 'was' : 'were'} left out: gone from the library, or being downloaded.`;
};

const MENDED = 'What is broken or missing is fetched again, and nothing else.';

/** More machines that it waits for are not named. */
const AWAY_MOST = 5;
const goesOn = ([first, ...others]: readonly HostAway[]): string =>
  first && others.length === 0 && first.by === undefined
    ? `It is read when ${first.host} is back.`
    : 'It is read by itself when that is over.';

const readingLines = (view: VerificationView, times: Times): (FormattedString | string | undefined)[] => {
  const { reading, items, verification, awaits } = view;
  const done = items - view.count('waiting');
  const progress = items > 1 ? `${done} of ${items} are done` : undefined;
  if (!verification.listed) return [];
  if (!reading && awaits.length > 0)
    return [progress, ...awaits.slice(0, AWAY_MOST).map((away) => `${awayText(away, times)}.`), goesOn(awaits)];
  if (!reading) return [progress, 'Waits for its turn: other files are being read.'];
  const { state } = reading;
  const which = items > 1 ? `Reading ${nameOf(reading)}` : undefined;
  if (!state) return [progress, which ?? 'Finding out what its files should be'];
  const { bytesDone, bytesTotal, filesDone, filesTotal, currentFile } = state;
  // As code: Telegram makes links of names such as README.md.
  const file = currentFile === undefined ? [] : [': ', FormattedString.code(pathsText([currentFile], 1))];
  return [
    progress,
    which,
    `${bar(bytesTotal > 0 ? bytesDone / bytesTotal : 1)} ${percent(bytesDone, bytesTotal)} %`,
    `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`,
    FormattedString.join([`File ${Math.min(filesDone + 1, filesTotal)} of ${filesTotal}`, ...file]),
  ];
};

/** One that was left out, though its library has it: what was read of it has made room for something else. */
const changedText = ({ model }: ItemView): string | undefined =>
  model?.status === 'completed'
    ? `It was moved or changed while it was read. /verify #${model.id} reads what it is now.`
    : undefined;

/** What was found in one model. */
const onlyLines = (view: VerificationView, only: ItemView): readonly (string | undefined)[] => {
  const { item } = only;
  const { state, files, finding } = item;
  if (state === 'right')
    return [`${files === 1 ? 'Its file is' : `All ${files} files are`} right (${readText(view)}).`];
  if (state === 'mending') return [...(finding ? faultLines(finding, files) : []), `${readText(view)}. ${MENDED}`];
  return state === 'refused' ? [refusalText(item)] : [changedText(only) ?? leftOutText(view)];
};

/** What was found in several. */
const severalLines = (view: VerificationView): readonly (FormattedString | string | undefined)[] => {
  const { faulty, rightFiles } = view;
  const right = view.count('right');
  const faults = view.count('mending') + view.count('refused');
  const files = `${count(rightFiles, 'file')} of ${count(right, 'model')}`;
  return [
    right === 0
      ? undefined
      : `${faults === 0 ? 'All ' : ''}${files} ${rightFiles === 1 ? 'is' : 'are'} right (${readText(view)}).`,
    view.count('mending') > 0 ? MENDED : undefined,
    leftOutText(view),
    ...faulty.map(faultyLine),
    faults > faulty.length ? `… and ${faults - faulty.length} more` : undefined,
  ];
};

const statusText = (view: VerificationView): string => {
  if (view.verification.purpose === 'adopt') return adoptionStatus(view);
  switch (view.verification.state) {
    case 'reading':
      return 'verifying';
    case 'cancelled':
      return 'verification cancelled';
    case 'done':
      if (view.count('mending') > 0) return 'files damaged';
      return view.count('refused') > 0 ? 'could not be read' : view.count('right') > 0 ? 'verified' : 'not verified';
  }
};

const wishText = ({ verification, items }: VerificationView): string => {
  const { wish, purpose } = verification;
  if (purpose === 'round') return `Monthly reading of ${count(items, 'model')}`;
  if (purpose === 'verify') return count(items, 'model');
  if (wish && 'id' in wish) return wish.id;
  return items === 0 ? 'The cache' : `${items} repositories`;
};

const titleOf = (view: VerificationView): FormattedString =>
  titleLine(view.only && view.verification.purpose !== 'round' ? nameOf(view.only) : wishText(view), statusText(view));

const foundLines = (view: VerificationView): readonly (FormattedString | string | undefined)[] => {
  if (view.verification.purpose === 'adopt') return adoptionLines(view);
  return view.only && view.verification.purpose === 'verify' ? onlyLines(view, view.only) : severalLines(view);
};

/** What the notice of its end says. */
export const verificationReport = (view: VerificationView): Rendering => ({
  text: lines(titleOf(view), ...foundLines(view)),
});

/** The message of a verification: how far it is, or what it has found. */
export const verificationCard = (view: VerificationView, times: Times): Rendering => {
  const { state, id } = view.verification;
  if (state === 'done') return { ...verificationReport(view), keyboard: { inline_keyboard: restButtons(view) } };
  if (state === 'cancelled') {
    const isUnread = view.count('waiting') === view.items;
    return { text: lines(titleOf(view), ...(isUnread ? ['Nothing was read to its end.'] : foundLines(view))) };
  }
  return {
    text: lines(titleOf(view), ...readingLines(view, times)),
    keyboard: { inline_keyboard: [[actionButton('Cancel', 'unverify', id)]] },
  };
};
