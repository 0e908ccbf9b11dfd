/** What loads models, by the form that it loads: a folder of `runtimes/` that a person may install. */
export type Runtime = 'gguf' | 'onnx';

interface Described {
  /** The package that does it. */
  readonly name: string;
  /** On the disk, when it is installed. */
  readonly megabytes: number;
}

export const RUNTIMES: Readonly<Record<Runtime, Described>> = {
  gguf: { name: 'node-llama-cpp', megabytes: 103 },
  onnx: { name: 'onnxruntime-node', megabytes: 297 },
};

/** The command that installs it. */
export const addRuntimeCommand = (runtime: Runtime): string => `npm run add-runtime ${runtime}`;

/**
 * What is to be installed, by the words behind that command.
 * @returns a sentence if they do not say that
 */
export const runtimesFor = (words: readonly string[]): readonly Runtime[] | string => {
  const names = Object.keys(RUNTIMES);
  const unknown = words.find((word) => !names.includes(word));
  if (words.length > 0 && unknown === undefined) return words as readonly Runtime[];
  const known = Object.entries(RUNTIMES).map(
    ([name, { name: what, megabytes }]) => `${name} (${what}, ${megabytes} MB)`,
  );
  const said = unknown === undefined ? 'Say which one' : `There is no runtime “${unknown}”`;
  return `${said}: ${known.join(', or ')}. For example: ${addRuntimeCommand('gguf')}`;
};
