/* sources/telegram: a folder filled with what somebody has sent. */

import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import { diskFailure } from '../../domain/failures/disk-failure.ts';
import type { RepoListing } from '../../domain/listing.ts';
import { type KeptAddress, nameByKind, readKeptAddress, type TelegramFile } from '../../domain/repo/kept-file.ts';
import type { RepoRef } from '../../domain/repo/repo.ts';
import { safePart } from '../../domain/repo/web-file.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import type { Filling, FillingSource, FillRequest, OpenedFile, Questions, TelegramFiles } from '../port.ts';
import { webFileListing } from '../web-file-listing.ts';

export interface TelegramSourceOptions {
  /** What messages have said of a file; undefined: nobody knows of it any more. */
  readonly fileOf: (address: KeptAddress) => TelegramFile | undefined;
  readonly files: TelegramFiles;
}

/** Files that people have sent to the bot: each is a repository of one file, whose commit its address gives. */
export type TelegramSource = FillingSource & Pick<Questions, 'inspect'>;

/** As Telegram counts them. */
const MEGABYTE = 1024 * 1024;
/** So much is written before it is looked again whether the disk has room. */
const LOOK_BYTES = 8 * 1024 * 1024;

/** @throws AppError not_found: this bot cannot get it */
const knownFile = ({ fileOf, files }: TelegramSourceOptions, url: string | undefined): TelegramFile => {
  const address = readKeptAddress(url ?? '');
  const file = address && fileOf(address);
  if (!file) throw new AppError('not_found', 'Nobody knows any more how to get that file. Send it again, with /keep.');
  if (address.botId !== files.botId)
    throw new AppError(
      'not_found',
      'That file was sent to another bot, and Telegram gives it to no other. Send it to this one, with /keep.',
    );
  return file;
};

/** @throws AppError constraint: it is larger than what Telegram gives; validation: it is empty; unavailable: nobody knows how large it is */
const sizeOf = ({ fileSize }: TelegramFile, { mostBytes }: TelegramFiles): number => {
  if (fileSize === 0) throw new AppError('validation', 'That file is empty: there is nothing in it to keep.');
  if (fileSize === null) throw new AppError('unavailable', 'Telegram does not say how large that file is.');
  if (mostBytes !== undefined && fileSize > mostBytes)
    throw new AppError(
      'constraint',
      `Telegram gives bots files of up to ${Math.floor(mostBytes / MEGABYTE)} MB, and this one is ${formatBytes(fileSize)}. With a Bot API server of one’s own it could be kept (TELEGRAM_API_ROOT).`,
    );
  return fileSize;
};

const inspect = (options: TelegramSourceOptions, ref: RepoRef): RepoListing => {
  const file = knownFile(options, ref.url);
  const size = sizeOf(file, options.files);
  const name = safePart(file.fileName ?? '') ?? nameByKind(file);
  const { sha256 } = ref;
  // What was sent never becomes another file: a commit for each.
  const commit = createHash('sha1')
    .update(`${ref.url}\n${sha256 ?? ''}`)
    .digest('hex');
  return webFileListing(ref, {
    commit,
    files: [
      sha256 === undefined ? { path: name, size, etag: commit, isUnhashed: true } : { path: name, size, etag: sha256 },
    ],
    webFile: { name, hash: sha256 === undefined ? 'nobody' : 'given' },
  });
};

interface Progress {
  ready: number;
  received: number;
}

/** Writes what comes, as fast as it may. @throws AppError corrupt: more comes than there should be */
const write = async (
  { pieces, isNear }: OpenedFile,
  handle: FileHandle,
  progress: Progress,
  { request, size, signal }: { readonly request: FillRequest; readonly size: number; readonly signal: AbortSignal },
): Promise<void> => {
  let unlooked = 0;
  for await (const piece of pieces) {
    signal.throwIfAborted();
    if (progress.ready + piece.length > size)
      throw new AppError('corrupt', 'Telegram sends more than the file should have.');
    await handle.writeFile(piece).catch((error: unknown) => {
      throw diskFailure(error, request.folder);
    });
    progress.ready += piece.length;
    unlooked += piece.length;
    if (unlooked >= LOOK_BYTES) {
      unlooked = 0;
      await request.checkFloor();
    }
    if (isNear) continue;
    progress.received += piece.length;
    request.onReceived(piece.length);
    const perSecond = request.speedLimit();
    if (perSecond !== undefined) await pass((1000 * piece.length) / Math.max(1, perSecond), undefined, { signal });
  }
  if (progress.ready < size) throw new AppError('unreachable', 'The connection to Telegram broke before the end.');
};

/** What lay there from before is written over: nobody knows of it whether a power cut has left a hole, and there is no hash that would tell. */
const run = async (
  options: TelegramSourceOptions,
  request: FillRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> => {
  const [wanted] = request.files;
  const { fileId } = knownFile(options, request.url);
  if (!wanted) return new Map();
  const path = join(request.folder, 'file');
  await request.checkFloor();
  const bring = async (file: OpenedFile): Promise<void> => {
    const handle = await mkdir(request.folder, { recursive: true })
      .then(() => open(path, 'w', 0o644))
      .catch((error: unknown) => {
        throw diskFailure(error, request.folder);
      });
    try {
      await write(file, handle, progress, { request, size: wanted.size, signal });
    } finally {
      await handle.close();
    }
  };
  await options.files.open(fileId, bring, signal);
  return new Map([[wanted.path, path]]);
};

/** Files of messages, which Telegram gives to the bot that they were sent to. */
export const createTelegramSource = (options: TelegramSourceOptions): TelegramSource => ({
  inspect: async (ref) => inspect(options, ref),
  fill: (request, signal): Filling => {
    const progress: Progress = { ready: 0, received: 0 };
    return {
      progress: () => ({ ...progress, isChecking: false }),
      done: run(options, request, progress, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      }),
    };
  },
});
