import { FormattedString } from '@grammyjs/parse-mode';
import type { InlineKeyboardButton } from 'grammy/types';
import { formatBytes } from '../../../lib/text/bytes.ts';
import type { ItemView, VerificationView } from '../../../library/verifying/verification-view.ts';
import { actionButton } from '../../ui/buttons.ts';
import { count, shorten } from '../../ui/text.ts';
import { faultLines, nameOf, readText, refusalText } from './item-text.ts';

const BUTTON_LIMIT = 40;
const REASON_LIMIT = 200;
/** More buttons than this are no list on a phone. */
const BUTTONS_MOST = 8;

type Lines = readonly (FormattedString | string | undefined)[];

/** Refusals say what to do about them as well, which is of no use here. */
const firstSentence = (text: string): string => shorten(/^.*?\.(?=\s|$)/su.exec(text)?.[0] ?? text, REASON_LIMIT);

const byNamesText = (view: ItemView): string | undefined => {
  const { byNames } = view.item.finding ?? {};
  if (byNames === undefined) return undefined;
  return `Checked against the names of its blobs, since the Hub did not tell what they should be: ${firstSentence(byNames)}`;
};

const missingText = ({ item }: ItemView): string =>
  `${formatBytes(item.finding?.missingBytes ?? 0)} are missing or broken, so it is not taken over as it is.`;

const LEFT_OUT = 'A library has it already, so that it can be added without a byte being fetched.';

/** What was found in one repository. */
const onlyLines = (view: VerificationView, only: ItemView): Lines => {
  const { state, files, finding } = only.item;
  if (state === 'adopted') {
    const read = files > 0 ? `${count(files, 'file')} ${files === 1 ? 'is' : 'are'} right (${readText(view)}). ` : '';
    return [`${read}It is in this library now; nothing was fetched.`, byNamesText(only)];
  }
  if (state === 'incomplete') {
    return [...(finding ? faultLines(finding, files) : []), missingText(only), byNamesText(only)];
  }
  return [state === 'refused' ? refusalText(only.item) : LEFT_OUT];
};

const faultyLine = (view: ItemView): FormattedString => {
  const told = view.item.state === 'incomplete' ? missingText(view) : refusalText(view.item);
  return FormattedString.join([FormattedString.b(nameOf(view)), ` · ${told}`]);
};

/** What was found in several. */
const severalLines = (view: VerificationView): Lines => {
  const { faulty, rightFiles } = view;
  const [adopted, leftOut] = [view.count('adopted'), view.count('left_out')];
  const faults = view.count('incomplete') + view.count('refused');
  return [
    adopted > 0
      ? `${count(adopted, 'repository').replace(/ys$/, 'ies')} with ${count(rightFiles, 'file')} ${adopted === 1 ? 'is' : 'are'} in this library now (${readText(view)}); nothing was fetched.`
      : undefined,
    leftOut > 0 ? `${leftOut} of them ${leftOut === 1 ? 'is' : 'are'} in a library already.` : undefined,
    ...faulty.map(faultyLine),
    faults > faulty.length ? `… and ${faults - faulty.length} more` : undefined,
  ];
};

/** What has become of what was to be taken over. */
export const adoptionLines = (view: VerificationView): Lines => {
  const { errorMessage } = view.verification;
  if (view.items === 0) return [errorMessage ?? undefined];
  return view.only ? onlyLines(view, view.only) : severalLines(view);
};

/** One for each that something is missing of: nothing is fetched unless somebody says so. */
export const restButtons = (view: VerificationView): InlineKeyboardButton[][] =>
  view.faulty
    .filter(({ item }) => item.state === 'incomplete' && item.finding?.rest !== undefined)
    .slice(0, BUTTONS_MOST)
    .map((one) => {
      const { id, finding } = one.item;
      const size = formatBytes(finding?.missingBytes ?? 0);
      const label = view.only ? `Fetch the rest · ${size}` : `${shorten(nameOf(one), BUTTON_LIMIT)}: fetch ${size}`;
      return [actionButton(label, 'rest', `${view.verification.id}:${id}`)];
    });

/** The first line's second half. */
export const adoptionStatus = (view: VerificationView): string => {
  const { state, listed } = view.verification;
  if (state === 'reading') return listed ? 'taking it over' : 'looking through the cache';
  if (state === 'cancelled') return 'left';
  const adopted = view.count('adopted');
  if (adopted > 0) return adopted < view.items ? `${adopted} of them in this library` : 'in this library';
  return view.count('incomplete') > 0 ? 'incomplete' : 'not taken over';
};
