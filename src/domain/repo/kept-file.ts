import { z } from 'zod';

/**
 * Files that people have sent to the bot and that are kept on this machine. Telegram gives them to the bot that they were sent to
 * and to nobody else; in a library they are files like those from web addresses (docs/decisions/0042).
 */

/** What a message holds that has bytes, as the Bot API calls it. */
export const KEPT_KINDS = [
  'document',
  'photo',
  'audio',
  'video',
  'voice',
  'video_note',
  'animation',
  'sticker',
] as const;
export type KeptKind = (typeof KEPT_KINDS)[number];

/** A file as a message of Telegram describes it. */
export const telegramFileSchema = z.object({
  /** What it is fetched by: of use to one bot only, and another one with each message. */
  fileId: z.string(),
  /** The same for the same file, in whatever message it stands, for each bot. It cannot be fetched by it. */
  fileUniqueId: z.string(),
  kind: z.enum(KEPT_KINDS),
  /** As whoever sent it calls it: foreign text. */
  fileName: z.string().nullable(),
  mimeType: z.string().nullable(),
  /** In bytes. */
  fileSize: z.number().nullable(),
  /** In seconds, of what can be played. */
  duration: z.number().nullable(),
  title: z.string().nullable(),
  /** When it was sent to the bot, ISO 8601. */
  uploadedAt: z.string(),
});
export type TelegramFile = Readonly<z.infer<typeof telegramFileSchema>>;

/** The bot that a file was sent to, and the file. */
export interface KeptAddress {
  readonly botId: number;
  readonly fileUniqueId: string;
}

const SCHEME = 'telegram:';
const ADDRESS = /^telegram:\/\/(\d{1,16})\/([A-Za-z0-9_-]{1,200})$/;

/** Stands where the web address of other files stands. Nobody types it, and nothing can be fetched with it alone. */
export const keptAddress = ({ botId, fileUniqueId }: KeptAddress): string => `${SCHEME}//${botId}/${fileUniqueId}`;

/** @returns undefined if it is none */
export const readKeptAddress = (address: string): KeptAddress | undefined => {
  const [, botId, fileUniqueId] = ADDRESS.exec(address) ?? [];
  return botId === undefined || fileUniqueId === undefined ? undefined : { botId: Number(botId), fileUniqueId };
};

/** Whether an address is that of a file which was sent to the bot. */
export const isKeptAddress = (address: string): boolean => address.startsWith(SCHEME);

/** What it is called where Telegram has no name for it. */
const STEMS: Readonly<Record<KeptKind, readonly [stem: string, ending: string]>> = {
  document: ['document', ''],
  photo: ['photo', '.jpg'],
  audio: ['audio', '.mp3'],
  video: ['video', '.mp4'],
  voice: ['voice', '.ogg'],
  video_note: ['video-note', '.mp4'],
  animation: ['animation', '.mp4'],
  sticker: ['sticker', '.webp'],
};

/** Endings of what comes as something else than usual (stickers: Bot API, Sticker; the others: IANA). */
const ENDINGS: readonly (readonly [mimeType: string, ending: string])[] = [
  ['image/png', '.png'],
  ['image/gif', '.gif'],
  ['video/webm', '.webm'],
  ['audio/mp4', '.m4a'],
  ['audio/x-m4a', '.m4a'],
  ['audio/flac', '.flac'],
  ['audio/ogg', '.ogg'],
  ['audio/x-wav', '.wav'],
  ['application/x-tgsticker', '.tgs'],
  ['application/pdf', '.pdf'],
  ['application/zip', '.zip'],
];

/** What a file is called here that nobody has named: by what it is, and when it was sent (UTC). */
export const nameByKind = ({ kind, mimeType, uploadedAt }: TelegramFile): string => {
  const [stem, usual] = STEMS[kind];
  const ending = ENDINGS.find(([type]) => type === mimeType)?.[1] ?? usual;
  return `${stem}-${uploadedAt.slice(0, 19).replace(/[T:]/g, '-')}${ending}`;
};
