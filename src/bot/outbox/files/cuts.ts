import { GrammyError, HttpError } from 'grammy';
import { codeOf } from '../../../lib/error-code.ts';

/** How often the other side has hung up while a file was sent, and what that means. */
export interface Cuts {
  /** A call has failed while bytes still went. */
  readonly note: (id: number, error: unknown) => void;
  /** Whether what a call failed with says that the file is larger than what is taken. */
  readonly isTooLarge: (id: number, error: unknown) => boolean;
  readonly forget: (id: number) => void;
}

const CUTS_MOST = 2;

/** The connection was closed from the other side. */
const isHungUp = (error: unknown): boolean =>
  error instanceof HttpError && ['ECONNRESET', 'EPIPE'].includes(codeOf(error.error));

/**
 * A server that takes no more says so and closes the connection, whatever still comes: what it said may be lost with that. One of
 * one's own, or what stands before it, hangs up in the middle for no other reason twice in a row.
 */
export const createCuts = (isOwnServer: boolean): Cuts => {
  const cuts = new Map<number, number>();
  return {
    note: (id, error) => {
      if (isHungUp(error)) cuts.set(id, (cuts.get(id) ?? 0) + 1);
    },
    isTooLarge: (id, error) =>
      error instanceof GrammyError
        ? error.error_code === 413 || /too (?:big|large)/i.test(error.description)
        : isOwnServer && isHungUp(error) && (cuts.get(id) ?? 0) >= CUTS_MOST,
    forget: (id) => void cuts.delete(id),
  };
};
