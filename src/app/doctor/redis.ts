import type { Config } from '../../config/config.ts';
import { AppError } from '../../domain/errors.ts';
import type { RedisFound } from '../../hosts/asking.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { findMembership, redisEndpointOf } from '../hosting/membership.ts';
import { type Finding, fine, leftOut, warning, wrong } from './finding.ts';

const ABOUT = 'Redis';
/** `docs/hosts.md`. */
const LEAST_VERSION = [6, 2] as const;
/** Of what it may take: beyond that it is about to refuse. */
const NEARLY_FULL = 0.9;

const isOld = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1]);
};

type There = Extract<RedisFound, { readonly kind: 'let in' }>;

/** What holds for whoever asks. */
const ofAnybody = (where: string, { version, usedBytes, mostBytes }: There): Finding | undefined => {
  if (version !== undefined && isOld(version))
    return wrong(ABOUT, `${where} is Redis ${version}.`, `Install ${LEAST_VERSION.join('.')} or newer, or Valkey.`);
  if (mostBytes > 0 && usedBytes >= mostBytes * NEARLY_FULL)
    return warning(
      ABOUT,
      `${where} has taken ${formatBytes(usedBytes)} of ${formatBytes(mostBytes)}: what does not fit is refused and tried again.`,
      'Give it more memory (maxmemory in redis.conf), or look what fills it (redis-cli --bigkeys).',
    );
  return undefined;
};

const sayVersion = ({ version, usedBytes }: There): string =>
  version === undefined ? '' : ` It is Redis ${version} and holds ${formatBytes(usedBytes)}.`;

const notReached = (where: string, found: Exclude<RedisFound, There>, remedy: string): Finding => {
  if (found.kind === 'refused') return wrong(ABOUT, `It does not let hubgram in (${found.word}): ${where}.`, remedy);
  if (found.trouble) return wrong(ABOUT, `It cannot be reached: ${where}.`, found.trouble.says);
  return wrong(
    ABOUT,
    `It does not answer: ${where}.`,
    'Does it run, is HUBGRAM_REDIS_URL its address, and does a firewall lie between?',
  );
};

/** Whether Redis lets this machine in as the host that it is. */
export const hostRedisFinding = async (config: Config): Promise<Finding> => {
  try {
    const found = await findMembership(config);
    const { name } = found;
    const { askRedis } = await import('../../hosts/asking.ts');
    const { shownAddress } = await import('../../hosts/connection.ts');
    const endpoint = redisEndpointOf(config, found);
    const asked = await askRedis(endpoint, name);
    const where = shownAddress(endpoint);
    const again = `Write /hosts add ${name} to the bot, and run the line here that it answers with.`;
    if (asked.kind !== 'let in') return notReached(where, asked, again);
    if (!asked.mayServe)
      return wrong(ABOUT, `${where} lets this machine in, and lets it touch nothing of the host ${name}.`, again);
    return ofAnybody(where, asked) ?? fine(ABOUT, `${where} lets this machine in as ${name}.${sayVersion(asked)}`);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Sentences for people who start it, each on a line of its own.
    const [first = '', ...sentences] = error.message.split('\n- ');
    return wrong(ABOUT, sentences.join(' ') || first, 'Run the line here that /hosts add answers with.');
  }
};

/** Whether Redis lets the bot in, and keeps what it is given */
export const redisFinding = async ({ redisUrl: url, redisCa: ca }: Config): Promise<Finding> => {
  if (url === undefined) return leftOut(ABOUT, 'There is none: models lie on this machine alone.');
  const { askRedis } = await import('../../hosts/asking.ts');
  const { shownAddress } = await import('../../hosts/connection.ts');
  const where = shownAddress({ url });
  const asked = await askRedis({ url, ca });
  if (asked.kind !== 'let in')
    return notReached(where, asked, 'Look at the user and the password in HUBGRAM_REDIS_URL.');
  const bad = ofAnybody(where, asked);
  if (bad) return bad;
  if (asked.policy !== undefined && asked.policy !== 'noeviction')
    return wrong(
      ABOUT,
      `${where} throws away what it was given when it is full (maxmemory-policy ${asked.policy}).`,
      'Set maxmemory-policy noeviction in redis.conf.',
    );
  if (!asked.makesUsers)
    return warning(
      ABOUT,
      `${where} lets the bot in, and lets it make no users: whoever runs it has to, for each machine.`,
      '/hosts add says what to run in redis-cli then; or allow the user ACL SETUSER.',
    );
  return fine(ABOUT, `${where} lets the bot in.${sayVersion(asked)}`);
};
