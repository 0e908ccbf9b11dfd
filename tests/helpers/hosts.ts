import type { Executor } from '../../src/copies/executor.ts';
import type { Hosts } from '../../src/copies/hosts.ts';
import type { CutOff } from '../../src/domain/waiting.ts';
import type { Store } from '../../src/store/store.ts';

/** Machines that a test makes come and go. */
export interface TestHosts extends Hosts {
  readonly away: Set<number>;
  /** Why those are. */
  by: CutOff | undefined;
  /** Since when the Hub does not answer it, by host. */
  readonly hubSilent: Map<number, number>;
}

/** @param executors by the numbers of their hosts, this machine first */
export const testHosts = (executors: ReadonlyMap<number, Executor>): TestHosts => {
  const away = new Set<number>();
  const hosts: TestHosts = {
    away,
    hubSilent: new Map(),
    by: undefined,
    hubSilentSince: (hostId) => hosts.hubSilent.get(hostId),
    hubAsked: () => undefined,
    cutOffBy: (hostId) => (away.has(hostId) ? hosts.by : undefined),
    of: (hostId) => {
      const executor = executors.get(hostId);
      if (!executor) throw new Error(`There is no host ${hostId}.`);
      return executor;
    },
    isThere: (hostId) => executors.has(hostId) && !away.has(hostId),
    ids: () => [...executors.keys()],
  };
  return hosts;
};

/** The rows of a machine that has joined. */
export const joinHost = ({ hosts }: Store, name = 'nas'): number => {
  const codeEndsAt = '9999-01-01T00:00:00.000Z';
  const { id } = hosts.inviteHost({ name, createdBy: 1, codeHash: `code of ${name}`, codeEndsAt });
  hosts.joinHost(`code of ${name}`);
  return id;
};

/** Two machines: this one, and another. */
export interface WithNas {
  /** For whoever builds the machines of a bench. */
  readonly make: (here: Executor, executorIn: (name: string) => Executor, store: Store) => TestHosts;
  /** The number of the other one, once they are built. */
  readonly nas: () => number;
  /** Both, once they are built. */
  readonly hosts: () => TestHosts;
}

/** This machine and one called nas, whose copies lie in a folder of that name. @param as what the executor there is to be like */
export const withNas = (as: (there: Executor) => Executor = (there) => there): WithNas => {
  let built: { readonly nas: number; readonly hosts: TestHosts } | undefined;
  const both = () => {
    if (!built) throw new Error('The machines are not there yet.');
    return built;
  };
  return {
    make: (here, executorIn, store) => {
      const nas = joinHost(store);
      const hosts = testHosts(
        new Map([
          [1, here],
          [nas, as(executorIn('nas'))],
        ]),
      );
      built = { nas, hosts };
      return hosts;
    },
    nas: () => both().nas,
    hosts: () => both().hosts,
  };
};
