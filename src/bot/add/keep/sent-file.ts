import type { Message } from 'grammy/types';
import type { KeptKind, TelegramFile } from '../../../domain/repo/kept-file.ts';
import { toIso } from '../../../lib/clock.ts';

/** The parts of a message, or of one of another chat that is replied to, in which a file may stand. */
type Sending = Partial<
  Pick<Message, 'document' | 'photo' | 'audio' | 'video' | 'voice' | 'video_note' | 'animation' | 'sticker' | 'date'>
>;

/** What these have in common; each has some of it. */
interface Described {
  readonly file_id: string;
  readonly file_unique_id: string;
  readonly file_size?: number | undefined;
  readonly file_name?: string | undefined;
  readonly mime_type?: string | undefined;
  readonly duration?: number | undefined;
  readonly title?: string | undefined;
  readonly performer?: string | undefined;
}

const stickerType = ({ is_animated: isAnimated, is_video: isVideo }: NonNullable<Sending['sticker']>): string => {
  if (isAnimated) return 'application/x-tgsticker';
  return isVideo ? 'video/webm' : 'image/webp';
};

/** An animation stands in its message as a document too; of a photo there are several sizes, the largest last. */
const describedIn = (message: Sending): readonly [KeptKind, Described] | undefined => {
  const { animation, document, audio, video, voice, video_note: note, photo, sticker } = message;
  const largest = photo?.at(-1);
  if (animation) return ['animation', animation];
  if (document) return ['document', document];
  if (audio) return ['audio', audio];
  if (video) return ['video', video];
  if (voice) return ['voice', voice];
  if (note) return ['video_note', note];
  if (largest) return ['photo', largest];
  return sticker && ['sticker', { ...sticker, mime_type: stickerType(sticker) }];
};

const TEXT_MOST = 500;

/** What somebody else has written, in one line; null: nothing. */
const written = (text: string | undefined): string | null => {
  const line = (text ?? '')
    .toWellFormed()
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return line === '' ? null : line.slice(0, TEXT_MOST).toWellFormed();
};

const whole = (value: number | undefined): number | null =>
  value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : null;

/**
 * The file that a message holds: whatever has bytes that Telegram gives.
 * @param sentAt Unix time in seconds, of what says none
 */
export const fileIn = (message: Sending, sentAt: number): TelegramFile | undefined => {
  const [kind, described] = describedIn(message) ?? [];
  if (!kind || !described) return undefined;
  const { file_id: fileId, file_unique_id: fileUniqueId } = described;
  const title = [described.performer, described.title].filter((part) => part !== undefined && part !== '').join(' – ');
  return {
    fileId,
    fileUniqueId,
    kind,
    fileName: written(described.file_name),
    mimeType: written(described.mime_type),
    fileSize: whole(described.file_size),
    duration: whole(described.duration),
    title: written(title),
    uploadedAt: toIso((message.date ?? sentAt) * 1000),
  };
};
