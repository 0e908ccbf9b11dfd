import { expandPath, type PathBase } from './paths.ts';
import type { Setting } from './setting.ts';
import { accepted, path } from './values.ts';
import { HOST_NAME_MOST, isHostName } from '../domain/hosts/host.ts';

/** `new URL` takes no user where there is no host. */
const SOCKET = /^(?:unix:\/\/(?:[^:@/]*(?::[^@/]*)?@)?)?\/[^?#]+$/i;

const isRedisUrl = (text: string): boolean => {
  if (!/^[\x21-\x7e]{1,2000}$/.test(text)) return false;
  if (SOCKET.test(text)) return true;
  if (!/^rediss?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { hostname, pathname, search, hash } = new URL(text);
  return hostname !== '' && /^(?:\/\d*)?$/.test(pathname) && search + hash === '';
};

/** How machines of one bot reach each other. */
export const HOST_SETTINGS = {
  redisUrl: {
    name: 'HUBGRAM_REDIS_URL',
    description: 'A Redis that leads to other machines; without, there is one machine',
    keys: ['redis_url'],
    secret: true,
    expected:
      'the address of a Redis: redis://, rediss:// or unix://, with a user and a password where it wants them, or the path of its socket',
    example: 'rediss://nas:secret@bot.example.org:6379',
    schema: accepted(isRedisUrl),
  },
  redisCa: {
    name: 'HUBGRAM_REDIS_CA',
    description: 'Who has signed the certificate of that Redis, if the system does not know it',
    keys: ['redis_ca'],
    expected: 'a file with the certificate, in PEM, of whoever has signed that of Redis',
    example: '/etc/hubgram/redis-ca.pem',
    schema: path,
  },
  hostName: {
    name: 'HUBGRAM_HOST_NAME',
    description: 'How such a machine is called, where `npm start -- host` runs',
    keys: ['host_name'],
    expected: `a name that begins with a letter or a digit and has up to ${HOST_NAME_MOST} characters of a to z, 0 to 9 and the hyphen`,
    example: 'nas',
    schema: accepted(isHostName),
  },
} as const satisfies Record<string, Setting>;

interface Around {
  readonly isHost: boolean;
  readonly around: PathBase;
  /** @returns what lies in a file; undefined if there is none */
  readonly read: (path: string) => string | undefined;
  readonly mistake: (sentence: string) => void;
  readonly warn: (sentence: string) => void;
}

type Said = Readonly<Partial<Record<keyof typeof HOST_SETTINGS, string | undefined>>>;

/**
 * Whether what was said of Redis fits together; each thing that does not is a mistake.
 * @returns the certificate of whoever has signed that of Redis
 */
export const readRedis = (
  { redisUrl, redisCa, hostName }: Said,
  { isHost, around, read, mistake, warn }: Around,
): string | undefined => {
  const { redisUrl: url, redisCa: ca, hostName: host } = HOST_SETTINGS;
  if (!isHost && hostName !== undefined) {
    warn(`${host.name} is set, and this is no host: “npm start -- host” starts one.`);
  }
  if (redisCa === undefined) return undefined;
  if (redisUrl !== undefined && !redisUrl.startsWith('rediss:')) {
    warn(`${ca.name} is set, and ${url.name} does not begin with rediss: nobody asks for a certificate.`);
  }
  const path = expandPath(redisCa, around);
  const text = read(path);
  if (text?.includes('-----BEGIN CERTIFICATE-----') === true) return text;
  mistake(`${ca.name} is ${path}, where no certificate lies. Expected: ${ca.expected}. Example: ${ca.example}`);
  return undefined;
};
