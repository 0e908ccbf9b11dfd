import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { copyOf } from './made.ts';

const CHILD = fileURLToPath(new URL('./asking-child.ts', import.meta.url));

/** What stands in /proc: the processes of a process. */
const childrenOf = (pid: number | undefined): string[] =>
  readdirSync('/proc').filter((one) => {
    try {
      return /^\d+$/.test(one) && / \S (\d+) /.exec(readFileSync(`/proc/${one}/stat`, 'utf8'))?.[1] === String(pid);
    } catch {
      return false; // It has ended meanwhile.
    }
  });

const isGone = (pid: string): boolean =>
  !existsSync(`/proc/${pid}/stat`) || / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

/** One that asks as the bot does, in the middle of what it has asked, and the process that it has asked. */
const askUntil = async (args: readonly string[], isInTheMiddle: (said: string) => boolean) => {
  const asking = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void asking.kill('SIGKILL'));
  let said = '';
  asking.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await expect.poll(() => isInTheMiddle(said), { interval: 10 }).toBe(true);
  const [asked = '', ...others] = childrenOf(asking.pid);
  onTestFinished(() => void (isGone(asked) || process.kill(Number(asked), 'SIGKILL')));
  expect(others).toEqual([]);
  expect(existsSync(`/proc/${asked}/stat`)).toBe(true);
  return { asking, asked, said: () => said };
};

/** Kills it there. @returns the process that it had asked */
const killInTheMiddle = async (...given: Parameters<typeof askUntil>): Promise<string> => {
  const { asking, asked } = await askUntil(...given);
  asking.kill('SIGKILL');
  await once(asking, 'exit');
  return asked;
};

/** What a check of one large file is asked for with, which takes some seconds: of a line without an end every byte is looked at. */
const longCheck = (): readonly string[] => {
  const copy = copyOf({ 'a.pkl': 'F' });
  onTestFinished(copy.remove);
  const size = 1024 ** 3;
  truncateSync(copy.placeOf('a.pkl'), size);
  return ['check', copy.cacheDir, copy.wanted.commit, 'a.pkl', String(size)];
};

it('a process that reads one large file ends with a bot that is killed', async () => {
  const asked = await killInTheMiddle(longCheck(), (said) => said === 'reading\n');
  await expect.poll(() => isGone(asked), { timeout: 4000, interval: 10 }).toBe(true);
});

it('one is the first that the system ends where memory runs out, and that is told', async () => {
  const { asking, asked, said } = await askUntil(longCheck(), (told) => told === 'reading\n');
  expect(readFileSync(`/proc/${asked}/oom_score_adj`, 'utf8')).toBe('1000\n');
  process.kill(Number(asked), 'SIGKILL');
  await once(asking, 'exit');
  expect(said()).toBe(
    'reading\n“a.pkl” was being read when the system ended that, as it does where memory runs out.\n',
  );
});

it.each([
  ['loads a model', 'load'],
  ['keeps a model open', 'talk'],
])('a process that %s and never comes back ends with a bot that is killed', async (_, what) => {
  const copy = copyOf({ 'a.gguf': 'x' });
  const runtimes = mkdtempSync(join(tmpdir(), 'runtimes-'));
  onTestFinished(() => {
    copy.remove();
    rmSync(runtimes, { recursive: true, force: true });
  });
  mkdirSync(join(runtimes, 'gguf'));
  const begun = join(runtimes, 'begun');
  writeFileSync(
    join(runtimes, 'gguf/index.js'),
    `import { writeFileSync } from 'node:fs';
     export const getLlama = () => { writeFileSync(${JSON.stringify(begun)}, ''); for (;;); };`,
  );
  const args = [what, copy.cacheDir, copy.wanted.commit, 'a.gguf', '1', runtimes];
  const asked = await killInTheMiddle(args, () => existsSync(begun));
  await expect.poll(() => isGone(asked), { interval: 10 }).toBe(true);
});
