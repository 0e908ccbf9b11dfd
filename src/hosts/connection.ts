import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';

/** Where Redis is, and how it is to be known. */
export interface RedisEndpoint {
  /** `redis://…`, `rediss://…`, or the path of a socket, also as `unix://[user:password@]/…`. */
  readonly url: string;
  /** The certificate, in PEM, of whoever has signed that of Redis. */
  readonly ca?: string | undefined;
  /** Who asks, where the URL does not say. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** That was right once: Redis forgets its users when it starts, until the bot tells it again. */
  readonly wasRight?: boolean | undefined;
}

/** It is back within a second or two; one that is away for long is not asked all the time. */
const RECONNECT = { firstMs: 100, mostMs: 2000 } as const;

const wait = (times: number): number => Math.min(RECONNECT.mostMs, RECONNECT.firstMs * 2 ** Math.min(times, 10));

/** The path of a socket, with who asks or without: `new URL` takes no user where there is no host. */
const SOCKET = /^(?:unix:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?)?(\/[^?#]+)$/i;

const whoOf = (username: string, password: string): Pick<RedisOptions, 'username' | 'password'> => ({
  ...(username === '' ? {} : { username: decodeURIComponent(username) }),
  ...(password === '' ? {} : { password: decodeURIComponent(password) }),
});

const whereOf = ({ url, ca }: RedisEndpoint): Omit<RedisOptions, 'replyMapping'> => {
  const [, name = '', word = '', path] = SOCKET.exec(url) ?? [];
  if (path !== undefined) return { ...whoOf(name, word), path };
  const { protocol, hostname, port, pathname, username, password } = new URL(url);
  return {
    ...whoOf(username, password),
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 6379 : Number(port),
    ...(/^\/\d+$/.test(pathname) ? { db: Number(pathname.slice(1)) } : {}),
    ...(protocol === 'rediss:' ? { tls: ca === undefined ? {} : { ca } } : {}),
  };
};

/** As ioredis calls it where a connection is closed before it was made. */
const CLOSED = 'Connection is closed.';

/**
 * Makes sockets as ioredis' own connector does, but that each is listened to until it is gone: ioredis listens to the first error alone,
 * and TLS may fail twice, by what was found here and by the alert of the other side. Nobody caught the second, which ended the program.
 */
const connectorTo = ({ path, host, port, tls }: ReturnType<typeof whereOf>): NonNullable<RedisOptions['Connector']> =>
  class extends AbstractConnector {
    constructor(options: unknown) {
      super((options as { readonly disconnectTimeout: number }).disconnectTimeout);
    }

    override async connect(): Promise<Socket> {
      this.connecting = true;
      await Promise.resolve();
      if (!this.connecting) throw new Error(CLOSED);
      const to = path === undefined ? { port: port ?? 6379, host } : { path };
      const socket = tls ? connectTls({ ...to, ...tls }) : connectPlain(to);
      socket.on('error', (error) => {
        this.firstError = error;
      });
      this.stream = socket;
      return socket;
    }
  };

const POLICY = /^maxmemory_policy:(.*)\r?\n/m;

/**
 * BullMQ reads in Redis' own account of itself what Redis does when it is full, and prints a line of its own where that is to throw
 * away what it was given. It is not shown that part, also on the connections that it makes of this one: `onEviction` is told.
 */
const withoutPolicy = (redis: Redis, onEviction: (policy: string) => void): Redis => {
  const [info, duplicate] = [redis.info.bind(redis), redis.duplicate.bind(redis)];
  redis.info = (async (...sections: string[]): Promise<string> => {
    const text = await info(...sections);
    const [, policy = 'noeviction'] = POLICY.exec(text) ?? [];
    if (policy.trim() !== 'noeviction') onEviction(policy.trim());
    return text.replace(POLICY, '');
  }) as Redis['info'];
  redis.duplicate = (options) => withoutPolicy(duplicate(options), onEviction);
  return redis;
};

/**
 * A connection that comes back by itself.
 * @param blocks commands wait for Redis however long it is away, as BullMQ wants it for what takes jobs; otherwise they fail
 * after a try or two
 * @param onError is told of each try that fails
 * @param onEviction is told, each time that BullMQ asks, if Redis throws away what it was given when it is full
 */
export const connect = (
  endpoint: RedisEndpoint,
  blocks: boolean,
  onError: (error: Error) => void,
  onEviction: (policy: string) => void = () => undefined,
): Redis => {
  const where = whereOf(endpoint);
  const options: Omit<RedisOptions, 'replyMapping'> = {
    ...where,
    Connector: connectorTo(where),
    ...(endpoint.user === undefined
      ? {}
      : whoOf(encodeURIComponent(endpoint.user), encodeURIComponent(endpoint.password ?? ''))),
    retryStrategy: wait,
    maxRetriesPerRequest: blocks ? null : 1,
    connectTimeout: 5000,
  };
  const redis = new Redis(options);
  redis.on('error', onError);
  return withoutPolicy(redis, onEviction);
};

/** Of Redis: what no waiting mends. */
const REFUSALS = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR (?:AUTH|invalid password|Client sent AUTH))/;

/** The word by which Redis refuses whoever asks; undefined: it does not. */
export const refusalIn = (error: unknown): string | undefined => {
  const text = error instanceof Error ? error.message : '';
  return REFUSALS.test(text) ? text.slice(0, text.indexOf(' ')) : undefined;
};

/** What is shown of an address: neither user nor password. */
export const shownAddress = ({ url }: RedisEndpoint): string =>
  url.startsWith('/') ? url : url.replace(/\/\/[^/@]*@/, '//');
