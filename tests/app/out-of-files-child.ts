import { openSync } from 'node:fs';
import { tellServiceManager } from '../../src/app/daemon/service-manager.ts';
import { createChecks } from '../../src/checks/checks.ts';
import { createTalking } from '../../src/checks/talks/talking.ts';
import { silentLog } from '../../src/lib/log.ts';

/* A process that may open no more files, and begins others as the bot does: prints what came of each. */

const NEVER_MS = 2 ** 31 - 1;
const copy = { repoFolder: 'models--org--made', commit: 'c'.repeat(40) };
const { signal } = new AbortController();
const checks = createChecks({ cacheDir: '/nowhere' });
const talking = createTalking({ cacheDir: '/nowhere', runtimesDir: '/nowhere', threads: 1 });
const told: string[] = [];
const telling = tellServiceManager(
  { watchdogMs: undefined },
  {
    report: () => Promise.reject(new Error('there is nothing to tell')),
    log: { ...silentLog, warn: (_: object, message: string) => void told.push(message) },
    lookMs: NEVER_MS,
    patienceMs: NEVER_MS,
  },
);

const outcomeOf = async (begin: () => Promise<unknown>): Promise<string> => {
  try {
    await begin();
    return 'done';
  } catch (error) {
    return (error as Error).message.replace(/spawn \S+/, 'spawn node');
  }
};

try {
  for (;;) openSync('/dev/null', 'r');
} catch {
  // As many as there may be.
}
const outcomes = [
  await outcomeOf(() => checks.start({ ...copy, files: [] }, signal).done),
  await outcomeOf(() => talking.open({ ...copy, path: 'a.gguf', neededBytes: 0, contextTokens: 1 }, signal)),
];
telling.ready();
await telling.close();
process.stdout.write(JSON.stringify([...outcomes, ...told]));
