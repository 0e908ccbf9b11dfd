import { FILTER_KEYS, readFilter } from '../../library/filter.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { sendLibraryFile } from '../board/moving/library-file.ts';
import { parseArguments } from '../ui/arguments.ts';

/**
 * Answers `/export [words…]`, with words as behind `/library`.
 * @param bytesMost what is larger is not sent
 * @throws AppError validation
 */
export const sendLibrary = (ctx: Ctx, deps: BotDeps, typed: string, bytesMost?: number): Promise<void> =>
  sendLibraryFile(ctx, deps, readFilter(deps.store, ctx.chat?.id ?? 0, parseArguments(typed, FILTER_KEYS)), bytesMost);
