import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import type { KeptBackup } from '../../store/backups/backup-files.ts';
import type { Topic } from '../feature.ts';
import { count } from '../ui/text.ts';

const keptText = (kept: readonly KeptBackup[], now: number): string => {
  const [newest] = kept;
  if (!newest) return '';
  const bytes = kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const age = formatDuration(Math.max(0, now - Date.parse(newest.madeAt)));
  return ` There ${kept.length === 1 ? 'is' : 'are'} ${count(kept.length, 'backup')} so far, ${formatBytes(bytes)} in all; the newest is ${age} old.`;
};

/** What the backup feature says. */
export const text = {
  ownersOnly: 'Only the owner of this bot gets a backup of it: it holds what everybody has.',
  onlyAlone: 'A backup holds what everybody has: it is for the owner alone. Write /backup to me in our own chat.',
  begun: (kept: readonly KeptBackup[], now: number): string =>
    `I make a backup of the database and check it; then it comes here.${keptText(kept, now)}`,
} as const;

export const help: Topic = {
  name: 'backup',
  lines: [
    'Backups',
    'For the owner, in our own chat. /backup makes a copy of the database, checks it and sends it here, if it is 50 MB at most.',
    'One is made every night too; /config set backups_kept 14 keeps two weeks of them, and /config set backups_kept 0 makes none by night.',
    '/config set send_backups true: then those of the night come here as well.',
    'They lie in the folder backups beside the database. On the machine, hubgram is stopped and npm start -- restore FILE brings one back.',
  ],
  words: ['backups', 'restore'],
};
