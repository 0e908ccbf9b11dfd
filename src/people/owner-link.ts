import { randomBytes, timingSafeEqual } from 'node:crypto';

/** The link, printed at the start, that makes an owner of whoever opens it first; it holds a one-time code. */
export interface OwnerLink {
  /** The code to print; undefined once it was taken, or if there is an owner already. */
  readonly code: () => string | undefined;
  /**
   * True for the right code, once.
   * @param makeOwner is done first: if that fails, the code still fits, or nobody could become the owner any more
   */
  readonly take: (code: string, makeOwner: () => void) => boolean;
}

/** @param needed false if there is an owner already: then no code fits */
export const createOwnerLink = (needed: boolean): OwnerLink => {
  let code = needed ? randomBytes(16).toString('base64url') : undefined;
  return {
    code: () => code,
    take: (given, makeOwner) => {
      if (code === undefined) return false;
      const [left, right] = [Buffer.from(given), Buffer.from(code)];
      if (left.length !== right.length || !timingSafeEqual(left, right)) return false;
      makeOwner();
      code = undefined;
      return true;
    },
  };
};
