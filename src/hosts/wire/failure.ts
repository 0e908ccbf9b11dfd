import { z } from 'zod';
import { AppError, ERROR_CODES, type ErrorCode } from '../../domain/errors.ts';
import { shorten } from '../../lib/text/shorten.ts';

const MESSAGE_MOST = 1000;
/** A week: nobody is asked to wait longer. */
const RETRY_MOST_MS = 7 * 24 * 3_600_000;

/** What is told of a failure on another machine. Its cause stays in the log of the machine where it happened. */
export const failureSchema = z.object({
  /** Of an AppError; what has none is a fault of ours. */
  code: z.enum(ERROR_CODES as [ErrorCode, ...ErrorCode[]]).optional(),
  message: z.string().max(MESSAGE_MOST),
  retryAfterMs: z.number().min(0).max(RETRY_MOST_MS).optional(),
  page: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
  isByHand: z.boolean().optional(),
});
export type Failure = z.infer<typeof failureSchema>;

/** What is told of a failure, short enough for whoever reads it. */
export const failureOf = (error: unknown): Failure => {
  const message = shorten(error instanceof Error ? error.message : String(error), MESSAGE_MOST);
  if (!(error instanceof AppError)) return { message };
  const { code, retryAfterMs, page, isByHand } = error;
  return {
    code,
    message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.min(Math.max(0, retryAfterMs), RETRY_MOST_MS) }),
    ...(page === undefined ? {} : { page }),
    ...(isByHand ? { isByHand } : {}),
  };
};

/** @param host whose failure it is: a fault without a sentence for people is told as a fault there */
export const errorOf = ({ code, message, retryAfterMs, page, isByHand }: Failure, host: string): Error => {
  if (code === undefined) return new Error(`${host}: ${message}`);
  return new AppError(code, message, {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(page === undefined ? {} : { page }),
    ...(isByHand === undefined ? {} : { isByHand }),
  });
};
