import type { Answer, TalkKind } from '../../domain/talks/answer.ts';

/** What an answer may take. */
export interface AnswerLimits {
  /** Those that a model thinks with count too. */
  readonly tokensMost: number;
  readonly timeMostMs: number;
}

/** Bot → the process that keeps a model open. */
export type TalkTask =
  | {
      readonly kind: 'open';
      readonly runtimesDir: string;
      /** Where the file lies. */
      readonly file: string;
      readonly threads: number;
      /** As much text as it shall hold at once, in tokens, if it was made for so much. */
      readonly contextTokens: number;
    }
  | ({ readonly kind: 'ask'; readonly text: string } & AnswerLimits)
  | { readonly kind: 'compare'; readonly first: string; readonly second: string }
  /** What it is writing ends here. */
  | { readonly kind: 'stop' };

/** What a model is that was opened. */
export interface OpenedAs {
  readonly talk: TalkKind;
  readonly loadMs: number;
}

/** The process → bot. */
export type TalkReply =
  | ({ readonly kind: 'opened' } & OpenedAs)
  /** It cannot be opened, or was not tried; the reason is the end of a sentence that begins with its path. */
  | { readonly kind: 'failed' | 'unknown'; readonly reason: string }
  /** All that it has written so far. */
  | { readonly kind: 'writing'; readonly text: string }
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'compared'; readonly cosine: number }
  /** It could not do what it was asked, and is open as before; the end of a sentence that begins with “It”. */
  | { readonly kind: 'refused'; readonly reason: string };
