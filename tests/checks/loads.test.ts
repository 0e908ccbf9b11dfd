import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLoading, type LoadingOptions } from '../../src/checks/loads/loading.ts';
import { installedBuild, isInstalled } from '../../src/checks/loads/runtimes.ts';
import { BUILDS, buildsFor } from '../../src/domain/checks/runtimes.ts';
import type { Loads } from '../../src/domain/checks/loads.ts';
import { cardsEnvironment } from '../../src/config/cards.ts';
import { ONNX_MODEL } from '../helpers/onnx-model.ts';
import { hasRuntime, RUNTIMES_DIR } from '../helpers/checks.ts';
import { embedderGguf, loadableGguf } from './loadable.ts';
import { copyOf, onnxOf, onnxTensor } from './made.ts';
import { NO_THREADS } from '../helpers/no-threads.ts';

const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'runtimes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** Puts a model into a cache, and has it loaded. */
const load = async (
  content: Buffer | Readonly<Record<string, Buffer>>,
  options: Partial<LoadingOptions> = {},
  signal = new AbortController().signal,
): Promise<Loads> => {
  const copy = copyOf(Buffer.isBuffer(content) ? { 'tiny.gguf': content } : content);
  onTestFinished(copy.remove);
  const { loadable, need } = await copy.read();
  const loading = createLoading({ cacheDir: copy.cacheDir, runtimesDir: RUNTIMES_DIR, threads: 1, ...options });
  return loading.load({ ...copy.wanted, ...loadable!, neededBytes: need?.weightBytes ?? 0 }, signal);
};

