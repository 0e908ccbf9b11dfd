/** What trying again does about a failure: time may mend it, it never does, or that depends on the case. */
type Again = 'helps' | 'useless' | 'depends';

interface Kind {
  readonly meaning: string;
  readonly again: Again;
}

/**
 * Every kind of failure there is, for code that must branch on it. The first seven are the error kinds of the database
 * contract; the others come from the network, the source, the disk and the machine.
 */
const ERRORS = {
  validation: { meaning: 'what was given is not what is taken', again: 'useless' },
  constraint: { meaning: 'a limit, or a rule of one row, forbids it', again: 'useless' },
  not_found: { meaning: 'there is no such thing', again: 'useless' },
  state_transition: { meaning: 'it cannot go from its state to that one', again: 'depends' },
  integrity: { meaning: 'what belongs together does not fit', again: 'useless' },
  operational: {
    meaning: 'it cannot be done here or now, and somebody has to change something first',
    again: 'depends',
  },
  connection: { meaning: 'the database cannot be opened or read', again: 'helps' },
  unreachable: { meaning: 'a server cannot be reached, or the connection to it broke', again: 'helps' },
  gone: { meaning: 'the source had it and has it no more', again: 'useless' },
  gated: { meaning: 'its terms have to be accepted first', again: 'useless' },
  unauthorized: { meaning: 'the source does not accept the token', again: 'useless' },
  forbidden: { meaning: 'the source does not allow it', again: 'useless' },
  rate_limited: { meaning: 'the source asks to wait', again: 'helps' },
  unavailable: { meaning: 'a server or a disk does not do its work for now', again: 'helps' },
  stalled: { meaning: 'no byte came for too long', again: 'helps' },
  changed: { meaning: 'it became another file while it came', again: 'helps' },
  corrupt: { meaning: 'what came is not what its hash says', again: 'helps' },
  no_space: { meaning: 'the disk is full', again: 'depends' },
  busy: { meaning: 'another program keeps the database for itself, for a moment', again: 'helps' },
  held: { meaning: 'another process has what only one may have', again: 'depends' },
  configuration: { meaning: 'what hubgram was told at its start cannot be used', again: 'depends' },
  refused_token: { meaning: 'Telegram does not know the bot token', again: 'depends' },
} as const satisfies Readonly<Record<string, Kind>>;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[];

/** What a kind of failure means, for people; undefined for what is none. */
export const meaningOf = (code: string): string | undefined =>
  Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode].meaning : undefined;

interface AppErrorOptions {
  readonly cause?: unknown;
  /** How long the other side asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Where a person can do something about it. */
  readonly page?: string;
  /** Of access: people decide who gets it, and there is no accepting that gives it at once. */
  readonly isByHand?: boolean;
}

/** A failure with a sentence that a person may read. Anything else that is thrown is a fault of ours. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly page: string | undefined;
  readonly isByHand: boolean;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.page = options.page;
    this.isByHand = options.isByHand ?? false;
  }
}

/** Ends what cannot be taken, with a sentence that says what would be. */
export const refuse: (sentence: string, code?: ErrorCode) => never = (sentence, code = 'validation') => {
  throw new AppError(code, sentence);
};

/** True if the failure may be gone on the next try. */
export const isTransient = (error: unknown): boolean =>
  error instanceof AppError && ERRORS[error.code].again === 'helps';

/** True if another program keeps the database for itself: over in a moment. */
export const isBusy = (error: unknown): boolean => error instanceof AppError && error.code === 'busy';

/** True if the machine refuses for now, as with a full disk or a busy database: nobody's fault, and over some day. */
export const isForNow = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'no_space' || error.code === 'unavailable' || error.code === 'busy');

/** True for the code of a failure that trying again will not mend: something else has to be done first. */
export const isPermanent = (code: ErrorCode | null | undefined): boolean =>
  code !== null && code !== undefined && ERRORS[code].again === 'useless';

/** The sentence for people; a fault of ours has none that would help them. */
export const messageOf = (error: unknown): string =>
  error instanceof AppError ? error.message : 'Something went wrong inside hubgram. The log says more.';
