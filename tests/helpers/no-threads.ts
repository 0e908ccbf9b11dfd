/** As Node tells it where the system gives the process no more threads: the constructor throws (ERR_WORKER_INIT_FAILED). */
const WITHOUT = `import threads from 'node:worker_threads';
import { syncBuiltinESMExports } from 'node:module';
threads.Worker = class {
  constructor() {
    throw Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
  }
};
syncBuiltinESMExports();`;

/** For Node, to have a process begin in which no thread can be started. */
export const NO_THREADS = `--import=data:text/javascript,${encodeURIComponent(WITHOUT)}`;
