import { FormattedString } from '@grammyjs/parse-mode';
import { formatDuration } from '../../../lib/text/duration.ts';
import type { LiveSnapshot } from '../../../queue/run/live.ts';
import { percent, shorten } from '../../ui/text.ts';

/** Of a path that is only news, not a link. */
const PATH_LIMIT = 80;

/** Of what takes its time without bytes. */
const DOING: Readonly<Record<LiveSnapshot['phase'], string | undefined>> = {
  checking: 'Checking what is already on disk',
  receiving: undefined,
  verifying: 'Verifying',
  publishing: 'Putting the files in place',
  done: undefined,
};

/** What is going on where bytes do not simply come; undefined: they do. */
export const activityLine = (snapshot: LiveSnapshot): string | undefined => {
  const { note, phase, idleMs } = snapshot;
  if (note?.kind === 'rate_limited') {
    const wait = note.leftMs === undefined ? '' : `: ${formatDuration(note.leftMs)}`;
    return `Waiting for the Hub’s limit${wait}`;
  }
  const doing = DOING[phase];
  if (doing !== undefined) return doing;
  const share = percent(snapshot.bytesReady, snapshot.bytesTotal);
  if (snapshot.peers === 0 && snapshot.bytesReady < snapshot.bytesTotal) return 'Looking for others who have it';
  // How many peers there are, and what is here, stands below it.
  if (idleMs >= 10_000 && snapshot.peers !== undefined) return `No data for ${formatDuration(idleMs)}`;
  if (idleMs >= 10_000) return `No data for ${formatDuration(idleMs)}, reconnecting from ${share} %`;
  if (note?.kind === 'corrupt') return 'A file arrived damaged; fetching it again';
  return undefined;
};

/** Which of its files it is at; undefined where that is no news. Peers give a little of each: a torrent is at none of them. */
export const fileLine = (snapshot: LiveSnapshot): FormattedString | undefined => {
  if (snapshot.peers !== undefined || snapshot.filesTotal <= 1 || snapshot.filesDone >= snapshot.filesTotal)
    return undefined;
  const which = `File ${Math.min(snapshot.filesDone + 1, snapshot.filesTotal)} of ${snapshot.filesTotal}`;
  if (!snapshot.currentFile) return new FormattedString(which);
  // As code: Telegram makes links of names such as README.md.
  return FormattedString.join([`${which}: `, FormattedString.code(shorten(snapshot.currentFile, PATH_LIMIT))]);
};
