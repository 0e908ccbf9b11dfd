/* domain/pulls: a job of an inference server. */

import { readQuant } from '../files/gguf.ts';
import { parseSelectionKey } from '../files/selection.ts';

/**
 * The library of what an inference server has asked for: that of a chat that Telegram does not have, whose ids are above zero for people
 * and below for groups. Nobody reads there, so nothing is said and nobody can be asked.
 */
export const INFERENCE_SERVER = 0;

/**
 * - `queued`: it waits, is looked up, or was paused.
 * - `running`: it is downloaded, or, with `init`, looked into.
 * - `succeeded`: it is there. It stays so.
 * - `failed`: so it is until it is tried again, and then queued once more; what was cancelled has failed too.
 */
export const PULL_STATUSES = ['queued', 'running', 'succeeded', 'failed'] as const;
export type PullStatus = (typeof PULL_STATUSES)[number];

/** What an inference server has asked for. Times are ISO 8601, UTC; sizes are bytes. */
export interface PullJob {
  /** Its place among all that ever were. */
  readonly number: number;
  /** A UUID, that of the first download session made for it too. */
  readonly id: string;
  /** As it was asked for. */
  readonly model: string;
  readonly quantize: string | null;
  /** Whether its files are to be looked into when they are there. */
  readonly init: boolean | null;
  readonly status: PullStatus;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Of what has failed, a sentence. */
  readonly error: string | null;
  readonly traceback: string | null;
  /** The snapshot, as long as it is there. */
  readonly localPath: string | null;
  readonly sizeBytes: number | null;
  /** As of the last row that was written of it. */
  readonly downloadedBytes: number;
  /** The key of the selection that it came to; null before that is known. */
  readonly selection: string | null;
  readonly apiCallCount: number;
  readonly lastApiCall: string | null;
  /** Its model in the library; null before that is known. */
  readonly modelId: number | null;
}

/** Names of number formats in which nothing was quantized. */
const FLOATS = /^(?:BF16|FP?(?:16|32|64))$/i;
/** Words for formats that are not those of a GGUF: 4 and 8 bits, as ONNX models and others call them. */
const QUANTIZED = /^(?:.*[-_])?(?:[qif]?[48]|u?int[48]|q[48]f16|bnb4|quantized|fp[48]|awq|gptq)$/i;

/**
 * Whether what a job came to is loaded as quantized weights, by the name of its form.
 * @returns null as long as that is not known
 */
export const isPreferredQuantized = ({ selection }: Pick<PullJob, 'selection'>): boolean | null => {
  if (selection === null) return null;
  const { quantize } = parseSelectionKey(selection);
  const quant = readQuant(quantize);
  if (quant !== undefined) return !FLOATS.test(quant.split('-').at(-1) ?? quant);
  return QUANTIZED.test(quantize);
};
