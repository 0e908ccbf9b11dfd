import { ANSWER_MOST, type Answer, type TalkKind } from '../../domain/talks/answer.ts';
import type { Clock } from '../../lib/clock.ts';
import { cutBefore } from '../../lib/text/shorten.ts';
import { hasChatTemplate, isEmbedder, type LlamaModel, openLlama, type Talkers } from '../loads/llama.ts';
import { UnknownKind } from '../loads/not-loaded.ts';
import type { AnswerLimits, OpenedAs, TalkTask } from './wire.ts';

/** Why it did not do what it was asked; the end of a sentence that begins with “It”. */
export class NotDone extends Error {}

/** An open model, in this process. */
export interface TalkingModel extends OpenedAs {
  /** @throws NotDone */
  readonly ask: (
    text: string,
    limits: AnswerLimits,
    onText: (text: string) => void,
    signal: AbortSignal,
  ) => Promise<Answer>;
  /** How alike two texts are: 1 the same direction, 0 none, -1 the opposite. @throws NotDone */
  readonly compare: (first: string, second: string) => Promise<number>;
}

type Opened = Pick<TalkingModel, 'talk' | 'ask' | 'compare'>;

/** As llama.cpp's own programs take them; the same seed each time, so that the same talk goes the same way. */
const SAMPLING = { temperature: 0.7, topP: 0.95, minP: 0.05, seed: 1 } as const;
/** Models that think before they answer do so for minutes on a processor, and nobody sees any of it. */
const BUDGETS = { thoughtTokens: 0 } as const;

/** Of what it holds at once; the rest is for what stands around the text, and for the answer. */
const TEXT_SHARE = 0.75;

interface Asked {
  readonly limits: AnswerLimits;
  readonly onText: (text: string) => void;
  readonly signal: AbortSignal;
}

type Write = (
  text: string,
  options: Parameters<InstanceType<Talkers['LlamaChatSession']>['promptWithMeta']>[1],
) => Promise<{ readonly stopReason: string }>;

/** Has it write, until it ends or something ends it. What is longer than a message ends it too: nobody would see the rest. */
const writing = async (
  write: Write,
  text: string,
  { limits, onText, signal }: Asked,
  clock: Pick<Clock, 'monotonic'>,
): Promise<Answer> => {
  const begun = clock.monotonic();
  const full = new AbortController();
  const late = AbortSignal.timeout(limits.timeMostMs);
  const at: number[] = [];
  let said = '';
  const ending = AbortSignal.any([signal, late, full.signal]);
  const written = write(text, {
    ...SAMPLING,
    budgets: BUDGETS,
    maxTokens: limits.tokensMost,
    signal: ending,
    stopOnAbortSignal: true,
    onToken: (tokens) => {
      for (const _ of tokens) at.push(clock.monotonic());
    },
    onTextChunk: (chunk) => {
      said += chunk;
      if (said.length > ANSWER_MOST) full.abort();
      onText(said.slice(0, cutBefore(said, ANSWER_MOST)));
    },
  });
  const { stopReason } = await written.catch((error: unknown) => {
    // While it still reads what it was asked, llama.cpp gives no answer.
    if (ending.aborted) return { stopReason: 'abort' };
    throw error;
  });
  const [first, last] = [at[0], at.at(-1)];
  const seconds = first === undefined || last === undefined ? 0 : (last - first) / 1000;
  const isLong = full.signal.aborted || stopReason === 'maxTokens';
  return {
    text: said.slice(0, cutBefore(said, ANSWER_MOST)),
    ...(first === undefined ? {} : { firstMs: first - begun }),
    ...(seconds > 0 ? { tokensPerSecond: (at.length - 1) / seconds } : {}),
    end: isLong ? 'long' : signal.aborted ? 'stopped' : stopReason === 'abort' ? 'late' : 'end',
  };
};

const notFor = (what: string) => (): Promise<never> => Promise.reject(new NotDone(what));

/** Its session forgets the oldest of what was said where that becomes longer than its context. */
const talking = async (
  runtime: Talkers,
  model: LlamaModel,
  options: { readonly contextSize: number; readonly threads: number },
  clock: Pick<Clock, 'monotonic'>,
): Promise<Opened> => {
  const contextSequence = (await model.createContext(options)).getSequence();
  const compare = notFor('writes, and makes no numbers of texts');
  const talk: TalkKind = hasChatTemplate(model) ? 'chat' : 'completion';
  const write: Write =
    talk === 'chat'
      ? (
          (session) => (text: string, how) =>
            session.promptWithMeta(text, how)
        )(new runtime.LlamaChatSession({ contextSequence }))
      : (
          (completion) => (text: string, how) =>
            completion.generateCompletionWithMeta(text, how)
        )(new runtime.LlamaCompletion({ contextSequence }));
  return {
    talk,
    compare,
    ask: async (text, limits, onText, signal) => {
      const [has, most] = [model.tokenize(text).length, Math.floor(options.contextSize * TEXT_SHARE)];
      if (has > most) throw new NotDone(`reads texts of ${most} tokens at most here, and yours has ${has}`);
      return writing(write, text, { limits, onText, signal }, clock);
    },
  };
};

const comparing = async (
  model: LlamaModel,
  options: { readonly contextSize: number; readonly threads: number },
): Promise<Opened> => {
  const embedder = await model.createEmbeddingContext(options);
  const vectorOf = (text: string) => {
    const [has, most] = [embedder.calculateInputLength(text), options.contextSize];
    if (has > most) throw new NotDone(`reads texts of ${most} tokens at most here, and yours has ${has}`);
    return embedder.getEmbeddingFor(text);
  };
  return {
    talk: 'vectors',
    ask: notFor('makes numbers of texts, and writes nothing'),
    compare: async (first, second) => {
      const [one, other] = [await vectorOf(first), await vectorOf(second)];
      const cosine = one.calculateCosineSimilarity(other);
      if (!Number.isFinite(cosine)) throw new NotDone('makes no numbers of these texts');
      // Of two that are the same, rounding gives a little more.
      return Math.max(-1, Math.min(1, cosine));
    },
  };
};

/**
 * Opens a GGUF file with llama.cpp, and makes ready what it is for. To be called in a process of its own.
 * @throws NotLoaded, UnknownKind
 */
export const openTalkingModel = async (
  { runtimesDir, file, threads, contextTokens }: Extract<TalkTask, { kind: 'open' }>,
  clock: Pick<Clock, 'monotonic'>,
): Promise<TalkingModel> => {
  const { loadMs, runtime, model, failure } = await openLlama(runtimesDir, file, threads, clock);
  const options = { contextSize: Math.max(1, Math.min(contextTokens, model.trainContextSize)), threads };
  try {
    if (isEmbedder(model)) return { loadMs, ...(await comparing(model, options)) };
    if (model.fileInsights.hasEncoder === true)
      throw new UnknownKind('reads with one half and writes with the other, which is for translating: no talk');
    return { loadMs, ...(await talking(runtime, model, options, clock)) };
  } catch (error) {
    throw error instanceof UnknownKind ? error : failure(error);
  }
};
