import { extname } from 'node:path';
import { cutBefore } from '../../../lib/text/shorten.ts';

/** As Telegram cuts file names (td/telegram/files, clean_filename); the ending counts with it. */
const NAME_MOST = 60;
const ENDING_MOST = 16;

/** What has a meaning in the header that carries a file's name, or on the disk of whoever saves it. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}"'`\\/:;*?<>|%]/gu;

/** What a file is called as a document: its own name without its folders, and nothing in it that is more than a name. */
export const documentName = (path: string): string => {
  const name = path
    .slice(path.lastIndexOf('/') + 1)
    .toWellFormed()
    .replace(UNSAFE, '_')
    .replace(/^[\s.]+/u, (start) => '_'.repeat(start.length))
    .trim();
  const ending = extname(name).length <= ENDING_MOST ? extname(name) : '';
  const stem = name.slice(0, name.length - ending.length);
  return `${stem.slice(0, cutBefore(stem, NAME_MOST - ending.length))}${ending}`;
};
