import { isPermanent } from '../../domain/errors.ts';
import { FormattedString } from '@grammyjs/parse-mode';
import type { InlineKeyboardButton } from 'grammy/types';
import { askedLabel } from '../../domain/repo/asked-label.ts';
import type { LookUpFailure, UnsafeFiles } from '../../domain/repo/add-choices.ts';
import type { StatusWord } from '../../domain/states/model.ts';
import { type SourceType, sourceTypeOf } from '../../domain/repo/source-type.ts';
import { HERE_WORDS } from '../../library/hosts/elsewhere.ts';
import type { AddOutcome, AddRequest } from '../../store/downloads/add-requests.ts';
import { localTime } from '../../domain/schedule/timezone.ts';
import { actionButton } from '../ui/buttons.ts';
import { acceptedOf, LOOKS_BY_ITSELF, pageRow } from '../ui/gates/access.ts';
import { titleLine } from '../ui/label.ts';
import { count, lines, type Rendering, shorten } from '../ui/text.ts';
import { branchPicker, quantPicker } from './quant-picker.ts';

/** Foreign text of any length stands in the first line: this much of it. */
const LABEL_LIMIT = 120;
/** Of what stands on a button. */
const SUGGESTION_LIMIT = 60;

const labelOf = ({ ref }: AddRequest): string => shorten(askedLabel(ref), LABEL_LIMIT);

const PATH_LIMIT = 60;

/** A stranger's path as text: no character of it may turn the line around or end it. */
const shownPath = (path: string): string => `“${shorten(path.replace(/[\p{C}\p{Z}]/gu, ' '), PATH_LIMIT)}”`;

const askingAboutUnsafe = (request: AddRequest, { paths, total, others }: UnsafeFiles): Rendering => {
  const more = total > paths.length ? ` and ${total - paths.length} more` : '';
  const goOn = actionButton(`Take the other ${count(others, 'file')}`, 'others', request.id, 'primary');
  return {
    text: lines(
      titleLine(labelOf(request), 'cannot be stored whole'),
      `${total === 1 ? 'The name of one file' : `The names of ${total} files`} cannot be stored on this machine: ${paths.map(shownPath).join(', ')}${more}.`,
      others > 0 ? 'The rest can be taken alone.' : 'There is nothing else that was asked for.',
    ),
    keyboard: {
      inline_keyboard: [others > 0 ? [goOn] : [], [actionButton('Leave it', 'drop', request.id)]].filter(
        (row) => row.length > 0,
      ),
    },
  };
};

const asking = (request: AddRequest): Rendering => {
  const { choices } = request;
  if (choices?.kind === 'quants') return quantPicker(request, choices);
  if (choices?.kind === 'branches') return branchPicker(request, choices);
  if (choices?.kind === 'unsafe') return askingAboutUnsafe(request, choices);
  return {
    text: lines(
      titleLine(labelOf(request), 'cannot be chosen any more'),
      'What there was to choose from cannot be read. Looking it up again shows it anew.',
    ),
    keyboard: {
      inline_keyboard: [
        [
          actionButton('Look it up again', 'again', request.id, 'primary'),
          actionButton('Leave it', 'drop', request.id),
        ],
      ],
    },
  };
};

const HERE = 'already in this library';

/** What became of asking for what the library had, and how that was. */
const OUTCOMES: Readonly<Record<AddOutcome, readonly [string, string]>> = {
  here: [HERE, 'It is complete.'],
  running: [HERE, 'It is being downloaded.'],
  waits: [HERE, 'It waits.'],
  started: ['started', 'It was in this library and waited.'],
  resumed: ['resumed', 'It was in this library, paused.'],
  anew: ['begun anew', 'It was in this library, cancelled.'],
  retried: ['tried again', 'It was in this library and had failed.'],
  renewed: ['brought up to date', 'It was in this library; the Hub has a newer commit of it by now.'],
  refetched: ['fetched again', 'It was in this library, but files of it are gone from the disk.'],
};

/** Of a model that is to have other files, or another revision. */
const CHANGED = ['changed', 'What it had stays until what it is to have now is verified.'] as const;

/** Of a model that is to lie elsewhere. */
const movesFrom = ({ stillOn, hostName }: About): readonly [string, string] => {
  const to = hostName ?? HERE_WORDS;
  return [
    'moves',
    stillOn === undefined
      ? `It moves to ${to}.`
      : `From ${stillOn} to ${to}: it stays on ${stillOn} until it has come whole.`,
  ];
};

/** Of the model that the library had. */
export interface About {
  /** What it is called, where it is not what was asked for. */
  readonly label?: string;
  /** How it is, where nobody asked it to go on. */
  readonly word?: StatusWord;
  /** The model that was to become the same, and is left as it was. */
  readonly stays?: string;
  /** Where it lies, of a file that is not called here what was asked for. */
  readonly calledHere?: string | undefined;
  /** What it waits for, in a sentence. */
  readonly waitsFor?: string | undefined;
  readonly hasCard?: boolean;
  /** The machine that it lies on, or is to lie on, if that is not the bot's. */
  readonly hostName?: string | undefined;
  /** Where it lies until it has come to that, in words. */
  readonly stillOn?: string | undefined;
  /** In which zone its chat reads times. */
  readonly timezone?: string;
}

const NOTHING_KNOWN = { code: null, suggestions: [], page: undefined, isByHand: undefined };

