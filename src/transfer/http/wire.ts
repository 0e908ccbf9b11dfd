/** A body that is not wanted is read to its end if no more than this is left of it; else its connection ends. In bytes. */
export const READ_AWAY = 64 * 1024;

/** An answer to a request; its body is taken or discarded, never left. */
export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** The body in order. A piece is lent: it is valid until the next one is asked for. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Nothing more of the body is wanted. After its end this does nothing. */
  readonly discard: () => void;
}

/** Something that brings bytes over the network. */
export interface Wire {
  /** @throws errors with a code, as `networkFailure` sorts them; the signal's reason */
  readonly get: (url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Answer>;
  readonly close: () => Promise<void>;
}
