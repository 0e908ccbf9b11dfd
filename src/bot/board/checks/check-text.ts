/* bot/board/checks: what a card says of a check: what was proved, and no more. */

import type { CheckResult, Remark, SuspiciousImports, Whole } from '../../../domain/checks/check.ts';
import type { Fits } from '../../../domain/checks/fits.ts';
import type { Did, Loads } from '../../../domain/checks/loads.ts';
import { addRuntimeCommand, BUILDS } from '../../../domain/checks/runtimes.ts';
import type { CheckView } from '../../../library/checking/check-view.ts';
import { formatBytes } from '../../../lib/text/bytes.ts';
import { rateText, secondsText, thousands } from '../../../lib/text/numbers.ts';
import { count, shorten } from '../../ui/text.ts';

/** Paths and names that are only news. */
const PATH_LIMIT = 80;
const REASON_LIMIT = 200;
/** Of each kind; the others are counted. */
const SHOWN_MOST = 2;

const pathText = (path: string): string => shorten(path.replace(/[\p{C}\p{Z}]/gu, ' '), PATH_LIMIT);

const andMore = (shown: number, all: number): string[] =>
  all > shown ? [`And ${count(all - shown, 'other file')}.`] : [];

const remarks = (label: string, some: readonly Remark[], all: number): string[] => {
  const shown = some.slice(0, SHOWN_MOST);
  return [
    ...shown.map(({ path, reason }) => `${label}: ${pathText(path)} ${shorten(reason, REASON_LIMIT)}.`),
    ...andMore(shown.length, all),
  ];
};

const importLine = ({ path, names, others, isRun }: SuspiciousImports): string => {
  const named = names.map((name) => (name === '' ? 'something it does not name' : name)).join(', ');
  const more = others > 0 ? ` and ${others} more` : '';
  return `🔴 ${pathText(path)} would ${isRun ? 'run' : 'import'} ${named}${more} when loaded.`;
};

const importLines = ({ imports, importCount }: Whole): string[] => {
  const shown = imports.slice(0, SHOWN_MOST);
  return [...shown.map(importLine), ...andMore(shown.length, importCount)];
};

/** What it does not bring with it. */
const codeLine = ({ codeFrom = [] }: Whole): string[] => {
  if (codeFrom.length === 0) return [];
  const shown = codeFrom.slice(0, SHOWN_MOST).map(pathText);
  const where = codeFrom.length > SHOWN_MOST ? `${shown.join(', ')} and others` : shown.join(' and ');
  const which = codeFrom.length === 1 ? 'that is' : 'they are';
  return [`Its code lies in ${where}: without a network it loads only where ${which} here, too.`];
};

/** What was found to be whole, and no more than that. */
const wholeLine = ({ weightFiles, tensors, faultCount, unreadCount }: Whole): string | undefined => {
  if (faultCount > 0) return undefined;
  if (weightFiles === 0)
    return unreadCount > 0 ? undefined : 'Checked: no weights among its files that a check can read.';
  const files = count(weightFiles, 'file');
  const what = tensors > 0 ? `${count(tensors, 'tensor')} in ${files}` : `${files} of weights`;
  return `Whole${unreadCount > 0 ? ', as far as it was read' : ''}: ${what}.`;
};

const fitsLine = ({ neededBytes, contextTokens, isLongest, where, memoryBytes, gpuBytes, freeBytes }: Fits): string => {
  const tokens =
    contextTokens === undefined ? '' : ` at ${thousands(contextTokens)} ${contextTokens === 1 ? 'token' : 'tokens'}`;
  const most = isLongest === true ? ', the most it takes' : '';
  const needs = (bytes: number): string =>
    `needs about ${formatBytes(neededBytes)} of ${formatBytes(bytes)}${where === 'gpu' ? '' : ' memory'}${tokens}${most}`;
  if (where === 'gpu') return `Fits on the graphics card: ${needs(gpuBytes)}.`;
  const all = memoryBytes + gpuBytes;
  if (where === 'none') return `Does not fit: ${needs(all)}.`;
  const beside = gpuBytes > 0 ? ' with the graphics card’s memory and the machine’s' : '';
  const isTight = neededBytes > freeBytes + gpuBytes;
  return `Fits${beside}: ${needs(all)}${isTight ? `; ${formatBytes(freeBytes)} were free when it was checked` : ''}.`;
};

