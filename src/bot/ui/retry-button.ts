import type { InlineKeyboardButton } from 'grammy/types';
import { isPermanent } from '../../domain/errors.ts';
import type { DownloadSession } from '../../domain/session.ts';
import { actionButton } from './buttons.ts';
import { ACCEPTED } from './gates/access.ts';

/** Under what has failed: the main thing only where time may have mended it, or a person has. */
export const retryButton = (modelId: number, session: DownloadSession | undefined): InlineKeyboardButton => {
  const code = session?.metadata?.errorCode;
  if (code === 'gated') return actionButton(ACCEPTED, 'retry', modelId, 'primary');
  return actionButton('Try again', 'retry', modelId, isPermanent(code) ? undefined : 'primary');
};
