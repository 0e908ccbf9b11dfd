/** A process of its own with many hosts, which only pretend to transfer: node hosts.ts REDIS NAME… */
import { randomUUID } from 'node:crypto';
import { repoFolderName } from '../../src/domain/repo/repo.ts';
import { openServing } from '../../src/hosts/serving/serve.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { silentLog as log } from '../../src/lib/log.ts';
import { madeUpCopies } from '../telegram/made-up-copies.ts';
import { pretending } from './pretend.ts';

const [, , url = '', ...names] = process.argv;
const copies = madeUpCopies(pretending((job) => `/cache/${repoFolderName(job)}/snapshots/${job.commit}`));
const never = new AbortController().signal;
for (const name of names)
  await openServing(
    {
      name,
      endpoint: { url },
      copies,
      machine: randomUUID(),
      version: '0.0.0',
      bytesPerSecondMost: () => undefined,
      clock,
      log,
    },
    never,
  );
console.log('they are there');
