import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config/config.ts';
import type { Executor } from '../copies/executor.ts';
import { type Hosts, onlyHere } from '../copies/hosts.ts';
import type { HostPasswords } from '../hosts/door.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Scope } from '../lib/scope.ts';
import type { HostDoor } from '../library/hosts/joining.ts';
import type { Store } from '../store/store.ts';
import { foldersOf } from './folders.ts';

interface HostsDeps {
  /** Of this machine. */
  readonly here: Executor;
  readonly store: Pick<Store, 'hosts'>;
  /** A machine was heard of: there may be something to do for it. */
  readonly onSeen: () => void;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly log: Log;
}

interface OpenedHosts {
  readonly hosts: Hosts;
  /** Where others come in; undefined: there is no Redis. */
  readonly hostDoor: HostDoor | undefined;
}

/** Opens what leads to all machines that models lie on. */
export type OpenHosts = (deps: HostsDeps) => OpenedHosts;

const passwordsSchema = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/));

/** Beside the database: hashes of passwords that are too long to be guessed. */
const openPasswords = (dataDir: string): HostPasswords => {
  const path = join(dataDir, 'hosts.json');
  const read = (): Record<string, string> => {
    try {
      return passwordsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    } catch {
      // Nobody has joined yet, or what lies there is none of ours: who is not known joins anew.
      return {};
    }
  };
  const known = new Map(Object.entries(read()));
  return {
    all: () => Object.fromEntries(known),
    keep: (name, hash) => {
      if (hash === undefined) known.delete(name);
      else known.set(name, hash);
      writeFileSync(`${path}.part`, JSON.stringify(Object.fromEntries(known)), { mode: 0o600 });
      renameSync(`${path}.part`, path);
    },
  };
};

/** Where there is no Redis, nothing is loaded that would speak to it. */
export const loadHosts = async (config: Config): Promise<OpenHosts> => {
  const { redisUrl: url, redisCa: ca } = config;
  if (url === undefined) return ({ here }) => ({ hosts: onlyHere(here), hostDoor: undefined });
  const { openRemoteHosts } = await import('../hosts/remote-hosts.ts');
  return ({ here, store, onSeen, scope, clock, log }) => {
    const hosts = scope.use(
      openRemoteHosts({
        place: { url, ca },
        here,
        list: store.hosts.listHosts,
        join: store.hosts.joinHost,
        passwords: openPasswords(foldersOf(config).dataDir),
        onJoined: onSeen,
        onSeen: (hostId, { version, freeBytes, totalBytes, memory }) => {
          store.hosts.noteSeen(hostId, { version, freeBytes, totalBytes, memory });
          onSeen();
        },
        clock,
        log,
      }),
    );
    return { hosts, hostDoor: hosts.door };
  };
};
