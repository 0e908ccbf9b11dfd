import { FormattedString } from '@grammyjs/parse-mode';
import type { InlineKeyboardButton } from 'grammy/types';
import { parseSelectionKey } from '../../domain/files/selection.ts';
import type { Model } from '../../domain/model.ts';
import { isOfUnknownSize } from '../../domain/repo/web-file.ts';
import type { StatusWord } from '../../domain/states/model.ts';
import { isEnded } from '../../domain/states/session.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import type { ModelView } from '../../library/model-view.ts';
import type { LiveSnapshot } from '../../queue/run/live.ts';
import { actionButton } from '../ui/buttons.ts';
import { failureSentence } from '../ui/failed-download.ts';
import { pageRow } from '../ui/gates/access.ts';
import { stillOnLine } from '../ui/hosts/words.ts';
import { lacksText, modelLabel, movedLine, shownStatus, staysLine, titleLine } from '../ui/label.ts';
import { bar, copyButton, count, lines, percent, plain, type Rendering, shorten } from '../ui/text.ts';
import { totalsText } from '../ui/totals.ts';
import { waitingText } from '../ui/waiting.ts';
import { actionButtons } from './action-buttons.ts';
import { checkLines, mayBeRepaired } from './checks/check-text.ts';
import { completedButtons, completedLines, elsewhereButtons, goneLine } from './completed-text.ts';
import { appButtons, appCommands, appLines } from './apps.ts';
import { activityLine, fileLine } from './downloading/activity.ts';
import { loadCommands, pathOf } from './load-commands.ts';

export interface CardView extends ModelView {
  /** The chat's summary shows how far it is. */
  readonly isFolded?: boolean;
  /** Its chat wants cards that are short; undefined: it does not. */
  readonly compact?: 'closed' | 'opened' | undefined;
}

/** Of the second line of a compact card: about what a phone shows in two lines. */
const COMPACT_LIMIT = 100;
/** Of what a person wrote. */
const DESCRIPTION_LIMIT = 300;
/** As repositories name their own. */
const LICENCE_LIMIT = 100;

interface Body {
  readonly lines: readonly (FormattedString | string | undefined)[];
  readonly buttons: readonly (readonly InlineKeyboardButton[])[];
}

const troubleLine = (trouble: string): string => `${trouble} It goes on by itself.`;

const sizeText = ({ model, brief }: CardView): string => {
  if (isOfUnknownSize(model)) return 'Its server does not say how large it is';
  return model.sizeBytes === null ? '' : `${formatBytes(model.sizeBytes)} in ${count(brief.count, 'file')}`;
};

const freeText = (bytes: number): string =>
  bytes >= 0 ? `leaves ${formatBytes(bytes)} free` : `${formatBytes(-bytes)} too little room with what comes before it`;

/** How large it is, what of it was here when it was added, and what stays free after all that comes before it. */
const sizeAndRoomLine = (view: CardView): string => {
  const { model } = view;
  // The room there was when it was added is no news while there is none.
  if (model.statusReason === 'no_space') return sizeText(view);
  const present = model.metadata?.presentBytes ?? 0;
  // Less than a hundredth is a file or two that every repository has: it saves nothing that anybody would notice.
  const isNews = present > 0 && present * 100 >= (model.sizeBytes ?? 0);
  // Until the queue has looked, what was known when it was added.
  const free = view.freeAfterBytes ?? model.metadata?.freeAfterBytes;
  const parts = [
    sizeText(view),
    isNews ? `${formatBytes(present)} already on disk` : '',
    free === undefined ? '' : freeText(free),
  ].filter((part) => part !== '');
  return parts.join(' · ');
};

