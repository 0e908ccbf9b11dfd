import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { isAbsolute, normalize } from 'node:path';

/** Between two slashes, as the whole name of a folder. */
const isBelow = (path: string, folder: string): boolean => path.split('/').slice(0, -1).includes(folder);

/**
 * Opens the file that a Bot API server with `--local` gives as a path of the disk that both see. It lies below a folder that is named by
 * the bot token, which is nobody's but this bot's: nothing else of this machine can be named, also not by way of a link.
 * @returns undefined if it is no such file, or cannot be read
 */
export const openLocalFile = async (path: string, token: string): Promise<FileHandle | undefined> => {
  if (!isAbsolute(path) || normalize(path) !== path || !isBelow(path, token)) return undefined;
  try {
    const real = await realpath(path);
    if (!isBelow(real, token)) return undefined;
    // What has become a link meanwhile, or would be waited for, is no file of the server.
    const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch {
    // It cannot be read.
  }
  return undefined;
};

/**
 * What is in such a file.
 * @param most so many bytes are read, and one more if there are more
 * @returns undefined if it is no such file, or cannot be read
 */
export const readLocalFile = async (path: string, token: string, most: number): Promise<Buffer | undefined> => {
  await using file = await openLocalFile(path, token);
  if (!file) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(most + 1), 0, most + 1, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return undefined;
  }
};
