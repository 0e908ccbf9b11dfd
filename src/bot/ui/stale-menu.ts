import type { Menu } from '@grammyjs/menu';
import type { MiddlewareFn } from 'grammy';
import type { Ctx } from '../context.ts';

/** The line of a stack that says where it was thrown. */
const thrownIn = (error: unknown): string =>
  (error instanceof Error && error.stack?.split('\n').find((line) => line.startsWith('    at '))) || '';

/**
 * A menu that takes every tap. With a fingerprint, the plugin looks for the button tapped by its row and column in the list
 * as it is now, and throws where that list has become shorter. Such a tap is answered as one on an old list.
 */
export const takingStaleTaps =
  (menu: Menu<Ctx>, outdated: (ctx: Ctx) => Promise<void>): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    try {
      await menu.middleware()(ctx, next);
    } catch (error) {
      if (!thrownIn(error).includes('@grammyjs/menu')) throw error;
      await outdated(ctx);
    }
  };
