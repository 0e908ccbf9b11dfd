/**
 * `npm run add-runtime gguf`: installs what loads models of a form, which is no part of hubgram since few need it and it is large.
 * With `--tests` what its tests need comes too. It goes into a folder of its own with a lock file of its own; `rm -rf runtimes/gguf/node_modules` takes it away.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled } from '../src/checks/loads/runtimes.ts';
import { RUNTIMES, type Runtime, runtimesFor } from '../src/domain/checks/runtimes.ts';

const FOLDER = join(import.meta.dirname, '../runtimes');
const FOR_TESTS = '--tests';
/** npm asks again by itself; a registry that does not answer is not waited for without end. */
const MOST_MS = 15 * 60_000;

/** Whether what only tests need of it is there. */
const hasTests = (runtime: Runtime): boolean => {
  const file = readFileSync(join(FOLDER, runtime, 'package.json'), 'utf8');
  const { devDependencies = {} } = JSON.parse(file) as { readonly devDependencies?: object };
  return Object.keys(devDependencies).every((name) => existsSync(join(FOLDER, runtime, 'node_modules', name)));
};

const install = (runtime: Runtime, forTests: boolean): boolean => {
  const { name, megabytes } = RUNTIMES[runtime];
  if (isInstalled(FOLDER, runtime) && (!forTests || hasTests(runtime))) {
    console.log(`${name} is installed already.`);
    return true;
  }
  console.log(`Installing ${name}, about ${megabytes} MB, into runtimes/${runtime} …`);
  const given = Object.entries(process.env).filter(
    ([key]) => !/^npm_(config_(local_)?prefix|package_|lifecycle_)/.test(key),
  );
  const which = forTests ? '--include=dev' : '--omit=dev';
  const { status } = spawnSync('npm', ['ci', which, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: join(FOLDER, runtime),
    env: Object.fromEntries(given),
    stdio: 'inherit',
    timeout: MOST_MS,
    killSignal: 'SIGKILL',
    shell: process.platform === 'win32',
  });
  const isThere = status === 0 && isInstalled(FOLDER, runtime);
  console.log(isThere ? `${name} is there: /check loads such models from now on.` : `${name} could not be installed.`);
  return isThere;
};

const words = process.argv.slice(2);
const wanted = runtimesFor(words.filter((word) => word !== FOR_TESTS));
if (typeof wanted === 'string') {
  console.error(wanted);
  process.exit(2);
}
process.exit(wanted.every((runtime) => install(runtime, words.includes(FOR_TESTS))) ? 0 : 1);