describe('what loads models', () => {
  it('is named with its size before it is installed, and what there is not is refused', () => {
    const builds = (words: readonly string[], cards?: string, machine = 'linux-x64') =>
      buildsFor(words, cards, machine);
    expect(builds(['gguf'])).toEqual(['gguf']);
    expect(builds(['gguf', 'onnx'])).toEqual(['gguf', 'onnx']);
    expect(builds([])).toMatch(
      /^Say which one: gguf \(node-llama-cpp, \d+ MB\), or onnx .* --gpu=vulkan \(cuda 662 MB, vulkan 184 MB;/,
    );
    expect(builds(['toString'])).toMatch(/^There is no runtime “toString”: gguf/);
    expect(builds(['gguf-cuda'])).toMatch(/^There is no runtime “gguf-cuda”/);
  });

  it('is taken for graphics cards where that is said, and there is such a build for the machine', () => {
    const builds = (cards: string, machine: string, words = ['gguf']) => buildsFor(words, cards, machine);
    expect(builds('cuda', 'linux-x64')).toEqual(['gguf-cuda']);
    expect(builds('vulkan', 'win32-x64')).toEqual(['gguf-vulkan']);
    expect(builds('metal', 'darwin-arm64')).toEqual(['gguf-metal']);
    expect(builds('metal', 'linux-x64')).toBe('There is no build for metal on a machine like this one (linux-x64).');
    expect(builds('cuda', 'linux-arm64')).toMatch(/^There is no build for cuda on a machine/);
    expect(builds('true', 'linux-x64')).toMatch(/^There is no build for “true”\. There are --gpu=cuda \(NVIDIA\)/);
    expect(builds('constructor', 'linux-x64')).toMatch(/^There is no build for “constructor”/);
    expect(builds('cuda', 'linux-x64', ['onnx'])).toMatch(/^ONNX models are loaded on the processor: /);
  });

  it('is that for graphics cards where several are there', () => {
    const folder = temporary();
    const install = (build: string): void => {
      for (const place of [`${build}/package-lock.json`, `${build}/node_modules/.package-lock.json`])
        cpSync(join(RUNTIMES_DIR, build, 'package-lock.json'), join(folder, place), { recursive: true });
    };
    install('gguf');
    expect(installedBuild(folder, 'gguf')).toBe('gguf');
    install('gguf-vulkan');
    expect(installedBuild(folder, 'gguf')).toBe('gguf-vulkan');
    install('gguf-cuda');
    expect(installedBuild(folder, 'gguf')).toBe('gguf-cuda');
    expect(installedBuild(folder, 'onnx')).toBe(undefined);
  });

  it('is there when npm has written down all of it, in the version of the lock file', () => {
    const folder = temporary();
    const list = join(folder, 'gguf/node_modules/.package-lock.json');
    expect(isInstalled(folder, 'gguf')).toBe(false);
    cpSync(join(RUNTIMES_DIR, 'gguf/package-lock.json'), join(folder, 'gguf/package-lock.json'), { recursive: true });
    expect(isInstalled(folder, 'gguf')).toBe(false);
    mkdirSync(join(folder, 'gguf/node_modules'));
    cpSync(join(folder, 'gguf/package-lock.json'), list);
    expect(isInstalled(folder, 'gguf')).toBe(true);
    const older = readFileSync(list, 'utf8').replace(
      /("node_modules\/node-llama-cpp": \{\s*"version": ")[\d.]+/,
      '$13.0.0',
    );
    writeFileSync(list, older);
    expect(isInstalled(folder, 'gguf')).toBe(false);
    writeFileSync(list, older.slice(0, 100));
    expect(isInstalled(folder, 'gguf')).toBe(false);
  });

  it('runs no scripts of its packages, and holds those for graphics cards that were chosen, as they were published', () => {
    for (const runtime of readdirSync(RUNTIMES_DIR)) {
      const lock = JSON.parse(readFileSync(join(RUNTIMES_DIR, runtime, 'package-lock.json'), 'utf8')) as {
        packages: Record<string, { hasInstallScript?: boolean; name?: string; version?: string; integrity?: string }>;
      };
      const { allowScripts } = JSON.parse(readFileSync(join(RUNTIMES_DIR, runtime, 'package.json'), 'utf8')) as {
        allowScripts: Record<string, boolean>;
      };
      const withScripts = Object.entries(lock.packages).flatMap(([path, { hasInstallScript }]) =>
        hasInstallScript ? [path.replace(/^.*node_modules\//, '')] : [],
      );
      expect(allowScripts).toEqual(Object.fromEntries(withScripts.map((name) => [name, false])));
      const { cards, name: main } = BUILDS[runtime as keyof typeof BUILDS];
      const forCards = Object.entries(lock.packages).filter(([path]) => /cuda|vulkan/.test(path));
      const there = forCards.filter(([, { name }]) => name !== 'empty-npm-package');
      expect(there.filter(([path]) => !path.includes(cards ?? 'none'))).toEqual([]);
      expect(there.length).toBe({ cuda: 4, vulkan: 2, metal: 0, none: 0 }[cards ?? 'none']);
      const { version } = lock.packages[`node_modules/${main}`] ?? {};
      for (const [, found] of there)
        expect(found).toMatchObject({ version, integrity: expect.stringMatching(/^sha512-/) });
    }
  });
});

describe('a copy of which something is wrong', () => {
  it('is not loaded', async () => {
    const copy = copyOf({ 'tiny.gguf': loadableGguf().subarray(1) });
    onTestFinished(copy.remove);
    const { whole, loadable } = await copy.read();
    expect(whole.faultCount).toBe(1);
    expect(loadable).toBe(undefined);
  });

  it('nor is one of a form that nothing here loads', async () => {
    const copy = copyOf({ 'config.json': '{}' });
    onTestFinished(copy.remove);
    expect((await copy.read()).loadable).toBe(undefined);
  });
});

describe.skipIf(!hasRuntime('gguf'))('loading a GGUF file', () => {
  it('has it write a few tokens, and says how fast', async () => {
    expect(await load(loadableGguf())).toEqual({
      kind: 'loaded',
      path: 'tiny.gguf',
      loadMs: expect.any(Number),
      did: expect.objectContaining({ what: 'wrote', firstMs: expect.any(Number) }),
    });
  });

  it('starts no program beside it to see whether llama.cpp can be loaded', async () => {
    const file = join(temporary(), 'tiny.gguf');
    writeFileSync(file, loadableGguf());
    const loads = new URL('../../src/checks/loads/load-gguf.ts', import.meta.url).href;
    const clock = new URL('../../src/lib/clock.ts', import.meta.url).href;
    const program = `const { loadGguf } = await import(${JSON.stringify(loads)});
      const { systemClock } = await import(${JSON.stringify(clock)});
      const { did } = await loadGguf(${JSON.stringify(RUNTIMES_DIR)}, ${JSON.stringify(file)}, 1, systemClock);
      process.stdout.write(did.what);
      process.exit(0);`;
    // Node lets this one read and write files and load libraries, and start no processes.
    const may = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*', '--allow-addons'];
    const words = [...may, '--input-type=module', '--eval', program];
    expect((await promisify(execFile)(process.execPath, words)).stdout).toBe('wrote');
  });

  it('has a model that makes numbers of texts do so', async () => {
    expect(await load(embedderGguf())).toEqual({
      kind: 'loaded',
      path: 'tiny.gguf',
      loadMs: expect.any(Number),
      did: { what: 'answered', answerMs: expect.any(Number) },
    });
  });

  it('says what llama.cpp misses in it', async () => {
    expect(await load(loadableGguf({ without: 'llama.block_count' }))).toEqual({
      kind: 'failed',
      path: 'tiny.gguf',
      reason: 'is refused by llama.cpp: error loading model hyperparameters: key not found in model: llama.block_count',
      trace: expect.stringMatching(/key not found in model: llama\.block_count\n[^]*\n\s+at /),
    });
  });

  it('says of a kind of model that llama.cpp does not know that it was not tried', async () => {
    expect(await load(loadableGguf({ architecture: 'flux' }))).toEqual({
      kind: 'unknown',
      path: 'tiny.gguf',
      reason: 'is a model of the kind “flux”, which llama.cpp does not know',
    });
  });

  it('is left where it takes more memory than it may', async () => {
    expect(await load(loadableGguf(), { besideBytes: 1e6 })).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/^took more than [\d.]+ MB of memory while it was loaded, and was left$/),
    });
  });

  it('is left where it takes longer than it may', async () => {
    expect(await load(loadableGguf(), { timeMostMs: 1 })).toMatchObject({
      kind: 'unknown',
      reason: 'was not loaded within 0 s, and was left',
    });
  });

  it('ends with the wish for it', async () => {
    const left = new AbortController();
    const loading = load(loadableGguf(), {}, left.signal);
    left.abort(new Error('left'));
    await expect(loading).rejects.toThrow('left');
  });
});

describe.skipIf(!hasRuntime('onnx'))('loading an ONNX file', () => {
  const weights = onnxTensor(Buffer.alloc(24));
  const loadOnnx = (model: Buffer, others: Readonly<Record<string, Buffer>> = {}) =>
    load({ 'onnx/model.onnx': model, ...others });

  it('runs it over zeros where it says what it wants', async () => {
    expect(await loadOnnx(onnxOf(weights, [2, 3]))).toEqual({
      kind: 'loaded',
      path: 'onnx/model.onnx',
      loadMs: expect.any(Number),
      did: { what: 'answered', answerMs: expect.any(Number) },
    });
  });

  it('opens it where it takes inputs of any size', async () => {
    expect(await loadOnnx(onnxOf(weights, [2, 'many']))).toMatchObject({ kind: 'loaded', did: { what: 'opened' } });
  });

  it('finds the numbers that lie in another file', async () => {
    const beside = onnxTensor({ location: 'model.onnx_data', offset: 8, length: 24 });
    const others = { 'onnx/model.onnx_data': Buffer.alloc(32) };
    expect(await loadOnnx(onnxOf(beside, [2, 3]), others)).toMatchObject({ kind: 'loaded', did: { what: 'answered' } });
  });

  it('says what ONNX Runtime does not take', async () => {
    expect(await loadOnnx(onnxOf(weights, [5, 7]))).toEqual({
      kind: 'failed',
      path: 'onnx/model.onnx',
      reason: expect.stringMatching(/^is (refused by ONNX Runtime|opened, and then does not run): .*[Dd]imension/),
      trace: expect.stringMatching(/\n\s+at /),
    });
  });

  it('says of operators that ONNX Runtime does not know that it was not tried', async () => {
    expect(await loadOnnx(onnxOf(weights, [2, 3], 'Nowhere'))).toEqual({
      kind: 'unknown',
      path: 'onnx/model.onnx',
      reason: 'needs the operator “Nowhere”, which ONNX Runtime does not know',
    });
  });

  it('opens a model that people use, and none that was cut short', async () => {
    const bytes = readFileSync(ONNX_MODEL);
    expect(await loadOnnx(bytes)).toMatchObject({ kind: 'loaded', did: { what: 'opened' } });
    const cut = copyOf({ 'model.onnx': bytes.subarray(0, -1) });
    onTestFinished(cut.remove);
    expect(await cut.read()).toMatchObject({ whole: { faultCount: 1 }, loadable: undefined });
  });
});

describe('a build for graphics cards', () => {
  /** One that says what it was asked for, and finds these cards. */
  const buildWith = (cards: readonly string[], layers: number): string => {
    const folder = temporary();
    for (const place of ['package-lock.json', 'node_modules/.package-lock.json'])
      cpSync(join(RUNTIMES_DIR, 'gguf-vulkan/package-lock.json'), join(folder, 'gguf-vulkan', place), {
        recursive: true,
      });
    writeFileSync(
      join(folder, 'gguf-vulkan/index.js'),
      `export const getLlama = async ({ gpu }) => {
         if (gpu !== 'auto') throw new Error(String(gpu));
         return {
           gpu: ${cards.length > 0 ? "'vulkan'" : 'false'},
           getGpuDeviceNames: async () => [${cards.map((card) => JSON.stringify(card)).join()}, process.env.VK_LOADER_DEBUG ?? ''].filter(Boolean),
           loadModel: async ({ gpuLayers }) => {
             if (gpuLayers !== ${cards.length > 0 ? "'auto'" : 0}) throw new Error(String(gpuLayers));
             return { gpuLayers: ${layers}, trainContextSize: 256, fileInfo: { metadata: {} }, fileInsights: { hasEncoder: true } };
           },
         };
       };`,
    );
    return folder;
  };

  it('says which cards a model was on, and that none took it', async () => {
    const loaded = { kind: 'loaded', path: 'tiny.gguf', loadMs: expect.any(Number), did: { what: 'opened' } };
    const on = async (...of: Parameters<typeof buildWith>) => load(loadableGguf(), { runtimesDir: buildWith(...of) });
    expect(await on(['A\u202e', 'B'], 2)).toEqual({ ...loaded, cards: ['A', 'B'] });
    expect(await on(['A'], 0)).toEqual({ ...loaded, cards: [] });
    expect(await on([], 0)).toEqual({ ...loaded, cards: [] });
  });

  it('is told of the environment what drivers read, and nothing else', async () => {
    const cardsEnv = cardsEnvironment({
      VK_LOADER_DEBUG: 'B',
      CUDA_VISIBLE_DEVICES: '0',
      LD_LIBRARY_PATH: '/opt/cuda',
      GGML_VK_VISIBLE_DEVICES: '1',
      BOT_TOKEN: '1:secret',
      HF_TOKEN: 'secret',
      HUBGRAM_API_TOKEN: 'secret',
      NVIDIA_API_KEY: 'secret',
      NVIDIA_NGC_CLI_PASSWORD: 'secret',
      VK_ACCESS_TOKEN: 'secret',
      PATH: '/bin',
      HIP_NONE: undefined,
    });
    expect(Object.keys(cardsEnv)).toEqual([
      'VK_LOADER_DEBUG',
      'CUDA_VISIBLE_DEVICES',
      'LD_LIBRARY_PATH',
      'GGML_VK_VISIBLE_DEVICES',
    ]);
    expect(await load(loadableGguf(), { runtimesDir: buildWith(['A'], 1), cardsEnv })).toMatchObject({
      cards: ['A', 'B'],
    });
  });
});

describe('a program that loads models and ends by itself', () => {
  /** A runtime that does this when it is asked to load something. */
  const runtimeThat = (does: string): string => {
    const folder = temporary();
    mkdirSync(join(folder, 'gguf'));
    writeFileSync(join(folder, 'gguf/index.js'), `export const getLlama = () => { ${does} };`);
    return folder;
  };

  it('takes nothing else with it, and its end is told', async () => {
    const runtimesDir = runtimeThat('process.abort();');
    expect(await load(loadableGguf(), { runtimesDir })).toEqual({
      kind: 'failed',
      path: 'tiny.gguf',
      reason: 'ends the program that loads it, with SIGABRT',
    });
    expect(await load(loadableGguf(), { runtimesDir: runtimeThat('process.exit(3);') })).toMatchObject({
      reason: 'ends the program that loads it, with code 3',
    });
  });

  it('and of one that the system has ended it is not said that the model is wrong', async () => {
    expect(await load(loadableGguf(), { runtimesDir: runtimeThat("process.kill(process.pid, 'SIGKILL');") })).toEqual({
      kind: 'unknown',
      path: 'tiny.gguf',
      reason: 'was being loaded when the system ended that, as it does where memory runs out',
    });
  });

  it('nor of one that ends before it comes to the model', async () => {
    const cardsEnv = { NODE_OPTIONS: '--import=data:text/javascript,process.exit(7)' };
    expect(await load(loadableGguf(), { runtimesDir: runtimeThat(''), cardsEnv })).toEqual({
      kind: 'unknown',
      path: 'tiny.gguf',
      reason: 'could not be tried: what loads models ended before it began, with code 7',
    });
  });

  it('is loaded where the system has no thread left for what looks whether the bot is there', async () => {
    const runtimesDir = runtimeThat('throw new Error("it came so far");');
    expect(await load(loadableGguf(), { runtimesDir, cardsEnv: { NODE_OPTIONS: NO_THREADS } })).toMatchObject({
      reason: 'could not be tried: Error: it came so far',
    });
  });

  it('nor where the processor does not know what the program would have it do', async () => {
    expect(await load(loadableGguf(), { runtimesDir: runtimeThat("process.kill(process.pid, 'SIGILL');") })).toEqual({
      kind: 'unknown',
      path: 'tiny.gguf',
      reason: 'could not be tried: what loads models does not suit this processor',
    });
  });

  it('is not waited for without end where it hangs', async () => {
    const runtimesDir = runtimeThat('for (;;);');
    expect(await load(loadableGguf(), { runtimesDir, timeMostMs: 1000 })).toMatchObject({
      kind: 'unknown',
      reason: 'was not loaded within 1 s, and was left',
    });
  });

  it('knows nothing of what the bot knows', async () => {
    process.env['BOT_TOKEN'] = '1:secret';
    onTestFinished(() => void delete process.env['BOT_TOKEN']);
    const runtimesDir = runtimeThat('throw new Error(process.env.BOT_TOKEN ?? process.env.HOME ?? "nothing");');
    expect(await load(loadableGguf(), { runtimesDir })).toMatchObject({
      reason: 'could not be tried: Error: nothing',
    });
  });
});
