/* bot/board/card: the card of a model, a pure function of its row, what belongs to it, and the live numbers. */

import { FormattedString } from '@grammyjs/parse-mode';
import type { InlineKeyboardButton } from 'grammy/types';
import { parseSelectionKey } from '../../../domain/files/selection.ts';
import type { Model } from '../../../domain/model.ts';
import type { StatusWord } from '../../../domain/states/model.ts';
import { actionButton } from '../../ui/buttons.ts';
import { failureSentence } from '../../ui/failed-download.ts';
import { pageRow } from '../../ui/gates/access.ts';
import { stillOnLine } from '../../ui/hosts/words.ts';
import { lacksText, modelLabel, movedLine, shownStatus, staysLine, titleLine } from '../../ui/label.ts';
import { copyButton, lines, plain, type Rendering, shorten } from '../../ui/text.ts';
import { totalsText } from '../../ui/totals.ts';
import { actionButtons, followButtons } from '../action-buttons.ts';
import { appButtons, appCommands, appLines } from '../apps.ts';
import { checkLines, mayBeRepaired } from '../checks/check-text.ts';
import { completedButtons, completedLines, elsewhereButtons, goneLine } from '../completed-text.ts';
import { loadCommands, pathOf } from '../load-commands.ts';
import type { Body, CardView } from './card-view.ts';
import { compactCard } from './compact-card.ts';
import { downloadingBody } from './downloading-body.ts';
import { hereLine, keptLine, licenceLine, sizeAndRoomLine, sizeText, waitingLine } from './lines.ts';

/** Of what a person wrote. */
const DESCRIPTION_LIMIT = 300;

/** Leads to all that is known of it, and to what can be changed. */
const detailsButtons = ({ model }: CardView): readonly InlineKeyboardButton[] => [
  actionButton('Details', 'details', model.id),
];

/** Where a person has chosen one form of several. */
const otherFiles = ({ id, selection }: Model): readonly InlineKeyboardButton[] => {
  const { quantize } = parseSelectionKey(selection);
  return quantize === 'auto' || quantize === 'all' ? [] : [actionButton('Other files', 'otherFiles', id)];
};

const pendingBody = (view: CardView): Body => ({
  // What has come is what counts after a break: what was known when it was added is old by then.
  lines: [waitingLine(view), staysLine(view), hereLine(view) ?? sizeAndRoomLine(view), licenceLine(view)],
  buttons: [
    ...pageRow(view.waiting?.kind === 'access' ? view.waiting.page : undefined),
    actionButtons(view),
    [...detailsButtons(view), ...followButtons(view)],
  ],
});

const goneBody = (view: CardView): Body => ({
  lines: [
    goneLine(view.model.filesGone, view.brief.count, view.model.filesBroken),
    FormattedString.code(pathOf(view.model)),
  ],
  buttons: [[...actionButtons(view), ...detailsButtons(view)]],
});

const completedBody = (view: CardView): Body => {
  const { model, brief, session } = view;
  if (model.filesGone > 0) return goneBody(view);
  const path = pathOf(model);
  const commands = [...loadCommands(model, brief.loads), ...appCommands(view.apps)].filter(({ text }) => text !== path);
  const long = [{ text: path }, ...commands].filter(({ text }) => copyButton('', text).length === 0);
  return {
    lines: [
      totalsText(model.sizeBytes ?? 0, session),
      ...completedLines(view),
      ...checkLines(view.check),
      ...appLines(view.apps, true),
      FormattedString.code(path),
      ...long.filter(({ text }) => text !== path).map(({ text }) => FormattedString.code(text)),
    ],
    buttons: [
      [
        ...copyButton('Copy path', path),
        ...commands.slice(0, 1).flatMap((command) => copyButton(command.label, command.text)),
      ],
      commands.slice(1).flatMap((command) => copyButton(command.label, command.text)),
      ...completedButtons(view),
      [...appButtons(view), ...elsewhereButtons(view)],
      mayBeRepaired(view.check) ? [actionButton('Read again and repair', 'verify', model.id, 'primary')] : [],
      [...actionButtons(view), ...otherFiles(model), ...detailsButtons(view)],
    ],
  };
};

const failedBody = (view: CardView): Body => ({
  lines: [failureSentence(view.session), keptLine(view)],
  buttons: [...pageRow(view.session?.metadata?.access?.page), [...actionButtons(view), ...detailsButtons(view)]],
});

const pausedBody = (view: CardView): Body => ({
  lines: [waitingLine(view) ?? keptLine(view), sizeText(view)],
  buttons: [actionButtons(view), detailsButtons(view)],
});

const BODIES: Readonly<Record<Model['status'], (view: CardView) => Body>> = {
  pending: pendingBody,
  downloading: downloadingBody,
  completed: completedBody,
  failed: failedBody,
  paused: pausedBody,
};

/** What somebody wrote about it when it was added; it needs no room on a card that is one short line. */
const descriptionLine = ({ model, isFolded }: CardView): string | undefined =>
  isFolded ? undefined : shorten((model.description ?? '').replace(/\s+/gu, ' ').trim(), DESCRIPTION_LIMIT);

/** What was usual is news until it is here. */
const lacksLine = ({ model, isFolded }: CardView): string | undefined => {
  const lacks = model.metadata?.lacks;
  return lacks === undefined || isFolded || model.status === 'completed' ? undefined : lacksText(lacks);
};

/** The column of what was cancelled says `paused`. */
const statusWord = ({ model, waiting }: CardView): StatusWord =>
  waiting?.kind === 'cancelled' ? 'cancelled' : model.status;

const statusText = (view: CardView): string =>
  `${shownStatus(view.model, statusWord(view))}${view.isFolded ? ' · in the summary' : ''}`;

/** The card of a model: a pure function of its row, what belongs to it, and the live numbers. */
export const modelCard = (view: CardView): Rendering => {
  const body = BODIES[view.model.status](view);
  if (view.compact === 'closed') return compactCard(view, statusText(view), body);
  const less = view.compact === 'opened' ? [[actionButton('Less', 'less', view.model.id)]] : [];
  const renamed = view.model.canonicalName && view.model.canonicalName !== view.model.name;
  return {
    text: lines(
      titleLine(modelLabel(view.model), statusText(view)),
      ...body.lines,
      stillOnLine(view),
      view.isFolded || view.model.title === null ? undefined : `In lists it is “${view.model.title}”.`,
      descriptionLine(view),
      movedLine(view.model),
      lacksLine(view),
      renamed ? plain(`On the Hub it is ${view.model.canonicalName} now.`) : undefined,
    ),
    keyboard: { inline_keyboard: [...body.buttons, ...less].filter((row) => row.length > 0).map((row) => [...row]) },
  };
};
