/**
 * `npm run add-runtime gguf`, with `--gpu=cuda` for graphics cards: installs what loads models of a form, which is no part of hubgram since few need it and it is large.
 * It goes into a folder of its own with a lock file of its own; `rm -rf runtimes/gguf/node_modules` takes it away.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isBuildInstalled } from '../src/checks/loads/runtimes.ts';
import { type Build, BUILDS, buildsFor } from '../src/domain/checks/runtimes.ts';

const FOLDER = join(import.meta.dirname, '../runtimes');
/** npm asks again by itself; a registry that does not answer is not waited for without end. */
const MOST_MS = 15 * 60_000;

const install = (build: Build): boolean => {
  const { megabytes, cards } = BUILDS[build];
  const name = `${BUILDS[build].name}${cards === null ? '' : ` for graphics cards (${cards})`}`;
  if (isBuildInstalled(FOLDER, build)) {
    console.log(`${name} is installed already.`);
    return true;
  }
  console.log(`Installing ${name}, about ${megabytes} MB, into runtimes/${build} …`);
  const given = Object.entries(process.env).filter(
    ([key]) => !/^npm_(config_(local_)?prefix|package_|lifecycle_)/.test(key),
  );
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: join(FOLDER, build),
    env: Object.fromEntries(given),
    stdio: 'inherit',
    timeout: MOST_MS,
    killSignal: 'SIGKILL',
    shell: process.platform === 'win32',
  });
  const isThere = status === 0 && isBuildInstalled(FOLDER, build);
  console.log(isThere ? `${name} is there: /check loads such models from now on.` : `${name} could not be installed.`);
  return isThere;
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { gpu: { type: 'string' } },
});
// Without `--` before them npm takes such words for its own, and hands them on so.
const said = values['gpu'] ?? process.env['npm_config_gpu'];
const cards = typeof said === 'string' ? said : undefined;
const wanted = buildsFor(positionals, cards, `${process.platform}-${process.arch}`);
if (typeof wanted === 'string') {
  console.error(wanted);
  process.exit(2);
}
process.exit(wanted.every(install) ? 0 : 1);
