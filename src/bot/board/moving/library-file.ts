/* bot/board/moving: a library as a document, sent to its chat. */

import type { LibraryFilter } from '../../../domain/library-filter.ts';
import { MODELS_FILE } from '../../../domain/moving/models-file.ts';
import { formatBytes } from '../../../lib/text/bytes.ts';
import { exportLibrary } from '../../../library/moving/export.ts';
import { settingsFor } from '../../../library/moving/file-settings.ts';
import type { BotDeps, Ctx } from '../../context.ts';
import { DOCUMENT_MOST } from '../../telegram/files/document-size.ts';
import { answer, answerWithDocument } from '../../ui/reply.ts';
import { count, plain } from '../../ui/text.ts';

const text = {
  empty: 'This library is empty: there is nothing to export.',
  nothing: 'Nothing in this library is like that, so there is nothing to export.',
  exported: (models: number, withoutKey: number): string =>
    `${count(models, 'model')} of this library.${
      withoutKey === 0
        ? ''
        : ` ${withoutKey === 1 ? 'One address has' : `${withoutKey} addresses have`} dots where a key was: put it there before you import the file elsewhere.`
    }`,
  tooLarge: (models: number, bytes: number, most: number): string =>
    `${count(models, 'model')} would make a file of ${formatBytes(bytes)}, and Telegram takes ${formatBytes(most)} from me. Behind /export stands which, as behind /library: a #tag, a category, a status.`,
} as const;

/** How a file comes into a library. */
export const HOW_TO_IMPORT =
  'Send me a file first, models.json or a list with a name on each line, and answer it with /import. Nothing is changed before you have read what would.';

/** Sends what a chat's library has of this kind as a file. @param bytesMost what is larger is not sent */
export const sendLibraryFile = async (
  ctx: Ctx,
  deps: BotDeps,
  filter: LibraryFilter,
  bytesMost = DOCUMENT_MOST,
): Promise<void> => {
  const chatId = ctx.chat?.id ?? 0;
  const { models, withoutKey, bytes, pieces } = await exportLibrary(deps, {
    chatId,
    filter,
    settings: settingsFor(deps.settings, chatId),
  });
  if (models === 0)
    await answer(ctx, { text: plain(deps.store.models.countModels(chatId) === 0 ? text.empty : text.nothing) });
  else if (bytes > bytesMost) await answer(ctx, { text: plain(text.tooLarge(models, bytes, bytesMost)) });
  else await answerWithDocument(ctx, { name: MODELS_FILE, pieces, caption: text.exported(models, withoutKey) });
};
