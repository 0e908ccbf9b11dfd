import { formatBytes } from '../../lib/text/bytes.ts';
import type { StorageFigures } from '../../library/storage/picture.ts';
import { shortLabel } from '../ui/label.ts';
import { storageSvg } from '../ui/pictures/storage-svg.ts';
import { count } from '../ui/text.ts';

const NAME_LIMIT = 28;

/** What is drawn: numbers stand for names, which the caption tells. */
export const figuresSvg = ({ models, rest, days }: StorageFigures): string => {
  const tiles = models
    .filter(({ sizeBytes }) => sizeBytes > 0)
    .map(({ sizeBytes: bytes }) => ({ bytes, isRest: false }));
  return storageSvg({
    tiles: [...tiles, ...(rest.sizeBytes > 0 ? [{ bytes: rest.sizeBytes, isRest: true }] : [])],
    days: days.map(({ date, bytes }) => ({ day: Number(date.slice(-2)), bytes })),
  });
};

/** The same facts in words; within the 1,024 characters of a caption (Bot API, sendPhoto). */
export const figuresText = ({ models, rest, days }: StorageFigures): string => {
  const fetched = days.reduce((sum, { bytes }) => sum + bytes, 0);
  const [best] = days.toSorted((left, right) => right.bytes - left.bytes);
  return [
    'Storage: models by size, and what was fetched in the last 30 days',
    ...models.map(
      ({ model, sizeBytes }, at) => `${at + 1}. ${shortLabel(model, NAME_LIMIT)}: ${formatBytes(sizeBytes)}`,
    ),
    ...(rest.copies > 0 ? [`Grey: ${count(rest.copies, 'other model')}, ${formatBytes(rest.sizeBytes)}`] : []),
    fetched === 0 || !best
      ? 'Nothing was fetched in these days.'
      : `Fetched: ${formatBytes(fetched)}; most on ${best.date}, ${formatBytes(best.bytes)}.`,
  ].join('\n');
};
