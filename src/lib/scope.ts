import { assert } from './assert.ts';

type Closer = () => void | Promise<void>;

/** Owns what was opened, and closes it in reverse order. (`AsyncDisposableStack` is missing on Node 22.) */
export interface Scope {
  /** Aborted first of all when the scope closes; the reason is what was given to `close`. */
  readonly signal: AbortSignal;
  readonly defer: (close: Closer) => void;
  readonly use: <T extends { close: Closer }>(resource: T) => T;
  /**
   * Closes everything once, in reverse order, even if some closers fail; then throws what failed.
   * What is given to the scope meanwhile is closed too; after that it takes nothing more.
   */
  readonly close: (reason?: unknown) => Promise<void>;
}

/** Owns nothing at first. What is given to it is closed in reverse order. */
export const openScope = (): Scope => {
  const closers: Closer[] = [];
  const abort = new AbortController();
  let closing: Promise<void> | undefined;
  let closed = false;

  const own = (close: Closer): void => {
    assert(!closed, 'a scope that has closed was given something to close');
    closers.push(close);
  };

  const closeAll = async (reason: unknown): Promise<void> => {
    abort.abort(reason);
    const errors: unknown[] = [];
    for (let close = closers.pop(); close; close = closers.pop()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    closed = true;
    if (errors.length > 0) throw new AggregateError(errors, 'Some resources did not close cleanly');
  };

  return {
    signal: abort.signal,
    defer: own,
    use: (resource) => {
      own(() => resource.close());
      return resource;
    },
    close: (reason = new Error('closing')) => {
      closing ??= closeAll(reason);
      return closing;
    },
  };
};
