import { expandPath, type PathBase } from './paths.ts';
import { SETTINGS, type Values } from './settings.ts';
import { type Reader, readIfThere } from './sources.ts';

interface Around {
  /** This is to be a host: it is reached by Redis alone. */
  readonly isHost: boolean;
  readonly around: PathBase;
  readonly reader: Reader;
}

/**
 * Whether what was said of Redis fits together; each thing that does not is a mistake.
 * @returns the certificate of whoever has signed that of Redis
 */
export const readRedis = (
  { redisUrl, redisCa, hostName }: Pick<Values, 'redisUrl' | 'redisCa' | 'hostName'>,
  { isHost, around, reader }: Around,
): string | undefined => {
  const { name, expected, example } = SETTINGS.redisUrl;
  if (isHost && redisUrl === undefined) {
    reader.mistake(`A host is told what to do by Redis: set ${name}. Expected: ${expected}. Example: ${example}`);
  }
  if (!isHost && hostName !== undefined) {
    reader.warn(`${SETTINGS.hostName.name} is set, and this is no host: “npm start -- host” starts one.`);
  }
  if (redisCa === undefined) return undefined;
  if (redisUrl?.startsWith('rediss:') !== true) {
    reader.warn(
      `${SETTINGS.redisCa.name} is set, and ${name} does not begin with rediss: nobody asks for a certificate.`,
    );
  }
  const path = expandPath(redisCa, around);
  const text = readIfThere(path, reader);
  if (text?.includes('-----BEGIN CERTIFICATE-----') === true) return text;
  reader.mistake(
    `${SETTINGS.redisCa.name} is ${path}, where no certificate lies. Expected: ${SETTINGS.redisCa.expected}. Example: ${SETTINGS.redisCa.example}`,
  );
  return undefined;
};
