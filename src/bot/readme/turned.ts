import type { Readme } from '../../library/sending/readmes.ts';
import { layOutApart } from './markdown/apart.ts';
import type { LaidOut } from './markdown/laid-out.ts';

/** READMEs that people are turning the pages of: laid out once, and not with every tap. */
export interface Turned {
  readonly get: (key: string) => LaidOut | undefined;
  /** Lays out what is read, and keeps that. Who wants the same meanwhile gets the same. @throws what `read` throws */
  readonly layOut: (key: string, read: () => Promise<Readme>) => Promise<LaidOut>;
}

/** Each is a megabyte or two at most. */
const KEPT_MOST = 20;

const NOWHERE = 'about:blank';

/**
 * Nothing is kept at first. One is laid out at a time, however many are wanted.
 * @param ending the bot ends: what is under way is broken off
 * @param longestMs of a processor's time; as `layOutApart` has it if not given
 */
export const createTurned = (ending: AbortSignal, longestMs?: number): Turned => {
  const kept = new Map<string, LaidOut>();
  const wanted = new Map<string, Promise<LaidOut>>();
  let last: Promise<unknown> = Promise.resolve();

  const keep = (key: string, laidOut: LaidOut): void => {
    kept.delete(key);
    kept.set(key, laidOut);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_MOST && oldest !== undefined) kept.delete(oldest);
  };

  const inTurn = ({ text, isMarkdown, page = NOWHERE, raw = NOWHERE }: Readme): Promise<LaidOut> => {
    const toRead = { text, bases: isMarkdown ? { page, raw } : undefined };
    const turn = last.then(() => layOutApart(toRead, ending, longestMs));
    last = turn.catch(() => undefined);
    return turn;
  };

  const make = async (key: string, read: () => Promise<Readme>): Promise<LaidOut> => {
    try {
      const readme = await read();
      const laidOut = await inTurn(readme);
      const all = { ...laidOut, isWhole: laidOut.isWhole && readme.isWhole };
      keep(key, all);
      return all;
    } finally {
      wanted.delete(key);
    }
  };

  return {
    get: (key) => {
      const laidOut = kept.get(key);
      if (laidOut) keep(key, laidOut);
      return laidOut;
    },
    layOut: (key, read) => {
      const making = wanted.get(key) ?? make(key, read);
      wanted.set(key, making);
      return making;
    },
  };
};
