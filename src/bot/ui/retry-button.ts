import type { InlineKeyboardButton } from 'grammy/types';
import { isPermanent } from '../../domain/errors.ts';
import type { DownloadSession } from '../../domain/session.ts';
import { actionButton } from './buttons.ts';

/** Under what has failed: the main thing only where time may have mended it. */
export const retryButton = (modelId: number, session: DownloadSession | undefined): InlineKeyboardButton =>
  actionButton('Try again', 'retry', modelId, isPermanent(session?.metadata?.errorCode) ? undefined : 'primary');
