import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Hosts } from '../../copies/hosts.ts';
import type { QueueOptions } from '../deps.ts';
import { createDiskSpace, type DiskSpace, type DiskSpaceDeps } from '../disk-space.ts';
import { perHost } from './per-host.ts';

interface DiskSpacesDeps extends Pick<DiskSpaceDeps, 'storedBytesWith'> {
  readonly hosts: Pick<Hosts, 'of'>;
  readonly options: Pick<QueueOptions, 'minFreeBytes' | 'maxTotalBytes'>;
  readonly makeRoom: (hostId: number) => Promise<boolean>;
}

/** The disk of each host is shared out for itself. Other machines have limits of their own, and refuse by themselves what goes beyond. */
export const createDiskSpaces = (deps: DiskSpacesDeps): ((hostId: number) => DiskSpace) => {
  const { hosts, options, makeRoom, storedBytesWith } = deps;
  return perHost((hostId) => {
    const limits = hostId === THIS_HOST ? options : { minFreeBytes: () => 0, maxTotalBytes: () => undefined };
    const { minFreeBytes, maxTotalBytes } = limits;
    // Whoever carries it out may be another one after a while: it is asked for each time.
    const copies = {
      missingBytes: (...asked: Parameters<ReturnType<Hosts['of']>['missingBytes']>) =>
        hosts.of(hostId).missingBytes(...asked),
      freeBytes: (repoFolder?: string) => hosts.of(hostId).freeBytes(repoFolder),
      diskOf: (repoFolder: string) => hosts.of(hostId).diskOf(repoFolder),
    };
    return createDiskSpace({ copies, minFreeBytes, maxTotalBytes, storedBytesWith, makeRoom: () => makeRoom(hostId) });
  });
};
