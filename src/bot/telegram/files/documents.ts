import type { IncomingMessage } from 'node:http';
import { type Api, GrammyError } from 'grammy';
import type { Document } from 'grammy/types';
import { AppError, refuse } from '../../../domain/errors.ts';
import { formatBytes } from '../../../lib/text/bytes.ts';
import { decodeText } from '../../../lib/text/decode.ts';
import { type FileServer, isFilePath, requestFile } from './file-request.ts';
import { readLocalFile } from './local-file.ts';

/** What people send as documents. */
export interface Documents {
  /**
   * The text of a document.
   * @param bytesMost a longer one is not fetched
   * @throws AppError validation: it is too long, or no text; unavailable: Telegram does not give it
   */
  readonly readText: (api: Api, document: Document, bytesMost: number) => Promise<string>;
  /** Any document, as it is. @throws AppError as `readText` */
  readonly readBytes: (api: Api, document: Document, bytesMost: number) => Promise<Buffer>;
}

interface DocumentsDeps extends FileServer {
  /** Aborted when the program ends. */
  readonly signal: AbortSignal;
}

const FETCH_MS = 30_000;

const tooLong = (document: Pick<Document, 'file_size' | 'file_name'>, bytesMost: number): never => {
  const size = document.file_size === undefined ? '' : ` This one is ${formatBytes(document.file_size)}.`;
  const what = /\.torrent$/i.test(document.file_name ?? '') ? 'The file of a torrent' : 'A list';
  return refuse(`${what} may have ${formatBytes(bytesMost)}.${size} Send a shorter one.`);
};

const notGiven = (cause?: unknown): AppError =>
  new AppError('unavailable', 'Telegram does not give me that document. Send it again, or its lines as a message.', {
    cause,
  });

/** The answer's body, as far as it is wanted. @throws AppError validation: it is longer */
const bodyOf = async (response: IncomingMessage, document: Document, bytesMost: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bytesMost) return tooLong({ ...document, file_size: undefined as never }, bytesMost);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** @throws AppError validation */
const decode = (bytes: Uint8Array): string =>
  decodeText(bytes) ??
  refuse('This document is no text. A list is a plain text file with a name or link on each line.');

/** Documents that were sent to the bot with this token, over its connections. */
export const createDocuments = ({ signal, ...server }: DocumentsDeps): Documents => {
  const fetchBytes = async (path: string, document: Document, bytesMost: number): Promise<Buffer> => {
    const ends = AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]);
    const response = await requestFile(server, path, { signal: ends });
    try {
      if (response.statusCode !== 200) throw notGiven();
      return await bodyOf(response, document, bytesMost);
    } finally {
      response.destroy();
    }
  };

  const bytesAt = async (path: string, document: Document, bytesMost: number): Promise<Buffer> => {
    if (isFilePath(path)) return fetchBytes(path, document, bytesMost);
    const bytes = await readLocalFile(path, server.token, bytesMost);
    if (!bytes) throw notGiven();
    return bytes.length > bytesMost ? tooLong({ ...document, file_size: undefined as never }, bytesMost) : bytes;
  };

  const readBytes: Documents['readBytes'] = async (api, document, bytesMost) => {
    if ((document.file_size ?? 0) > bytesMost) tooLong(document, bytesMost);
    try {
      const { file_path: path = '' } = await api.getFile(document.file_id);
      return await bytesAt(path, document, bytesMost);
    } catch (error) {
      if (signal.aborted) throw error;
      // The address holds the token: what an error says of it goes no further.
      if (error instanceof AppError) throw error;
      if (error instanceof GrammyError && /too big/i.test(error.description)) return tooLong(document, bytesMost);
      throw notGiven();
    }
  };
  return { readBytes, readText: async (...asked) => decode(await readBytes(...asked)) };
};
