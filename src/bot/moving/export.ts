import { MODELS_FILE } from '../../domain/moving/models-file.ts';
import { FILTER_KEYS, readFilter } from '../../library/filter.ts';
import { settingsFor } from '../../library/moving/file-settings.ts';
import { exportLibrary } from '../../library/moving/export.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { parseArguments } from '../ui/arguments.ts';
import { answer, answerWithDocument } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { text } from './text.ts';

/** Telegram's limit for what a bot sends (Bot API, sendDocument), which it counts in MB of one sort or the other. */
const BYTES_MOST = 50_000_000;

/**
 * Answers `/export [words…]`, with words as behind `/library`.
 * @param bytesMost what is larger is not sent
 * @throws AppError validation
 */
export const sendLibrary = async (ctx: Ctx, deps: BotDeps, typed: string, bytesMost = BYTES_MOST): Promise<void> => {
  const chatId = ctx.chat?.id ?? 0;
  const filter = readFilter(deps.store, chatId, parseArguments(typed, FILTER_KEYS));
  const { models, bytes, pieces } = await exportLibrary(deps, {
    chatId,
    filter,
    settings: settingsFor(deps.settings, chatId),
  });
  if (models === 0) await answer(ctx, { text: plain(text.nothing) });
  else if (bytes > bytesMost) await answer(ctx, { text: plain(text.tooLarge(models, bytes, bytesMost)) });
  else await answerWithDocument(ctx, { name: MODELS_FILE, pieces, caption: text.exported(models) });
};
