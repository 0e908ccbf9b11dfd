/* bot/telegram/files: documents from and to Telegram; the address that holds the bot's token is known here alone. */

import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../../domain/errors.ts';
import { deepCodeOf } from '../../../lib/error-code.ts';
import type { Proxies } from '../../../lib/net/proxies.ts';
import type { OpenedFile, TelegramFiles } from '../../../sources/port.ts';
import { createConnections } from '../connections.ts';
import type { FilePaths } from './file-paths.ts';
import { type FileServer, isFilePath, requestFile } from './file-request.ts';
import { openLocalFile } from './local-file.ts';

export interface TelegramFilesOptions {
  readonly token: string;
  readonly apiRoot: string;
  readonly proxies?: Proxies | undefined;
  /** How long a call may stay without an answer; a minute if not given. */
  readonly callTimeoutSeconds?: number | undefined;
  /** The Bot API server is one's own, and may give more. */
  readonly isOwnServer?: boolean | undefined;
  /** How long nothing may come of a file, in milliseconds; half a minute if not given. */
  readonly silenceMs?: number | undefined;
}

/** What Telegram's own server gives to bots (tdlib/telegram-bot-api, Client.cpp, MAX_DOWNLOAD_FILE_SIZE). */
const FILE_MOST = 20 * 1024 * 1024;
const CALL_TIMEOUT_SECONDS = 60;
const SILENCE_MS = 30_000;
const PIECE_BYTES = 256 * 1024;

const brokenOff = (error: unknown): AppError =>
  deepCodeOf(error) === 'ETIMEDOUT'
    ? new AppError('stalled', 'No data came from Telegram.')
    : new AppError('unreachable', 'Telegram does not send the file: the connection broke.');

async function* readPieces(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (;;) {
    // Each its own: whoever takes one may keep it.
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** What comes over the network, and what breaks there told apart from what whoever takes it throws. */
async function* comingPieces(body: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of body) yield piece;
  } catch (error) {
    signal.throwIfAborted();
    throw brokenOff(error);
  }
}

const useLocal = async <T>(path: string, token: string, use: (file: OpenedFile) => Promise<T>): Promise<T> => {
  await using file = await openLocalFile(path, token);
  if (file) return await use({ pieces: readPieces(file), isNear: true });
  throw new AppError(
    'operational',
    'The Bot API server keeps its files on a disk, and this one cannot be read here. hubgram has to see that folder by the same path, and may read it.',
  );
};

const useRemote = async <T>(
  server: FileServer,
  path: string,
  use: (file: OpenedFile) => Promise<T>,
  patience: { readonly signal: AbortSignal; readonly silenceMs: number },
): Promise<T> => {
  const response = await requestFile(server, path, patience).catch((error: unknown) => {
    patience.signal.throwIfAborted();
    throw brokenOff(error);
  });
  try {
    if (response.statusCode !== 200) throw new AppError('unavailable', 'Telegram does not give that file for now.');
    return await use({ pieces: comingPieces(response, patience.signal), isNear: false });
  } finally {
    response.destroy();
  }
};

/** Files of messages to the bot with this token, over connections of their own: what they take keeps no answer waiting. */
export const createTelegramFiles = (options: TelegramFilesOptions): TelegramFiles & { readonly close: () => void } => {
  const { token, apiRoot, proxies, isOwnServer = false, silenceMs = SILENCE_MS } = options;
  const connections = createConnections(apiRoot, proxies);
  const timeoutSeconds = options.callTimeoutSeconds ?? CALL_TIMEOUT_SECONDS;
  let paths: Promise<FilePaths> | undefined;
  /** What asks is loaded with the first question: a start has no time for it. */
  const load = async (): Promise<FilePaths> => {
    const { createFilePaths } = await import('./file-paths.ts');
    return createFilePaths({ token, apiRoot, timeoutSeconds, agent: connections.agent });
  };
  return {
    botId: Number.parseInt(token, 10),
    mostBytes: isOwnServer ? undefined : FILE_MOST,
    open: async (fileId, use, signal) => {
      const pathOf = await (paths ??= load());
      const path = await pathOf(fileId, signal);
      if (isFilePath(path)) return useRemote({ apiRoot, token, connections }, path, use, { signal, silenceMs });
      return useLocal(path, token, use);
    },
    close: connections.close,
  };
};
