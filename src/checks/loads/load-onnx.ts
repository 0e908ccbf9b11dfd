import type { Did } from '../../domain/checks/loads.ts';
import type { Clock } from '../../lib/clock.ts';
import { table } from '../../lib/table.ts';
import { shown } from '../bytes/fault.ts';
import type { Loaded } from './load-gguf.ts';
import { NotLoaded, UnknownKind } from './not-loaded.ts';
import { importBuild } from './runtimes.ts';

/** What is used of onnxruntime-node 1.30, which is there only where somebody has installed it. */
interface OnnxModule {
  readonly InferenceSession: { readonly create: (path: string, options: object) => Promise<Session> };
  readonly Tensor: new (type: string, data: ArrayLike<number | bigint>, shape: readonly number[]) => unknown;
}
interface Session {
  readonly inputMetadata: readonly Input[];
  readonly run: (inputs: Readonly<Record<string, unknown>>) => Promise<unknown>;
}
interface Input {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  /** A side without a number may be as long as somebody wants. */
  readonly shape?: readonly (number | string)[];
}

const REASON_MOST = 160;
/** An input of so many numbers is made; for a larger one the model is only opened. */
const NUMBERS_MOST = 16_000_000;

const ZEROS = table<(count: number) => ArrayLike<number | bigint>>({
  float32: (count) => new Float32Array(count),
  float64: (count) => new Float64Array(count),
  int32: (count) => new Int32Array(count),
  int64: (count) => new BigInt64Array(count),
  uint8: (count) => new Uint8Array(count),
  int8: (count) => new Int8Array(count),
  bool: (count) => new Uint8Array(count),
});

const saidBy = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/^.*? failed:\s*/s, '') : String(error);

/** Inputs of nothing but zeros; undefined where it does not say what it wants to the last number. */
const inputsFor = ({ Tensor }: OnnxModule, inputs: readonly Input[]): Record<string, unknown> | undefined => {
  const made: [string, unknown][] = [];
  for (const { name, isTensor, type = '', shape = [] } of inputs) {
    const sides = shape.filter((side) => typeof side === 'number' && side > 0) as number[];
    const count = sides.reduce((product, side) => product * side, 1);
    const zeros = ZEROS[type];
    if (!isTensor || !zeros || sides.length < shape.length || count > NUMBERS_MOST) return undefined;
    made.push([name, new Tensor(type, zeros(count), sides)]);
  }
  return made.length > 0 ? Object.fromEntries(made) : undefined;
};

const run = async (session: Session, runtime: OnnxModule, clock: Pick<Clock, 'monotonic'>): Promise<Did> => {
  const inputs = inputsFor(runtime, session.inputMetadata);
  if (!inputs) return { what: 'opened' };
  const begun = clock.monotonic();
  try {
    await session.run(inputs);
  } catch (error) {
    throw new NotLoaded(`is opened, and then does not run: ${shown(saidBy(error), REASON_MOST)}`);
  }
  return { what: 'answered', answerMs: clock.monotonic() - begun };
};

/** Operators that are somebody else's, which only their own program has, or that came after this ONNX Runtime. */
const UNKNOWN = /No Op registered for (\S+)|(\S+?)\(-?\d+\) is not a registered function\/op/;

const refusal = (error: unknown): Error => {
  const said = saidBy(error);
  const unknown = UNKNOWN.exec(said);
  return unknown
    ? new UnknownKind(`needs the operator “${shown(unknown[1] ?? unknown[2] ?? '')}”, which ONNX Runtime does not know`)
    : new NotLoaded(`is refused by ONNX Runtime: ${shown(said, REASON_MOST)}`);
};

/**
 * Opens an ONNX file with ONNX Runtime, on the processor, and runs it over zeros where it says what it wants. To be called in a process of
 * its own: it runs what was written in another language over a file of strangers.
 * @param threads more than there are cores make it slower
 * @throws NotLoaded, UnknownKind
 */
export const loadOnnx = async (
  runtimesDir: string,
  file: string,
  threads: number,
  clock: Pick<Clock, 'monotonic'>,
): Promise<Loaded> => {
  const runtime = (await importBuild(runtimesDir, 'onnx')) as OnnxModule;
  const options = {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  };
  const begun = clock.monotonic();
  const session = await runtime.InferenceSession.create(file, options).catch((error: unknown) => {
    throw refusal(error);
  });
  const loadMs = clock.monotonic() - begun;
  return { loadMs, did: await run(session, runtime, clock) };
};
