import type { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../domain/hosts/host.ts';
import { type Clock, toIso } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { RedisEndpoint } from './connection.ts';
import { accessOf, userOf } from './wire/access.ts';
import { type Join, JOIN_MOST_BYTES, joinSchema, sha256Of } from './wire/join.ts';
import { keysOf, namesOf } from './wire/names.ts';

/** By which passwords hosts are let in, as SHA-256 in hex, by their names: Redis may forget its users with everything else. */
export interface HostPasswords {
  readonly all: () => Readonly<Record<string, string>>;
  /** Names of machines that were let go, of which nobody has said here yet that they are let in no more. */
  readonly ofGone: () => readonly string[];
  /** @param hash undefined: it is let in no more */
  readonly keep: (name: string, hash: string | undefined) => void;
}

export interface DoorDeps {
  /** Fails when Redis is away. */
  readonly redis: Redis;
  readonly endpoint: RedisEndpoint;
  /** All machines that have not been let go. */
  readonly list: () => readonly Host[];
  /** @returns the machine that this code was made for; undefined: there is none, or its time is over */
  readonly join: (codeHash: string) => Host | undefined;
  readonly passwords: HostPasswords;
  readonly onJoined: (host: Host) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Where other machines come in. */
export interface Door {
  /** Where Redis is, as another machine would write it, and nobody who is let in there. */
  readonly address: string;
  /** That leads to this machine only: others reach it by another name. */
  readonly isLocal: boolean;
  /** Its certificate is signed by somebody whom only a file names. */
  readonly hasOwnCa: boolean;
  /**
   * Lets a machine that knows this code ask under this name. One of that name that was let go a moment ago is waited for.
   * @returns false: the bot may make no users in Redis
   * @throws when Redis does not answer; an AppError where it is known why
   */
  readonly invite: (name: string, code: string) => Promise<boolean>;
  /** What somebody runs in redis-cli then. */
  readonly byHand: (name: string) => string;
  /**
   * A machine that was let go may come in no more, ends what it does, and may do nothing in Redis after that.
   * @param left resolves when nobody asks anything of it any more
   */
  readonly shut: (name: string, left: Promise<unknown>) => void;
  /** Lets in who has brought a code, and lets nobody bring one whose time is over. @throws when Redis is away */
  readonly look: () => Promise<void>;
  /** Has Redis know its users again, and those no more that it was not told of when they were let go. @throws when Redis is away */
  readonly restore: () => Promise<void>;
}

const LOCAL = /^(?:localhost|127\..*|\[::1\]|0\.0\.0\.0)$/;

const addressOf = ({ url }: RedisEndpoint): { readonly address: string; readonly isLocal: boolean } => {
  if (!/^rediss?:/i.test(url)) return { address: 'redis://REDIS:6379', isLocal: true };
  const { protocol, hostname, port } = new URL(url);
  const isLocal = LOCAL.test(hostname);
  return { address: `${protocol}//${isLocal ? 'REDIS' : hostname}:${port === '' ? '6379' : port}`, isLocal };
};

/** Of Redis: this user may not, or this Redis knows no users. */
const isNotAllowed = (error: unknown): boolean =>
  error instanceof Error && /^(?:NOPERM|ERR unknown command)/i.test(error.message);

/** The users of hosts in Redis. */
const createUsers = ({ redis, log }: Pick<DoorDeps, 'redis' | 'log'>) => {
  let isTold = false;
  /** So that a restart of Redis does not forget them; where it is not set up for that, they are made anew. */
  const save = async (): Promise<void> => {
    await redis.acl('SAVE').catch((err: unknown) => log.debug({ err }, 'Redis keeps its users in no file'));
  };
  return {
    /** @returns false: the bot may make none */
    letIn: async (name: string, passwordHash: string): Promise<boolean> => {
      try {
        await redis.acl('SETUSER', userOf(name), 'reset', 'on', `#${passwordHash}`, ...accessOf(name));
      } catch (err) {
        if (!isNotAllowed(err)) throw err;
        if (!isTold) log.warn({ err }, 'hubgram may make no users in Redis: an owner has to, for each host');
        isTold = true;
        return false;
      }
      await save();
      return true;
    },
    /** Who is in stays in until `letOut`. */
    admitNoMore: async (name: string): Promise<void> => {
      try {
        await redis.acl('SETUSER', userOf(name), 'resetpass', 'off');
      } catch (err) {
        if (!isNotAllowed(err)) throw err;
      }
    },
    letOut: async (name: string): Promise<void> => {
      await redis.acl('DELUSER', userOf(name));
      await save();
    },
  };
};

const readJoin = (text: string): Join | undefined => {
  try {
    return joinSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

const SCANNED_AT_ONCE = 500;

/** Takes away all that lies in Redis of a machine that was let go: it may have filled it. */
const forget = async (redis: Redis, host: string): Promise<void> => {
  for (const pattern of keysOf(host)) {
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', SCANNED_AT_ONCE);
      if (keys.length > 0) await redis.unlink(keys);
      cursor = next;
    } while (cursor !== '0');
  }
};

/** A machine looks every two seconds at what is wanted of it, and what is saved of a download takes a moment. */
const ENDS_MS = 5000;
const ENDED_LOOK_MS = 100;

/**
 * Has a machine end what it does while it still hears of it: it would bring it to its end, for nobody. What it goes on with all the same
 * is not waited for.
 */
const endAll = async (redis: Redis, host: string): Promise<void> => {
  const { prefix, runs, wishes, wishesAreWhole, presence } = namesOf(host);
  await redis.unlink(wishes);
  await redis.set(wishesAreWhole, '1');
  for (let waitedMs = 0; waitedMs < ENDS_MS; waitedMs += ENDED_LOOK_MS) {
    const [isThere, active] = await Promise.all([redis.exists(presence), redis.llen(`${prefix}:${runs}:active`)]);
    if (isThere === 0 || active === 0) return;
    await sleep(ENDED_LOOK_MS);
  }
};

/** Who comes in by Redis, and who does no more. */
export const createDoor = (deps: DoorDeps): Door => {
  const { redis, endpoint, list, join, passwords, onJoined, clock, log } = deps;
  const { letIn, admitNoMore, letOut } = createUsers(deps);
  const leaving = new Map<string, Promise<void>>();
  const letGo = async (name: string, left: Promise<unknown>): Promise<void> => {
    await admitNoMore(name);
    await left.catch(() => undefined);
    // It may have filled Redis.
    await endAll(redis, name).catch((err: unknown) => log.debug({ err, host: name }, 'A machine could not be stopped'));
    await letOut(name);
    await forget(redis, name);
    // Until then the next process, or the next time that Redis is there, does all of it again.
    passwords.keep(name, undefined);
  };
  const shut: Door['shut'] = (name, left) => {
    const gone = letGo(name, left)
      .catch((err: unknown) => log.warn({ err, host: name }, 'Redis could not be told that a machine was let go'))
      .then(() => void leaving.delete(name));
    leaving.set(name, gone);
  };
  const expired = new Set<string>();

  const letOutLate = async ({ name, codeEndsAt }: Host): Promise<void> => {
    const invitation = `${name} ${codeEndsAt ?? ''}`;
    if (codeEndsAt === null || codeEndsAt > toIso(clock.now()) || expired.has(invitation)) return;
    await letOut(name);
    expired.add(invitation);
  };
  const lookFor = async (host: Host): Promise<void> => {
    const { name } = host;
    const key = namesOf(name).joining;
    const text = await redis.getrange(key, 0, JOIN_MOST_BYTES);
    if (text === '') return letOutLate(host);
    const said = readJoin(text);
    const joined = said && join(said.codeHash);
    if (joined?.name === name && said?.passwordHash !== undefined) {
      passwords.keep(name, said.passwordHash);
      await letIn(name, said.passwordHash);
    }
    await redis.unlink(key);
    if (joined) onJoined(joined);
    log.info(
      { host: name, joined: joined?.name },
      joined ? 'A machine has joined' : 'A machine has brought a code that counts no more',
    );
  };

  return {
    ...addressOf(endpoint),
    hasOwnCa: endpoint.ca !== undefined,
    invite: async (name, code) => {
      await leaving.get(name);
      return letIn(name, sha256Of(code));
    },
    byHand: (name) => `ACL SETUSER ${userOf(name)} reset on >PASSWORD ${accessOf(name).join(' ')}`,
    shut,
    look: async () => {
      for (const host of list()) if (host.state === 'invited') await lookFor(host);
    },
    restore: async () => {
      for (const name of passwords.ofGone()) if (!leaving.has(name)) shut(name, Promise.resolve());
      const known = new Set(
        list()
          .filter(({ state }) => state === 'joined')
          .map(({ name }) => name),
      );
      for (const [name, hash] of Object.entries(passwords.all())) if (known.has(name)) await letIn(name, hash);
    },
  };
};
