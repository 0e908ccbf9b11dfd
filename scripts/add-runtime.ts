/**
 * `npm run add-runtime gguf`: installs what loads models of a form, which is no part of hubgram since few need it and it is large.
 * It goes into a folder of its own with a lock file of its own; `rm -rf runtimes/gguf/node_modules` takes it away.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isInstalled } from '../src/checks/loads/runtimes.ts';
import { RUNTIMES, type Runtime, runtimesFor } from '../src/domain/checks/runtimes.ts';

const FOLDER = join(import.meta.dirname, '../runtimes');
/** npm asks again by itself; a registry that does not answer is not waited for without end. */
const MOST_MS = 15 * 60_000;

const install = (runtime: Runtime): boolean => {
  const { name, megabytes } = RUNTIMES[runtime];
  if (isInstalled(FOLDER, runtime)) {
    console.log(`${name} is installed already.`);
    return true;
  }
  console.log(`Installing ${name}, about ${megabytes} MB, into runtimes/${runtime} …`);
  const given = Object.entries(process.env).filter(
    ([key]) => !/^npm_(config_(local_)?prefix|package_|lifecycle_)/.test(key),
  );
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
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

const wanted = runtimesFor(process.argv.slice(2));
if (typeof wanted === 'string') {
  console.error(wanted);
  process.exit(2);
}
process.exit(wanted.every(install) ? 0 : 1);
