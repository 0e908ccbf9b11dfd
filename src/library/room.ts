import { repoFolderName } from '../domain/repo.ts';
import type { Queue } from '../queue/queue.ts';
import type { Copies } from '../copies/copies.ts';
import type { AddingDeps } from './add.ts';

/** Room on the cache's disk, less what is queued before, and what of some files is not there yet, in bytes. */
export const roomFor =
  (transfer: Pick<Copies, 'missingBytes'>, queue: Pick<Queue, 'freeAfterAll'>): AddingDeps['room'] =>
  async (repo, files) => ({
    freeBytes: await queue.freeAfterAll(),
    missingBytes: await transfer.missingBytes({ repoFolder: repoFolderName(repo), files, commits: [repo.commit] }),
  });