const licenceLine = ({ model }: CardView): string | undefined => {
  const parts = [
    model.license ? `Licence ${shorten(model.license, LICENCE_LIMIT)}` : '',
    model.metadata?.gated === true ? (model.license ? 'gated' : 'Gated') : '',
    // Others here need not be able to see it on the Hub.
    model.tokenOf === null ? '' : 'by a personal token',
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join(' · ') : undefined;
};

/** How much has come, while it waits to go on. */
const hereLine = ({ model, session }: CardView): string | undefined => {
  const here = session === undefined || isEnded(session.status) ? 0 : session.bytesDownloaded;
  const total = model.sizeBytes ?? 0;
  if (here <= 0 || total <= 0) return undefined;
  return `${percent(here, total)} % is ${model.hostName === null ? 'here' : 'there'}: ${formatBytes(Math.min(here, total))} of ${formatBytes(total)}`;
};

/** Another machine that cannot reach something says so of itself. */
const waitingLine = (view: CardView): string | undefined => {
  const said = view.waiting && waitingText(view.waiting, view);
  const { hostName } = view.model;
  return said !== undefined && hostName && view.waiting?.kind === 'backoff' ? `On ${hostName}: ${said}` : said;
};

/** What keeps it from going on while it runs. */
const haltLine = (view: CardView): string | undefined =>
  view.trouble === undefined ? waitingLine(view) : troubleLine(view.trouble);

/** Of a try after others, until its first byte has come: why the last one did not work. */
const againLine = ({ model: { hostName }, session, snapshot }: CardView): string | undefined => {
  const why = session?.errorMessage;
  if (why === null || why === undefined || !snapshot || snapshot.bytesPerSecond !== undefined) return undefined;
  return `Trying again. ${hostName ? `On ${hostName}: ` : ''}${why}`;
};

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

/** For the others in a group: it mentions them at the end. */
const followButtons = ({ model, followers }: CardView): readonly InlineKeyboardButton[] => {
  if (followers === undefined) return [];
  return [actionButton(followers > 0 ? `Tell me too · ${followers}` : 'Tell me too', 'follow', model.id)];
};

/** Of what there is no share to tell. */
const unsizedLines = (view: CardView, snapshot: LiveSnapshot): Body['lines'] => {
  const { bytesReady, bytesPerSecond } = snapshot;
  const halt = haltLine(view);
  const speed = bytesPerSecond === undefined || halt !== undefined ? '' : ` · ${formatBytes(bytesPerSecond)}/s`;
  return [halt ?? activityLine(snapshot), `${formatBytes(bytesReady)} so far${speed}`, sizeText(view)];
};

const downloadingBody = (view: CardView): Body => {
  const { snapshot } = view;
  const buttons = [actionButtons(view), followButtons(view)];
  const halt = haltLine(view);
  if (view.isFolded) return { lines: [], buttons: buttons.slice(0, 1) };
  if (!snapshot) {
    return { lines: [halt ?? 'Starting', hereLine(view)], buttons };
  }
  const { bytesReady, bytesTotal, bytesPerSecond, etaMs, peers } = snapshot;
  const share = bytesTotal > 0 ? bytesReady / bytesTotal : 1;
  const numbers = [
    `${formatBytes(bytesReady)} of ${formatBytes(bytesTotal)}`,
    bytesPerSecond === undefined || halt !== undefined ? '' : `${formatBytes(bytesPerSecond)}/s`,
    etaMs === undefined || halt !== undefined ? '' : `${formatDuration(etaMs)} left`,
    peers ? `from ${count(peers, 'peer')}` : '',
  ];
  if (isOfUnknownSize(view.model)) return { lines: unsizedLines(view, snapshot), buttons };
  return {
    lines: [
      halt ?? againLine(view) ?? activityLine(snapshot),
      `${bar(share)} ${percent(bytesReady, bytesTotal)} %`,
      numbers.filter((part) => part !== '').join(' · '),
      fileLine(snapshot),
    ],
    buttons,
  };
};

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
      ...completedButtons(model, brief),
      [...appButtons(view), ...elsewhereButtons(view)],
      mayBeRepaired(view.check) ? [actionButton('Read again and repair', 'verify', model.id, 'primary')] : [],
      [...actionButtons(view), ...otherFiles(model), ...detailsButtons(view)],
    ],
  };
};

const keptLine = ({ session, model }: CardView): string | undefined => {
  // What brought the copy that it has says nothing of what it is to become.
  const kept = session === undefined || session.status === 'completed' ? 0 : session.bytesDownloaded;
  const total = model.sizeBytes ?? 0;
  return kept > 0 && total > 0
    ? `${formatBytes(kept)} of ${formatBytes(total)} kept; it goes on from there.`
    : undefined;
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

/** The one thing that is said of it where there is room for no more. */
const shortLine = (view: CardView, body: Body): string => {
  const { snapshot, isFolded } = view;
  if (isFolded) return '';
  const said = body.lines.map((line) => String(line ?? '')).filter((line) => line !== '');
  const isMoving = snapshot !== undefined && haltLine(view) === undefined && activityLine(snapshot) === undefined;
  if (view.model.status !== 'downloading' || !isMoving) return said[0] ?? '';
  const { bytesReady, bytesTotal, bytesPerSecond, etaMs } = snapshot;
  const parts = [
    `${percent(bytesReady, bytesTotal)} %`,
    bytesPerSecond === undefined ? '' : `${formatBytes(bytesPerSecond)}/s`,
    etaMs === undefined ? '' : `${formatDuration(etaMs)} left`,
  ];
  return parts.filter((part) => part !== '').join(' · ');
};

/** Two lines, and a button for all the rest. */
const compactCard = (view: CardView, body: Body): Rendering => ({
  text: lines(
    titleLine(modelLabel(view.model), statusText(view)),
    shorten(shortLine(view, body).replace(/\s+/gu, ' '), COMPACT_LIMIT),
  ),
  keyboard: { inline_keyboard: [[actionButton('More', 'more', view.model.id)]] },
});

/** The card of a model: a pure function of its row, what belongs to it, and the live numbers. */
export const modelCard = (view: CardView): Rendering => {
  const body = BODIES[view.model.status](view);
  if (view.compact === 'closed') return compactCard(view, body);
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
