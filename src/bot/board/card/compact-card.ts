import { formatBytes } from '../../../lib/text/bytes.ts';
import { formatDuration } from '../../../lib/text/duration.ts';
import { actionButton } from '../../ui/buttons.ts';
import { modelLabel, titleLine } from '../../ui/label.ts';
import { lines, percent, type Rendering, shorten } from '../../ui/text.ts';
import { activityLine } from './activity.ts';
import type { Body, CardView } from './card-view.ts';
import { haltLine } from './lines.ts';

/** Of the second line of a compact card: about what a phone shows in two lines. */
const COMPACT_LIMIT = 100;

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
export const compactCard = (view: CardView, status: string, body: Body): Rendering => ({
  text: lines(
    titleLine(modelLabel(view.model), status),
    shorten(shortLine(view, body).replace(/\s+/gu, ' '), COMPACT_LIMIT),
  ),
  keyboard: { inline_keyboard: [[actionButton('More', 'more', view.model.id)]] },
});
