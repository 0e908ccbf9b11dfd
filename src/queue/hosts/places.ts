/* queue/hosts: what each machine has of its own: places, its disk, whether it is there. */

import PQueue from 'p-queue';
import type { Hosts } from '../../copies/hosts.ts';

/** Where downloads may run: each host has places of its own, and none waits for another. */
export interface Places {
  /** Hosts that are there, this machine first. */
  readonly there: () => number[];
  /** Hosts on which one more may begin now. */
  readonly open: () => number[];
  /** Downloads that may run at once on each of them. */
  readonly most: () => number;
  /** Takes a place there until that has ended. @returns rejects with what it has thrown */
  readonly take: (hostId: number, work: () => Promise<void>) => Promise<void>;
  /** One does not know yet whether there is room for it: until then no other begins there. */
  readonly decide: (hostId: number, decided: Promise<void>) => void;
}

export interface PlacesDeps {
  readonly hosts: Pick<Hosts, 'ids' | 'isThere'>;
  readonly most: () => number;
  /** One more may begin. */
  readonly onFree: () => void;
}

interface OnHost {
  readonly runner: PQueue;
  /** Runs that do not know yet whether there is room for them. */
  deciding: number;
}

/** The places of all hosts, none of them taken. */
export const createPlaces = ({ hosts, most, onFree }: PlacesDeps): Places => {
  const known = new Map<number, OnHost>();
  const onHost = (hostId: number): OnHost => {
    const there = known.get(hostId) ?? { runner: new PQueue(), deciding: 0 };
    // p-queue takes no zero. Where none may run, none is claimed.
    there.runner.concurrency = Math.max(1, most());
    if (known.has(hostId)) return there;
    known.set(hostId, there);
    // A place is free a moment after its run has ended: only then may the next one be claimed.
    there.runner.addEventListener('next', onFree);
    return there;
  };
  const there = (): number[] => hosts.ids().filter(hosts.isThere);
  return {
    there,
    open: () =>
      there().filter((hostId) => {
        const { runner, deciding } = onHost(hostId);
        // One at a time: what comes later in the order must not take the room from under it, or keep it out by being counted.
        return deciding === 0 && runner.pending + runner.size < most();
      }),
    most,
    take: (hostId, work) => onHost(hostId).runner.add(work),
    decide: (hostId, decided) => {
      const host = onHost(hostId);
      host.deciding += 1;
      void decided.then(() => {
        host.deciding -= 1;
        onFree();
      });
    },
  };
};
