import { createChecks } from '../../src/checks/checks.ts';
import { createLoading } from '../../src/checks/loads/loading.ts';
import { createTalking } from '../../src/checks/talks/talking.ts';

/* A process that asks another one as the bot does, to be killed: `node asking-child.ts check|load|talk CACHE COMMIT FILE BYTES RUNTIMES`. */

const [, , what = '', cacheDir = '', commit = '', path = '', bytes = '', runtimesDir = ''] = process.argv;
const copy = { repoFolder: 'models--org--made', commit };
const { signal } = new AbortController();
if (what === 'talk') {
  const talking = createTalking({ cacheDir, runtimesDir, threads: 1 });
  void talking.open({ ...copy, path, neededBytes: 0, contextTokens: 256 }, signal);
} else if (what === 'load') {
  const loading = createLoading({ cacheDir, runtimesDir, threads: 1 });
  void loading.load({ ...copy, path, runtime: 'gguf', neededBytes: 0 }, signal);
} else {
  const { state, done } = createChecks({ cacheDir }).start(
    { ...copy, files: [{ path, size: Number(bytes), etag: 'a'.repeat(64) }] },
    signal,
  );
  done.catch((error: Error) => process.stdout.write(`${error.message}\n`));
  const looking = setInterval(() => {
    if (!state()) return;
    clearInterval(looking);
    process.stdout.write('reading\n');
  }, 5);
}
