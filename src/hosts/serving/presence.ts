import type { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Executor } from '../../copies/executor.ts';
import { AppError } from '../../domain/errors.ts';
import { type RedisEndpoint, refusalIn, shownAddress } from '../connection.ts';
import { redisTrouble } from '../trouble.ts';
import { type HostNames, PROTOCOL } from '../wire/names.ts';
import { type Presence, PRESENCE_KEPT_MS, readPresence } from '../wire/presence.ts';

/** Longer than the word of a machine that is gone stays there. */
const NAME_MS = PRESENCE_KEPT_MS + 1000;
const TRY_MS = 250;

interface PresenceDeps {
  readonly name: string;
  readonly machine: string;
  readonly process: string;
  readonly version: string;
  readonly copies: Pick<Executor, 'room' | 'memory' | 'bytesReceived'>;
  readonly bytesPerSecondMost: () => number | undefined;
  readonly hubSilentSince?: () => number | undefined;
  readonly hubAsked?: string;
  readonly running: () => number;
  readonly redis: Redis;
  readonly names: Pick<HostNames, 'presence'>;
}

/** The word that this host is here, and how it is. */
export interface HostPresence {
  /** @returns false: another machine says that it is this host */
  readonly tell: () => Promise<boolean>;
  /** So that nobody waits until it goes by itself. */
  readonly leave: () => Promise<void>;
  readonly nameTaken: () => AppError;
}

/** Nothing is told before `tell`. */
export const createPresence = (deps: PresenceDeps): HostPresence => {
  const { name, machine, process, version, copies, redis, names } = deps;
  const isOurs = async (): Promise<boolean> => {
    const text = await redis.get(names.presence);
    if (text === null) return true;
    const said = readPresence(text);
    return said === undefined || !('machine' in said) || said.machine === machine;
  };
  // The driver of a graphics card may take seconds to answer for the first time: nobody waits for it.
  let isMemoryKnown = false;
  copies.memory().then(
    () => (isMemoryKnown = true),
    () => undefined,
  );
  return {
    tell: async () => {
      if (!(await isOurs())) return false;
      const { freeBytes, totalBytes } = await copies.room();
      const most = deps.bytesPerSecondMost();
      const hubSilentSince = deps.hubSilentSince?.();
      const presence: Presence = {
        protocol: PROTOCOL,
        version,
        machine,
        process,
        freeBytes: Math.max(0, Math.floor(freeBytes)),
        totalBytes: Math.floor(totalBytes),
        ...(isMemoryKnown ? { memory: await copies.memory() } : {}),
        bytesReceived: copies.bytesReceived(),
        running: deps.running(),
        ...(hubSilentSince === undefined ? {} : { hubSilentSince }),
        ...(deps.hubAsked === undefined ? {} : { hubAsked: deps.hubAsked }),
        ...(most === undefined ? {} : { bytesPerSecondMost: Math.floor(most) }),
      };
      await redis.set(names.presence, JSON.stringify(presence), 'PX', PRESENCE_KEPT_MS);
      return true;
    },
    leave: async () => {
      // Redis may be away: then it goes by itself.
      if (redis.status === 'ready' && (await isOurs().catch(() => false))) {
        await redis.unlink(names.presence).catch(() => undefined);
      }
    },
    nameTaken: () =>
      new AppError(
        'held',
        `Another machine is the host ${name} at this Redis. Stop it there, or give this one a HUBGRAM_HOST_NAME of its own.`,
      ),
  };
};

/** @throws AppError configuration: Redis does not let this host in, or is not what the settings say */
const checkLetIn = (error: unknown, endpoint: RedisEndpoint): void => {
  const word = refusalIn(error);
  const trouble = word === undefined ? redisTrouble(error, endpoint) : undefined;
  if (trouble?.isOurs === true)
    throw new AppError('configuration', `Redis at ${shownAddress(endpoint)} cannot be reached. ${trouble.says}`, {
      cause: error,
    });
  if (word === undefined || (word === 'WRONGPASS' && endpoint.wasRight === true)) return;
  throw new AppError(
    'configuration',
    `Redis at ${shownAddress(endpoint)} does not let this host in (${word}). HUBGRAM_REDIS_URL needs the user and the password that belong to HUBGRAM_HOST_NAME.`,
    { cause: error },
  );
};

/**
 * Waits until Redis is there and nobody else has the name: the word of a machine that is gone stays for a while.
 * @throws AppError configuration: Redis does not let it in, and never has; held: another machine has the name
 */
export const waitForName = async (
  presence: HostPresence,
  {
    redis,
    endpoint,
    signal,
    nameMs = NAME_MS,
    onTaken = () => undefined,
  }: {
    readonly redis: Redis;
    readonly endpoint: RedisEndpoint;
    readonly signal: AbortSignal;
    readonly nameMs?: number | undefined;
    /** Another machine has the name, or had it a moment ago: told once. */
    readonly onTaken?: (waitsMs: number) => void;
  },
): Promise<void> => {
  let lastError: unknown;
  redis.on('error', (error) => (lastError = error));
  let waitedMs = 0;
  while (waitedMs <= nameMs) {
    signal.throwIfAborted();
    try {
      if (await presence.tell()) return;
      if (waitedMs === 0) onTaken(nameMs);
      waitedMs += TRY_MS;
    } catch (error) {
      checkLetIn(error, endpoint);
      checkLetIn(lastError, endpoint);
    }
    await sleep(TRY_MS, undefined, { signal });
  }
  throw presence.nameTaken();
};
