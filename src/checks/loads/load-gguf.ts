import type { Did } from '../../domain/checks/loads.ts';
import type { Clock } from '../../lib/clock.ts';
import { type ContextOptions, isEmbedder, type LlamaModel, openLlama } from './llama.ts';
import { NotLoaded } from './not-loaded.ts';

export interface Loaded {
  readonly loadMs: number;
  readonly did: Did;
  /** The graphics cards that it was on; none: the processor had it. Without it, the build is for the processor. */
  readonly cards?: readonly string[];
}

/** Enough to see it write, and few enough for a large model on a slow machine. */
const TOKENS = 16;
const WRITING_MOST_MS = 30_000;
const CONTEXT = 256;
const PROMPT = 'Hello';

const write = async (model: LlamaModel, options: ContextOptions, clock: Pick<Clock, 'monotonic'>): Promise<Did> => {
  const sequence = (await model.createContext(options)).getSequence();
  const tokens = model.tokenize(PROMPT);
  const begun = clock.monotonic();
  const at: number[] = [];
  for await (const _ of sequence.evaluate(tokens.length > 0 ? tokens : [model.tokens.bos ?? 0], { temperature: 0 })) {
    at.push(clock.monotonic());
    if (at.length >= TOKENS || clock.monotonic() - begun > WRITING_MOST_MS) break;
  }
  const [first, last] = [at[0], at.at(-1)];
  // Some say at once that they have nothing to say.
  if (first === undefined || last === undefined) return { what: 'answered', answerMs: clock.monotonic() - begun };
  const seconds = (last - first) / 1000;
  const speed = seconds > 0 ? { tokensPerSecond: (at.length - 1) / seconds } : {};
  return { what: 'wrote', firstMs: first - begun, ...speed };
};

const embed = async (model: LlamaModel, options: ContextOptions, clock: Pick<Clock, 'monotonic'>): Promise<Did> => {
  const embedder = await model.createEmbeddingContext(options);
  const begun = clock.monotonic();
  const { vector } = await embedder.getEmbeddingFor(PROMPT);
  if (vector.length === 0 || vector.some((one) => !Number.isFinite(one)))
    throw new NotLoaded('makes no numbers of a text');
  return { what: 'answered', answerMs: clock.monotonic() - begun };
};

const tryOut = (model: LlamaModel, options: ContextOptions, clock: Pick<Clock, 'monotonic'>): Promise<Did> => {
  if (isEmbedder(model)) return embed(model, options, clock);
  // It reads with one half and writes with the other, which takes more than a text to begin with.
  if (model.fileInsights.hasEncoder === true) return Promise.resolve({ what: 'opened' });
  return write(model, options, clock);
};

/**
 * Loads a GGUF file, and has it write a few tokens. To be called in a process of its own.
 * @param threads more than there are cores make it many times slower
 * @throws NotLoaded, UnknownKind
 */
export const loadGguf = async (
  runtimesDir: string,
  modelPath: string,
  threads: number,
  clock: Pick<Clock, 'monotonic'>,
): Promise<Loaded> => {
  const { loadMs, model, cards, failure } = await openLlama(runtimesDir, modelPath, threads, clock);
  try {
    const contextSize = Math.max(1, Math.min(CONTEXT, model.trainContextSize));
    return { loadMs, did: await tryOut(model, { contextSize, threads }, clock), ...(cards ? { cards } : {}) };
  } catch (error) {
    throw failure(error);
  }
};
