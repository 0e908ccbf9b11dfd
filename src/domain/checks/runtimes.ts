import { table } from '../../lib/table.ts';

/** What loads models, by the form that it loads. */
export const RUNTIMES = ['gguf', 'onnx'] as const;
export type Runtime = (typeof RUNTIMES)[number];

/** What of it a person may install: each a folder of `runtimes/`. Those for graphics cards load the same models, and on the processor where there is none. */
export const BUILDS = {
  gguf: { runtime: 'gguf', name: 'node-llama-cpp', megabytes: 103, cards: null },
  'gguf-cuda': { runtime: 'gguf', name: 'node-llama-cpp', megabytes: 662, cards: 'cuda' },
  'gguf-vulkan': { runtime: 'gguf', name: 'node-llama-cpp', megabytes: 184, cards: 'vulkan' },
  'gguf-metal': { runtime: 'gguf', name: 'node-llama-cpp', megabytes: 103, cards: 'metal' },
  onnx: { runtime: 'onnx', name: 'onnxruntime-node', megabytes: 297, cards: null },
} as const satisfies Readonly<Record<Runtime | `${Runtime}-${string}`, Described>>;
export type Build = keyof typeof BUILDS;

interface Described {
  readonly runtime: Runtime;
  /** The package that does it. */
  readonly name: string;
  /** On the disk, when it is installed. */
  readonly megabytes: number;
  /** By what it reaches graphics cards; null: it does not. */
  readonly cards: string | null;
}

/** Those of a runtime, the one that is used first where several are installed: whoever has added one for cards wants it. */
export const buildsOf = (runtime: Runtime): readonly Build[] =>
  (Object.keys(BUILDS) as Build[])
    .filter((build) => BUILDS[build].runtime === runtime)
    .toSorted((a, b) => Number(BUILDS[b].cards !== null) - Number(BUILDS[a].cards !== null));

/** The command that installs it. */
export const addRuntimeCommand = (runtime: Runtime): string => `npm run add-runtime ${runtime}`;

/** On which machines there are builds for cards, by what `process` says of them: the platform and the processor. */
const SYSTEMS = table<RegExp>({ cuda: /^(linux|win32)-x64$/, vulkan: /^(linux|win32)-x64$/, metal: /^darwin-arm64$/ });

const WAYS = 'cuda (NVIDIA), vulkan (AMD, Intel and others) or metal (Apple)';

/** Builds for cards of what was named. @returns a sentence if there are none */
const forCards = (runtimes: readonly Runtime[], cards: string, machine: string): readonly Build[] | string => {
  const system = SYSTEMS[cards];
  if (!system) return `There is no build for “${cards}”. There are --gpu=${WAYS}.`;
  if (runtimes.includes('onnx'))
    return 'ONNX models are loaded on the processor: what ONNX Runtime takes for graphics cards does not come from the registry of npm, but is fetched by a script of its package, which is not run here.';
  if (!system.test(machine)) return `There is no build for ${cards} on a machine like this one (${machine}).`;
  return runtimes.map((runtime) => `${runtime}-${cards}` as Build);
};

/**
 * What is to be installed, by the words behind that command.
 * @param cards as `--gpu=` says; undefined: for the processor
 * @param machine its platform and processor, such as `linux-x64`
 * @returns a sentence if they do not say that
 */
export const buildsFor = (
  words: readonly string[],
  cards: string | undefined,
  machine: string,
): readonly Build[] | string => {
  const names: readonly string[] = RUNTIMES;
  const unknown = words.find((word) => !names.includes(word));
  if (words.length > 0 && unknown === undefined) {
    const runtimes = words as readonly Runtime[];
    return cards === undefined ? runtimes : forCards(runtimes, cards, machine);
  }
  const known = RUNTIMES.map((build) => `${build} (${BUILDS[build].name}, ${BUILDS[build].megabytes} MB)`);
  const said = unknown === undefined ? 'Say which one' : `There is no runtime “${unknown}”`;
  const sizes = `cuda ${BUILDS['gguf-cuda'].megabytes} MB, vulkan ${BUILDS['gguf-vulkan'].megabytes} MB`;
  return `${said}: ${known.join(', or ')}. For example: ${addRuntimeCommand('gguf')}. For graphics cards: ${addRuntimeCommand('gguf')} --gpu=vulkan (${sizes}; metal on a Mac)`;
};
