import type { CardFacts } from '../facts.ts';
import type { Bases } from './lay-out.ts';
import type { TextPage } from './pages.ts';

export interface ToRead {
  readonly text: string;
  /** Undefined: it is no Markdown. */
  readonly bases: Bases | undefined;
  /** Nothing is read out of it, and it is shown letter by letter. */
  readonly asWritten?: boolean;
}

/** A README as people turn its pages. */
export interface LaidOut {
  readonly facts: CardFacts;
  readonly pages: readonly TextPage[];
  /** All of the text is in the pages. */
  readonly isWhole: boolean;
}