const didText = (did: Did): string => {
  switch (did.what) {
    case 'wrote': {
      const speed = did.tokensPerSecond === undefined ? '' : `, then ${rateText(did.tokensPerSecond)} tokens a second`;
      return `, its first token ${secondsText(did.firstMs)} later${speed}`;
    }
    case 'answered':
      return `, its answer ${secondsText(did.answerMs)} later`;
    case 'opened':
      return '; nothing was asked of it';
  }
};

/** Where it was, if that is news: with a build for graphics cards. */
const cardsText = (cards: readonly string[] | undefined): string => {
  if (cards === undefined) return '';
  return cards.length > 0
    ? ` on ${shorten(cards.join(' and '), PATH_LIMIT)}`
    : ' on the processor, as no graphics card took it';
};

/** @param hostName the other machine that it lies on; null: the machine of the bot */
const loadsLine = (loads: Loads, hostName: string | null): string => {
  switch (loads.kind) {
    case 'loaded':
      return `Loads: ${pathText(loads.path)} was there after ${secondsText(loads.loadMs)}${cardsText(loads.cards)}${didText(loads.did)}.`;
    case 'failed':
      return `Does not load: ${pathText(loads.path)} ${shorten(loads.reason, REASON_LIMIT)}.`;
    case 'unknown':
      return `Not loaded: ${pathText(loads.path)} ${shorten(loads.reason, REASON_LIMIT)}.`;
    case 'no_memory':
      return `Not loaded: it takes about ${formatBytes(loads.neededBytes)}, and ${formatBytes(loads.freeBytes)} of memory were free.`;
    case 'no_runtime': {
      const size = formatBytes(BUILDS[loads.runtime].megabytes * 1e6);
      return `Not loaded: ${addRuntimeCommand(loads.runtime)} on ${hostName ?? 'the machine'} installs what that takes (${size}).`;
    }
  }
};

/** What speaks against loading it, and nothing else. */
export const badNewsLines = ({ whole, fits, loads }: CheckResult): readonly string[] => [
  ...importLines(whole),
  ...remarks('Not whole', whole.faults, whole.faultCount),
  ...(fits?.where === 'none' ? [fitsLine(fits)] : []),
  ...(loads?.kind === 'failed' ? [loadsLine(loads, null)] : []),
];

/** Of what was found whole, and nothing more was found out. */
const NO_MORE_KNOWN = 'Its files do not say what of them is loaded: whether it fits, or loads, was not found out.';

const resultLines = ({ whole, fits, loads }: CheckResult, hostName: string | null): string[] => {
  const line = wholeLine(whole);
  return [
    ...importLines(whole),
    ...remarks('Not whole', whole.faults, whole.faultCount),
    ...(line === undefined ? [] : [line]),
    ...codeLine(whole),
    ...remarks('Not looked into', whole.unread, whole.unreadCount),
    ...(fits ? [fitsLine(fits)] : []),
    ...(loads ? [loadsLine(loads, hostName)] : []),
    ...(line !== undefined && whole.weightFiles > 0 && !fits && !loads ? [NO_MORE_KNOWN] : []),
  ];
};

/** What a card says of the check of its model's copy. */
export const checkLines = (view: CheckView | undefined): readonly string[] => {
  if (!view) return [];
  const { check, progress, hostName, isAway } = view;
  switch (check.state) {
    case 'waiting':
      if (isAway) return [`Check: waits for ${hostName ?? 'its machine'}, which is away`];
      if (!progress) return ['Check: waits for its turn'];
      if (progress.isLoading) return [`Loading ${pathText(progress.currentFile)} to see what it does`];
      return [`Checking file ${progress.filesDone + 1} of ${progress.filesTotal}: ${pathText(progress.currentFile)}`];
    case 'done':
      return check.result ? resultLines(check.result, hostName) : [];
    case 'refused':
      return [`It could not be checked: ${check.errorMessage}`];
    case 'stale':
      return ['Its files have changed since they were checked.'];
  }
};

/** Whether reading the files again may mend what was found. */
export const isRepairable = ({ whole, loads }: CheckResult): boolean =>
  whole.faultCount > 0 || loads?.kind === 'failed';

/** Whether a card offers that. */
export const mayBeRepaired = (view: CheckView | undefined): boolean => {
  const result = view?.check.result;
  return result ? isRepairable(result) : false;
};
