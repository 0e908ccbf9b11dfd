import { checkersHere, createChecker } from '../../../src/checks/checker.ts';
import { createChecks } from '../../../src/checks/checks.ts';
import { createLoadLock } from '../../../src/checks/loads/load-lock.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { createChecking } from '../../../src/library/checking/checking.ts';
import { openStore } from '../../../src/store/store.ts';
import { cacheOf, databaseOf } from './folders.ts';

/* A process of its own that checks what waits, to be killed: `node killed-child.ts FOLDER`. It says when it is in the middle, and stays there. */

const [, , folder = ''] = process.argv;
const checker = createChecker({
  checks: createChecks({ cacheDir: cacheOf(folder) }),
  loadLock: createLoadLock(),
  memory: () => {
    process.stdout.write('in the middle\n');
    return new Promise(() => undefined);
  },
});
const checking = createChecking({
  store: openStore(databaseOf(folder), { clock: systemClock }),
  checkers: checkersHere(checker),
  log: silentLog,
});
checking.start();
