import { formatBytes } from '../../../lib/text/bytes.ts';
import type { Notice } from '../../../store/messages/outbox.ts';
import type { Store } from '../../../store/store.ts';
import { titleLine } from '../../ui/label.ts';
import { DOCUMENT_MOST } from '../../telegram/files/document-size.ts';
import { lines, type Rendering, shorten } from '../../ui/text.ts';

type BackupNotice = Extract<Notice, { readonly kind: 'backup' }>;

/** A document that did not get through so often is too much for the way to Telegram: then it is told of without it. */
const TRIES = 3;
const REASON_LIMIT = 500;

/** What has become of a backup; with the file, if it is there and small enough. Undefined if there is no such backup. */
export const renderBackup = ({ backups }: Store, { payload, attempts }: BackupNotice): Rendering | undefined => {
  const backup = backups.getBackup(payload.backupId);
  if (!backup) return undefined;
  const { file, sizeBytes, askedBy, errorMessage } = backup;
  if (file === null || sizeBytes === null) {
    const isNightly = askedBy === null;
    return {
      text: lines(
        titleLine(isNightly ? 'Nightly backup' : 'Backup', 'failed'),
        shorten(errorMessage ?? '', REASON_LIMIT),
        isNightly
          ? '/backup tries again now; otherwise the next night does. Until one has worked I say nothing more of it.'
          : '/backup tries again.',
      ),
    };
  }
  const path = backups.pathOf(file);
  const isSmall = sizeBytes <= DOCUMENT_MOST;
  const isSent = path !== undefined && isSmall && attempts < TRIES;
  return {
    text: lines(
      titleLine('Backup', 'done'),
      `${formatBytes(sizeBytes)}, opened and checked.${isSent ? ' It stays on the machine too.' : ''}`,
      path === undefined && `${file} has been removed since.`,
      path !== undefined &&
        !isSent &&
        `It ${isSmall ? 'did not get through to' : 'is too large for'} Telegram: fetch it from the machine, ${path}.`,
      'It holds what people have and set, no model files, and no key.',
    ),
    ...(isSent ? { document: { path, name: file } } : {}),
  };
};
