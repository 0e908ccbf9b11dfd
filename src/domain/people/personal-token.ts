/* domain/people: what is known of a person beside their role. */

/** What a token may be used for, as far as the Hub says it. */
export type TokenKind = 'read' | 'write' | 'fine_grained';

/** Whose token it is, as the Hub says. */
export interface TokenAccount {
  readonly name: string;
  readonly kind: TokenKind | null;
}

/** A token for the Hub that a person has given; the token itself is sealed. */
export interface PersonalToken {
  readonly id: number;
  readonly userId: number;
  readonly sealed: string;
  /** Its last letters; none of one that is short. */
  readonly ending: string;
  /** `unchecked`: the Hub has not said yet whose it is. `revoked`: the Hub took it once, and does not any more. */
  readonly state: 'unchecked' | 'valid' | 'revoked';
  readonly account: string | null;
  readonly kind: TokenKind | null;
  readonly createdAt: string;
  readonly usedAt: string | null;
}

const SHOWN = 4;
/** Of a shorter one the last letters would be too much of it. */
const LONG_ENOUGH = 20;

/** The last letters of a token, by which its owner knows it. */
export const endingOf = (token: string): string => (token.length < LONG_ENOUGH ? '' : token.slice(-SHOWN));
