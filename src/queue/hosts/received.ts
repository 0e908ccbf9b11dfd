import type { Hosts } from '../../copies/hosts.ts';

/**
 * Bytes that came over the network to any host, each once. What a host counts begins at 0 with its program, and a host may go: the
 * sum never goes back.
 */
export const createReceived = ({ ids, of }: Pick<Hosts, 'ids' | 'of'>): (() => number) => {
  const last = new Map<number, number>();
  let total = 0;
  return () => {
    for (const hostId of ids()) {
      const bytes = of(hostId).bytesReceived();
      const before = last.get(hostId) ?? 0;
      total += bytes >= before ? bytes - before : bytes;
      last.set(hostId, bytes);
    }
    return total;
  };
};
