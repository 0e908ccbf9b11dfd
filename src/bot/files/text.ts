import { FormattedString } from '@grammyjs/parse-mode';
import type { Model } from '../../domain/model.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { pathInTorrent } from '../../domain/repo/web-file.ts';
import type { FilesPage } from '../../library/model-details.ts';
import type { WishRefusal } from '../../library/sending/sending.ts';
import type { Topic } from '../feature.ts';
import { pathAsCode } from '../outbox/files/text.ts';
import { modelLabel, titleLine } from '../ui/label.ts';
import { count, lines, plain } from '../ui/text.ts';

const REFUSALS: Readonly<Record<WishRefusal, string>> = {
  already: 'It is on its way already.',
  too_many: 'Twenty files are on their way to this chat: ask for more when these have come.',
};

/** What the files feature says. */
export const text = {
  empty: 'This library is empty. /add gpt2 would be a start.',
  notYours: 'That belongs to another chat, or is gone.',
  changed: 'These files have changed since. /files shows them as they are now.',
  onItsWay: 'It is on its way.',
  lookBelow: 'Look at the end of this chat.',
  refused: (refusal: WishRefusal): string => REFUSALS[refusal],
  noFiles: (model: Model): string => `Nobody knows yet what the files of ${modelLabel(model)} are.`,
  noBytes: (path: string): FormattedString =>
    FormattedString.join([pathAsCode(path), ' has no bytes, and Telegram takes no empty documents.']),
  nothingLike: (model: Model, typed: string): FormattedString =>
    FormattedString.join([
      `${modelLabel(model)} has no file like “`,
      pathAsCode(typed),
      `”. /files #${model.id} lists what it has.`,
    ]),
  several: (most: number, more: boolean): string =>
    more ? `That may be more than ${most} files. Write more of the path.` : 'Which one?',
} as const;

interface Shown extends FilesPage {
  /** The paths of those that lie on the disk. */
  readonly here: ReadonlySet<string>;
  /** Places of all files count from 1; of the first one here. */
  readonly first: number;
}

/** A page of a model's files, each with the number that stands on its button. */
export const filesText = (model: Model, { files, total, pages, page, here, first }: Shown): FormattedString => {
  if (total === 0) return plain(text.noFiles(model));
  const pageText = pages > 1 ? ` · page ${page + 1} of ${pages}` : '';
  const size = model.sizeBytes === null ? '' : ` · ${formatBytes(model.sizeBytes)}`;
  /** Where none is, one sentence says so. */
  const standing = (path: string): string => (here.size === 0 || here.has(path) ? '' : ' · not here');
  return lines(
    titleLine(modelLabel(model), `${count(total, 'file')}${size}${pageText}`),
    ...files.map(({ path, size: bytes }, at) =>
      FormattedString.join([
        `${first + at}  `,
        // As code: Telegram makes links of names such as README.md and run.py, which end like domains.
        pathAsCode(pathInTorrent(model.name, path)),
        ` · ${formatBytes(bytes)}${standing(path)}`,
      ]),
    ),
    here.size > 0 ? 'Tap a number to have that file here.' : 'None of these is here.',
  );
};

export const help: Topic = {
  name: 'files',
  lines: [
    'Files',
    '/files #12 lists the files of a model, with their sizes and whether they are here; a tap on a number sends that one as a document.',
    '/file #12 config.json brings one by its path, or by a part of it.',
    'Telegram takes 50 MB from me, and 2 GB over a Bot API server of your own; for what is larger I say where it lies on the machine.',
    'A file that was sent once is sent again at once, to other chats that have it as well.',
  ],
  words: ['file', 'document', 'documents', 'send'],
};
