import { readFileSync } from 'node:fs';
import { loadForProcessorOnly } from '../../src/checks/loads/llama-hooks.ts';
import { importBuild } from '../../src/checks/loads/runtimes.ts';
import { RUNTIMES_DIR } from '../helpers/checks.ts';

/* A process of its own that loads a model for a text of this length, and prints what memory that took: `node measured-child.ts FILE TOKENS`. */

interface Llama {
  readonly getLlama: (options: object) => Promise<{ readonly loadModel: (options: object) => Promise<Model> }>;
}
interface Model {
  readonly createContext: (options: object) => Promise<{
    readonly getSequence: () => { readonly evaluate: (tokens: number[], options: object) => AsyncIterable<number> };
  }>;
}

const [, , modelPath = '', length = ''] = process.argv;
/** Where a text of that model begins. */
const FIRST = 1;
const resident = (): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;

loadForProcessorOnly();
const { getLlama } = (await importBuild(RUNTIMES_DIR, 'gguf')) as Llama;
const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, maxThreads: 1, logLevel: 'error' });
const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
const before = resident();
const context = await model.createContext({ contextSize: Number(length), threads: 1, ignoreMemorySafetyChecks: true });
// What is computed with is taken with the first token; one alone takes hardly any.
for await (const _ of context.getSequence().evaluate([FIRST], { temperature: 0 })) break;
process.stdout.write(String(resident() - before), () => process.exit());
