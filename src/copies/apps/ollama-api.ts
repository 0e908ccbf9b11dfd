import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import { shorten } from '../../lib/text/shorten.ts';

/** What is known of a model there: the server's address, and its name. */
export interface Asked {
  readonly folder: string;
  readonly path: string;
}

/** What Ollama's API answers, as far as it is read (docs/api.md of ollama/ollama). */
export const OllamaSays = {
  tags: z.looseObject({ models: z.array(z.looseObject({ name: z.string(), digest: z.string() })) }),
  show: z.looseObject({ modelfile: z.string() }),
  progress: z.looseObject({ status: z.string().optional(), error: z.string().optional() }),
  failure: z.looseObject({ error: z.string() }),
} as const;

interface Question {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  readonly json?: object;
  readonly body?: ReadableStream<Uint8Array>;
}

interface Answer {
  readonly status: number;
  /** @throws AppError operational: it is not what Ollama says; unreachable: it breaks off */
  readonly read: <T>(schema: z.ZodType<T>) => Promise<T>;
  /** What Ollama says of a refusal. */
  readonly error: () => Promise<string>;
  /** @throws AppError unreachable: it breaks off; the signal's reason */
  readonly pieces: () => AsyncIterable<Uint8Array>;
}

/** Short questions are answered at once; making a model, or taking a file in, may take its time. */
const SHORT_MS = 10_000;
const ANSWER_MOST = 4_000_000;

const notOllama = (): AppError =>
  new AppError('operational', 'What answers there is not Ollama, or a version of it that hubgram does not know.');

const notAnswering = (cause: unknown, signal: AbortSignal): never => {
  signal.throwIfAborted();
  throw new AppError('unreachable', 'Ollama does not answer. Is it running, at the address of the configuration?', {
    cause,
  });
};

/** An answer can break off, or not come to its end in time, as well as not begin. */
async function* piecesOf(body: ReadableStream<Uint8Array> | null, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of body ?? []) yield piece;
  } catch (error) {
    notAnswering(error, signal);
  }
}

const isLong = ({ method, body }: Question, path: string): boolean =>
  body !== undefined || (method === 'POST' && path === '/api/create');

/**
 * Asks Ollama at the address of the configuration, and nobody else: it is sent on nowhere, and no token goes there.
 * @throws AppError unreachable; the signal's reason
 */
export const ask = async (url: string, path: string, question: Question, signal: AbortSignal): Promise<Answer> => {
  const { method = 'GET', json, body } = question;
  const patience = isLong(question, path) ? [] : [AbortSignal.timeout(SHORT_MS)];
  const request: RequestInit = {
    method,
    redirect: 'error',
    signal: AbortSignal.any([signal, ...patience]),
    ...(json ? { body: JSON.stringify(json), headers: { 'content-type': 'application/json' } } : {}),
    ...(body ? { body, duplex: 'half' } : {}),
  };
  const answer = await fetch(`${url}${path}`, request).catch((error: unknown) => notAnswering(error, signal));
  const text = async (): Promise<string> => {
    let all = '';
    const decoder = new TextDecoder();
    for await (const piece of piecesOf(answer.body, signal)) {
      all += decoder.decode(piece, { stream: true });
      if (all.length > ANSWER_MOST) throw notOllama();
    }
    return all + decoder.decode();
  };
  return {
    status: answer.status,
    pieces: () => piecesOf(answer.body, signal),
    read: async (schema) => {
      const read = schema.safeParse(parsed(await text()));
      if (!answer.ok || !read.success) throw notOllama();
      return read.data;
    },
    error: async () => {
      const read = OllamaSays.failure.safeParse(parsed(await text().catch(() => '')));
      return shorten(read.success ? read.data.error : `it answers with ${answer.status}`, 200);
    },
  };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The lines of an answer that comes by and by, each JSON of its own. @throws AppError operational: one that is none; unreachable */
export async function* linesOf<T>({ pieces }: Answer, schema: z.ZodType<T>): AsyncGenerator<T> {
  const read = (line: string): T => {
    const { data } = schema.safeParse(parsed(line));
    if (data === undefined) throw notOllama();
    return data;
  };
  let rest = '';
  const decoder = new TextDecoder();
  for await (const piece of pieces()) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > ANSWER_MOST) throw notOllama();
    for (const line of lines) if (line.trim() !== '') yield read(line);
  }
  if (rest.trim() !== '') yield read(rest);
}
