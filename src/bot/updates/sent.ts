import type { Message } from 'grammy/types';

/** What people send; each message holds one of them, and a caption may stand under it. */
const SENT = [
  'text',
  'caption',
  'document',
  'photo',
  'sticker',
  'animation',
  'audio',
  'voice',
  'video',
  'video_note',
  'contact',
  'location',
  'venue',
  'poll',
  'dice',
  'game',
  'story',
  'paid_media',
  'checklist',
] as const;

/** Whether somebody has sent a message, and it is not Telegram that tells something by it, such as that one was pinned. */
export const isSent = (message: Partial<Message>): boolean => SENT.some((kind) => kind in message);