const spaceCard = (request: AddRequest, label: string, { suggestions }: LookUpFailure): Rendering => ({
  text: lines(
    titleLine(label, 'a Space'),
    'It is an app, not a model. I keep models and datasets.',
    suggestions.length > 0 ? 'It uses these:' : 'Send the link of one that its page names.',
  ),
  ...(suggestions.length > 0 ? { keyboard: { inline_keyboard: suggestionRows(request, suggestions) } } : {}),
});

const suggestionRows = ({ id }: AddRequest, suggestions: readonly string[]): InlineKeyboardButton[][] =>
  suggestions.map((ref, index) => [actionButton(`Add ${shorten(ref, SUGGESTION_LIMIT)}`, 'mean', `${id}:${index}`)]);

const triesOf = (
  { id, notBefore }: AddRequest,
  { code, isByHand }: Pick<LookUpFailure, 'code' | 'isByHand'>,
): InlineKeyboardButton[][] => {
  if (code === 'validation') return [];
  const isGated = code === 'gated';
  const again = actionButton(
    isGated ? acceptedOf(isByHand) : 'Try again',
    'again',
    id,
    isPermanent(code) && !isGated ? undefined : 'primary',
  );
  return [[again], notBefore === null ? [] : [actionButton('Leave it', 'drop', id)]].filter((row) => row.length > 0);
};

/** Whoever tries again sees that it was looked. */
const lookedLine = ({ waitsSince }: AddRequest, timezone: string): string | false => {
  if (waitsSince === null) return false;
  const { hour, minute } = localTime(Date.parse(waitsSince), timezone);
  return `Looked at ${[hour, minute].map((part) => String(part).padStart(2, '0')).join(':')}: no access yet.`;
};

/** What can help comes first; trying again is the main thing only where time may mend it. */
const failed = (request: AddRequest, label: string, timezone: string): Rendering => {
  const { choices } = request;
  if (choices?.kind === 'failure' && choices.isSpace) return spaceCard(request, label, choices);
  const { code, suggestions, page, isByHand } = choices?.kind === 'failure' ? choices : NOTHING_KNOWN;
  const helps: InlineKeyboardButton[][] = [...suggestionRows(request, suggestions), ...pageRow(page)];
  return {
    text: lines(
      titleLine(label, request.notBefore === null ? 'failed' : 'waits for access'),
      request.errorMessage ?? 'The look-up did not work.',
      suggestions.length > 0 && (suggestions.length === 1 ? 'Did you mean this one?' : 'Did you mean one of these?'),
      request.notBefore !== null && LOOKS_BY_ITSELF,
      code === 'gated' && lookedLine(request, timezone),
    ),
    keyboard: { inline_keyboard: [...helps, ...triesOf(request, { code, isByHand })] },
  };
};

/** What became of it, and how that was. */
const outcomeOf = ({ outcome, options, modelId }: AddRequest, about: About): readonly [string, string] => {
  const isChange = outcome === null && modelId !== null && options?.replaces === modelId;
  if (isChange && options.hostId !== undefined) return movesFrom(about);
  return isChange ? CHANGED : OUTCOMES[outcome ?? 'waits'];
};

const ASKING: Readonly<Record<SourceType, string>> = {
  hub: 'Asking the Hub what is in it …',
  direct: 'Asking its server about it …',
  torrent: 'Asking those who have it what is in it …',
  telegram: 'Looking at what was sent …',
};

const askingText = ({ options }: AddRequest): string => ASKING[sourceTypeOf(options?.url ?? null)];

/** What is stopped waits for nothing but a person. */
const STOPPED: readonly StatusWord[] = ['paused', 'cancelled', 'failed'];

const added = (request: AddRequest, about: About): Rendering => {
  const { waitsFor, calledHere, hasCard = true, hostName, word, stays } = about;
  const label = about.label === undefined ? labelOf(request) : shorten(about.label, LABEL_LIMIT);
  if (request.modelId === null) return { text: lines(titleLine(label, 'removed'), 'It has left this library.') };
  const [title, outcome] = outcomeOf(request, about);
  const sentence = word !== undefined && STOPPED.includes(word) ? `It is ${word}.` : outcome;
  return {
    text: lines(
      titleLine(label, title),
      [sentence, waitsFor ?? ''].join(' ').trim(),
      calledHere !== undefined && FormattedString.join(['It is called ', FormattedString.code(calledHere), ' here.']),
      hostName && title !== 'moves' && `Its machine is ${hostName}.`,
      stays !== undefined && `${stays} stays as it is.`,
      hasCard && 'Its card is further up.',
    ),
    keyboard: { inline_keyboard: [[actionButton('Show the card here', 'show', request.modelId)]] },
  };
};

/** What the message of a request shows until a model's card takes it over. */
export const requestCard = (request: AddRequest, about: About = {}): Rendering => {
  const label = labelOf(request);
  switch (request.state) {
    case 'looking_up':
      return {
        text: lines(
          titleLine(label, 'looking up'),
          request.errorMessage ? `${request.errorMessage} Trying again.` : askingText(request),
        ),
        ...(request.errorMessage
          ? { keyboard: { inline_keyboard: [[actionButton('Leave it', 'drop', request.id)]] } }
          : {}),
      };
    case 'choosing':
      return asking(request);
    case 'failed':
      return failed(request, label, about.timezone ?? 'UTC');
    case 'cancelled':
      return { text: lines(titleLine(label, 'cancelled'), 'Nothing was added.') };
    case 'added':
      return added(request, about);
  }
};
