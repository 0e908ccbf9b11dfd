import { formatBytes } from '../../lib/text/bytes.ts';
import type { BackupFile } from '../../store/backups/backup-files.ts';
import type { Topic } from '../feature.ts';
import { count } from '../ui/text.ts';

const keptText = (files: readonly BackupFile[]): string => {
  const [newest] = files;
  if (!newest) return '';
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return ` There ${files.length === 1 ? 'is' : 'are'} ${count(files.length, 'backup')} so far, ${formatBytes(bytes)}; the newest is ${newest.file}.`;
};

/** What the backup feature says. */
export const text = {
  ownersOnly: 'Only the owner of this bot gets a backup of it: it holds what everybody has.',
  onlyAlone: 'A backup holds what everybody has: it is for the owner alone. Write /backup to me in our own chat.',
  begun: (files: readonly BackupFile[]): string =>
    `I make a backup of the database and check it; then it comes here.${keptText(files)}`,
} as const;

export const help: Topic = {
  name: 'backup',
  lines: [
    'Backups',
    'For the owner, in our own chat. /backup makes a copy of the database, checks it and sends it here, if it has 50 MB at most.',
    'One is made every night too; /config set backups_kept 14 keeps two weeks of them, and /config set backups_kept 0 makes none by night.',
    '/config set send_backups true: then those of the night come here as well.',
    'They lie in the folder backups beside the database. On the machine, hubgram is stopped and npm start -- restore FILE brings one back.',
  ],
  words: ['backups', 'restore'],
};
