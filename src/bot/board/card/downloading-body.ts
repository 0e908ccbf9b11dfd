import type { LiveSnapshot } from '../../../queue/run/live.ts';
import { isOfUnknownSize } from '../../../domain/repo/web-file.ts';
import { formatBytes } from '../../../lib/text/bytes.ts';
import { formatDuration } from '../../../lib/text/duration.ts';
import { bar, count, percent } from '../../ui/text.ts';
import { actionButtons, followButtons } from '../action-buttons.ts';
import { activityLine, fileLine } from './activity.ts';
import type { Body, CardView } from './card-view.ts';
import { haltLine, hereLine, sizeText } from './lines.ts';

/** Of a try after others, until its first byte has come: why the last one did not work. What has waited for room has it now. */
const againLine = ({ model: { hostName }, session, snapshot }: CardView): string | undefined => {
  const why = session?.errorMessage;
  if (why === null || why === undefined || !snapshot || snapshot.bytesPerSecond !== undefined) return undefined;
  if (session?.metadata?.errorCode === 'no_space') return undefined;
  return `Trying again. ${hostName ? `On ${hostName}: ` : ''}${why}`;
};

/** Of what there is no share to tell. */
const unsizedLines = (view: CardView, snapshot: LiveSnapshot): Body['lines'] => {
  const { bytesReady, bytesPerSecond } = snapshot;
  const halt = haltLine(view);
  const speed = bytesPerSecond === undefined || halt !== undefined ? '' : ` · ${formatBytes(bytesPerSecond)}/s`;
  return [halt ?? activityLine(snapshot), `${formatBytes(bytesReady)} so far${speed}`, sizeText(view)];
};

/** Of a model that is downloading. */
export const downloadingBody = (view: CardView): Body => {
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
