import { execFile } from 'node:child_process';
import { totalmem } from 'node:os';
import type { Memory } from '../domain/memory.ts';
import { findProgram } from '../lib/files/find-program.ts';

/** What NVIDIA's driver brings along to be asked with; there is none where there is no such card. */
const COMMAND = process.platform === 'win32' ? 'nvidia-smi.exe' : 'nvidia-smi';
const QUERY = ['--query-gpu=name,memory.total', '--format=csv,noheader,nounits'];
/** A driver that sleeps takes a second or two to wake; one that hangs is not waited for. */
const ANSWER_MS = 5000;
const GPUS_MOST = 64;
const NAME_MOST = 60;

type Gpus = Memory['gpus'];

/** A line is `NVIDIA GeForce RTX 4090, 24564`, in MiB; `[N/A]` where a card shares the machine's memory. */
const readGpus = (answer: string): Gpus =>
  answer
    .split('\n')
    .slice(0, GPUS_MOST)
    .flatMap((line) => {
      const [, name = '', mebibytes] = /^(.+),\s*(\d{1,9})\s*$/.exec(line) ?? [];
      return mebibytes === undefined
        ? []
        : [{ name: name.slice(0, NAME_MOST), totalBytes: Number(mebibytes) * 2 ** 20 }];
    });

/** What the driver's own program says; nothing if it is not there, fails, or takes too long. */
const askDriver = (command: string, answerMs: number): Promise<Gpus> =>
  new Promise((resolve) => {
    const limits = { timeout: answerMs, killSignal: 'SIGKILL', maxBuffer: 65_536 } as const;
    execFile(command, QUERY, limits, (error, answer) => resolve(error ? [] : readGpus(answer)));
  });

/**
 * The memory of this machine. The graphics cards are asked for once, when somebody first wants to know. Where the program is not to be found,
 * none is begun to find that out: it would take a copy of this whole process.
 * @param programPath where programs are looked for, as PATH has it
 * @param command the program that knows the graphics cards
 */
export const createMemory = (
  programPath: string | undefined,
  command = COMMAND,
  answerMs = ANSWER_MS,
): (() => Promise<Memory>) => {
  let gpus: Promise<Gpus> | undefined;
  const ask = async (): Promise<Gpus> => {
    const program = await findProgram(command, programPath);
    return program === undefined ? [] : askDriver(program, answerMs);
  };
  return async () => {
    gpus ??= ask();
    // A container may have less than its machine; without a limit Node says a number beyond all memory, or 0.
    const limit = process.constrainedMemory();
    const machine = totalmem();
    const totalBytes = limit > 0 && limit < machine ? limit : machine;
    return { totalBytes, freeBytes: Math.min(totalBytes, process.availableMemory()), gpus: await gpus };
  };
};
