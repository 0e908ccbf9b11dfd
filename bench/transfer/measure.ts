import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { ownPeakMb } from './own-peak.ts';

/** What one run of a program took, whole process. */
export interface Measured {
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMb: number;
  readonly output: string;
  /** It was ended before it was through. */
  readonly isCut: boolean;
}

/** What `timeout` of the coreutils ends with when it had to end something. */
const CUT = 124;

const SAMPLE_MS = 20;

/** The peak so far of a process and its children, in MB. */
const peakOf = (pid: number): number => {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return Math.max(ownPeakMb(pid), ...children.map((child) => peakOf(Number(child))));
  } catch {
    // It has ended.
    return 0;
  }
};

/** Runs a command to its end, or for so many seconds. @throws if it fails */
export const measure = async (
  command: readonly string[],
  { longestS, ...options }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly longestS: number },
): Promise<Measured> => {
  const script = `TIMEFORMAT="cpu %U %S"; time timeout ${longestS} "$@"`;
  const began = performance.now();
  const child = spawn('bash', ['-c', script, 'bash', ...command], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaints = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4000)));
  let peakMb = 0;
  const sampler = setInterval(() => (peakMb = Math.max(peakMb, peakOf(child.pid ?? 0))), SAMPLE_MS);
  const [code] = (await once(child, 'close')) as [number];
  const wallS = (performance.now() - began) / 1000;
  clearInterval(sampler);
  const isCut = code === CUT;
  if (code !== 0 && !isCut) throw new Error(`${command[0]} failed (${code}): ${complaints}`);
  const [, user = '0', system = '0'] = /cpu ([\d.]+) ([\d.]+)\s*$/.exec(complaints) ?? [];
  return { wallS, cpuS: Number(user) + Number(system), peakMb, output, isCut };
};

export interface RunningHub {
  readonly endpoint: string;
  readonly commit: string;
  readonly id: string;
  readonly files: readonly { path: string; size: number; etag: string; isLfs: boolean }[];
  readonly stop: () => Promise<void>;
}

/** Starts the bench's Hub for a scenario. */
export const startHub = async (scenario: string, folder: string): Promise<RunningHub> => {
  const script = `${import.meta.dirname}/hub.ts`;
  const child: ChildProcess = spawn(process.execPath, [script, scenario, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let line = '';
  for await (const chunk of child.stdout ?? []) {
    line += String(chunk);
    if (line.includes('\n')) break;
  }
  return {
    ...(JSON.parse(line) as Omit<RunningHub, 'stop'>),
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
};
