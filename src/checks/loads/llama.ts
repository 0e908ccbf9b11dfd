import type { Clock } from '../../lib/clock.ts';
import { shown } from '../bytes/fault.ts';
import { loadForProcessorOnly } from './llama-hooks.ts';
import { NotLoaded, UnknownKind } from './not-loaded.ts';
import { BUILDS } from '../../domain/checks/runtimes.ts';
import { importBuild, installedBuild } from './runtimes.ts';

/** What is used of node-llama-cpp 3.21, which is there only where somebody has installed it. */
interface LlamaModule extends Talkers {
  readonly getLlama: (options: object) => Promise<Llama>;
}
interface Llama {
  /** What it computes on besides the processor; false: nothing. */
  readonly gpu: string | false;
  readonly getGpuDeviceNames: () => Promise<readonly string[]>;
  readonly loadModel: (options: { modelPath: string; gpuLayers: 0 | 'auto' }) => Promise<LlamaModel>;
}
export interface LlamaModel {
  /** How many of its layers a card has. */
  readonly gpuLayers?: number;
  readonly trainContextSize: number;
  readonly tokens: { readonly bos: number | null };
  readonly fileInfo: { readonly metadata: Readonly<Record<string, unknown>> };
  readonly fileInsights: { readonly hasEncoder?: boolean };
  readonly tokenize: (text: string) => number[];
  readonly createContext: (options: ContextOptions) => Promise<{ readonly getSequence: () => Sequence }>;
  readonly createEmbeddingContext: (options: ContextOptions) => Promise<Embedder>;
}
export interface ContextOptions {
  readonly contextSize: number;
  readonly threads: number;
}
export interface Sequence {
  readonly evaluate: (tokens: readonly number[], options: { temperature: number }) => AsyncIterable<number>;
}
export interface Embedder {
  readonly getEmbeddingFor: (text: string) => Promise<Embedding>;
  /** In tokens. */
  readonly calculateInputLength: (text: string) => number;
}
export interface Embedding {
  readonly vector: readonly number[];
  readonly calculateCosineSimilarity: (other: Embedding) => number;
}

/** What writes texts in answer to others. */
export interface Talkers {
  readonly LlamaChatSession: new (options: {
    contextSequence: Sequence;
  }) => {
    readonly promptWithMeta: (text: string, options: WritingOptions) => Promise<Written>;
  };
  readonly LlamaCompletion: new (options: {
    contextSequence: Sequence;
  }) => {
    readonly generateCompletionWithMeta: (text: string, options: WritingOptions) => Promise<Written>;
  };
}
export interface WritingOptions {
  readonly onTextChunk: (text: string) => void;
  readonly onToken: (tokens: readonly unknown[]) => void;
  readonly signal: AbortSignal;
  readonly stopOnAbortSignal: boolean;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly minP: number;
  readonly seed: number;
  /** Of those that think before they answer. */
  readonly budgets: { readonly thoughtTokens: number };
}
interface Written {
  readonly stopReason: string;
}

const REASON_MOST = 160;
/** Of those that are named. */
const CARDS_MOST = 4;
/** More than says what is wrong. */
const LINES_MOST = 16;

/** The first line says what is wrong; those behind it that therefore nothing was loaded. */
const reasonOf = (lines: readonly string[], error: unknown): string => {
  const said = lines.find((line) => /error/i.test(line)) ?? lines[0] ?? (error instanceof Error ? error.message : '');
  return shown(said.replace(/^\s*\w+: (error loading model: )?/, ''), REASON_MOST);
};

const refusal = (lines: readonly string[], error: unknown): Error => {
  const unknown = /unknown model architecture: '([^']*)'/.exec(lines.join('\n'))?.[1];
  return unknown === undefined
    ? new NotLoaded(`is refused by llama.cpp: ${reasonOf(lines, error)}`, lines)
    : new UnknownKind(`is a model of the kind “${shown(unknown)}”, which llama.cpp does not know`);
};

const groupIn = (metadata: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> =>
  (metadata[name] ?? {}) as Readonly<Record<string, unknown>>;

/** Models that make numbers of texts, and write nothing. */
export const isEmbedder = ({ fileInfo: { metadata } }: LlamaModel): boolean => {
  const said = groupIn(metadata, 'general')['architecture'];
  const kind = typeof said === 'string' ? said : '';
  return Number(groupIn(metadata, kind)['pooling_type'] ?? 0) > 0 || kind.endsWith('bert');
};

/** Whether it says how a talk is put to it. */
export const hasChatTemplate = ({ fileInfo: { metadata } }: LlamaModel): boolean => {
  const template = groupIn(metadata, 'tokenizer')['chat_template'];
  return typeof template === 'string' && template.trim() !== '';
};

/** llama.cpp with one model. */
interface Opened {
  /** Until the model was there. */
  readonly loadMs: number;
  readonly runtime: Talkers;
  readonly model: LlamaModel;
  /** The graphics cards that it is on; none: the processor has it. undefined: the build is for the processor. */
  readonly cards: readonly string[] | undefined;
  /** What a failure of something that is done with the model means. */
  readonly failure: (error: unknown) => Error;
}

/**
 * Loads a GGUF file with llama.cpp, on the processor or, with a build for them, on graphics cards. To be called in a process of its own: it runs what was written in another
 * language over a file of strangers.
 * @param threads more than there are cores make it many times slower
 * @throws NotLoaded, UnknownKind
 */
export const openLlama = async (
  runtimesDir: string,
  modelPath: string,
  threads: number,
  clock: Pick<Clock, 'monotonic'>,
): Promise<Opened> => {
  const lines: string[] = [];
  const build = installedBuild(runtimesDir, 'gguf') ?? 'gguf';
  const isForCards = BUILDS[build].cards !== null;
  // With cards it is left to try: what it finds there decides whether the processor is taken.
  if (!isForCards) loadForProcessorOnly();
  const runtime = (await importBuild(runtimesDir, build)) as LlamaModule;
  const llama = await runtime.getLlama({
    // `auto` takes the processor where no card answers.
    gpu: isForCards ? 'auto' : false,
    build: 'never',
    skipDownload: true,
    maxThreads: threads,
    logLevel: 'error',
    logger: (_: string, line: string) => lines.length < LINES_MOST && lines.push(line),
  });
  const failure = (error: unknown): Error => (error instanceof NotLoaded ? error : refusal(lines, error));
  const begun = clock.monotonic();
  try {
    const model = await llama.loadModel({ modelPath, gpuLayers: isForCards && llama.gpu !== false ? 'auto' : 0 });
    const loadMs = clock.monotonic() - begun;
    const isOnCards = isForCards && llama.gpu !== false && (model.gpuLayers ?? 0) > 0;
    const named = isOnCards ? (await llama.getGpuDeviceNames()).map((name) => shown(name)) : [];
    return { loadMs, runtime, model, cards: isForCards ? named.slice(0, CARDS_MOST) : undefined, failure };
  } catch (error) {
    throw failure(error);
  }
};
