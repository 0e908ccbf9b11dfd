import type { Did } from '../../domain/checks/loads.ts';
import type { Clock } from '../../lib/clock.ts';
import { shown } from '../bytes/fault.ts';
import { NotLoaded, UnknownKind } from './not-loaded.ts';
import { importRuntime } from './runtimes.ts';

/** What is used of node-llama-cpp 3.21, which is there only where somebody has installed it. */
interface LlamaModule {
  readonly getLlama: (options: object) => Promise<Llama>;
}
interface Llama {
  readonly loadModel: (options: { modelPath: string; gpuLayers: 0 }) => Promise<LlamaModel>;
}
interface LlamaModel {
  readonly trainContextSize: number;
  readonly tokens: { readonly bos: number | null };
  readonly fileInfo: { readonly metadata: Readonly<Record<string, unknown>> };
  readonly fileInsights: { readonly hasEncoder?: boolean };
  readonly tokenize: (text: string) => number[];
  readonly createContext: (options: ContextOptions) => Promise<{ readonly getSequence: () => Sequence }>;
  readonly createEmbeddingContext: (options: ContextOptions) => Promise<Embedder>;
}
interface ContextOptions {
  readonly contextSize: number;
  readonly threads: number;
}
interface Sequence {
  readonly evaluate: (tokens: readonly number[], options: { temperature: number }) => AsyncIterable<number>;
}
interface Embedder {
  readonly getEmbeddingFor: (text: string) => Promise<{ readonly vector: readonly number[] }>;
}

export interface Loaded {
  readonly loadMs: number;
  readonly did: Did;
}

/** Enough to see it write, and few enough for a large model on a slow machine. */
const TOKENS = 16;
const WRITING_MOST_MS = 30_000;
const CONTEXT = 256;
const PROMPT = 'Hello';
const REASON_MOST = 160;

/** The first line says what is wrong; those behind it that therefore nothing was loaded. */
const reasonOf = (lines: readonly string[], error: unknown): string => {
  const said = lines.find((line) => /error/i.test(line)) ?? lines[0] ?? (error instanceof Error ? error.message : '');
  return shown(said.replace(/^\s*\w+: (error loading model: )?/, ''), REASON_MOST);
};

const refusal = (lines: readonly string[], error: unknown): Error => {
  const unknown = /unknown model architecture: '([^']*)'/.exec(lines.join('\n'))?.[1];
  return unknown === undefined
    ? new NotLoaded(`is refused by llama.cpp: ${reasonOf(lines, error)}`)
    : new UnknownKind(`is a model of the kind “${shown(unknown)}”, which llama.cpp does not know`);
};

/** Models that make numbers of texts, and write nothing. */
const isEmbedder = ({ fileInfo: { metadata } }: LlamaModel): boolean => {
  const general = metadata['general'] as Readonly<Record<string, unknown>> | undefined;
  const said = general?.['architecture'];
  const kind = typeof said === 'string' ? said : '';
  const own = metadata[kind] as Readonly<Record<string, unknown>> | undefined;
  return Number(own?.['pooling_type'] ?? 0) > 0 || kind.endsWith('bert');
};

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
 * Loads a GGUF file with llama.cpp, on the processor, and has it write a few tokens. To be called in a process of its own: it runs
 * what was written in another language over a file of strangers.
 * @param threads more than there are cores make it many times slower
 * @throws NotLoaded, UnknownKind
 */
export const loadGguf = async (
  runtimesDir: string,
  modelPath: string,
  threads: number,
  clock: Pick<Clock, 'monotonic'>,
): Promise<Loaded> => {
  const lines: string[] = [];
  const { getLlama } = (await importRuntime(runtimesDir, 'gguf')) as LlamaModule;
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    maxThreads: threads,
    logLevel: 'error',
    logger: (_: string, line: string) => lines.length < TOKENS && lines.push(line),
  });
  const begun = clock.monotonic();
  try {
    const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
    const loadMs = clock.monotonic() - begun;
    const contextSize = Math.max(1, Math.min(CONTEXT, model.trainContextSize));
    return { loadMs, did: await tryOut(model, { contextSize, threads }, clock) };
  } catch (error) {
    throw error instanceof NotLoaded ? error : refusal(lines, error);
  }
};
