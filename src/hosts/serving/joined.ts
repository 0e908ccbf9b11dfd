import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import { connect, type RedisEndpoint } from '../connection.ts';
import { reachRedis } from '../reach.ts';
import { userOf } from '../wire/access.ts';
import { type Join, sha256Of } from '../wire/join.ts';
import { namesOf } from '../wire/names.ts';

const joinedSchema = z.object({
  url: z.string().max(2000),
  name: z.string().max(32),
  user: z.string().max(100).optional(),
  password: z.string().max(200).optional(),
});

/** By what a machine that has joined reaches Redis. */
export type Joined = Readonly<z.infer<typeof joinedSchema>>;

const FILE = 'redis.json';
const TRY_MS = 250;
/** The bot looks every second; who has not heard of it after that may be told to start it. */
const ANSWER_MS = 60_000;

/** What this machine was told when it joined; undefined: it has not. @param dataDir its data folder */
export const readJoined = (dataDir: string): Joined | undefined => {
  try {
    return joinedSchema.safeParse(JSON.parse(readFileSync(join(dataDir, FILE), 'utf8'))).data;
  } catch {
    return undefined;
  }
};

const writeJoined = (dataDir: string, joined: Joined): void => {
  const path = join(dataDir, FILE);
  writeFileSync(`${path}.part`, `${JSON.stringify(joined)}\n`, { mode: 0o600 });
  renameSync(`${path}.part`, path);
};

export interface JoiningOptions {
  readonly dataDir: string;
  readonly endpoint: RedisEndpoint;
  readonly name: string;
  /** As `/hosts add` has given it. */
  readonly code: string;
  readonly signal: AbortSignal;
}

/** Whether Redis lets somebody in. @throws AppError unavailable, configuration: it cannot be reached */
const letsIn = async (endpoint: RedisEndpoint): Promise<boolean> => {
  const reach = await reachRedis(endpoint);
  if (reach.kind !== 'away') return reach.kind === 'let in';
  const { trouble, error } = reach;
  // As the line of /hosts add has it where the bot knows no address that others reach.
  const isUnfilled = /\/\/(?:[^/@]+@)?REDIS(?::|\/|$)/.test(endpoint.url);
  const unfilled = 'REDIS in it stands for the name or the address of the machine that Redis runs on: put that there.';
  const says = isUnfilled
    ? unfilled
    : (trouble?.says ?? 'Is it running, and is that the address by which this machine reaches it?');
  throw new AppError(
    trouble?.isOurs === true ? 'configuration' : 'unavailable',
    `Redis cannot be reached at the address in HUBGRAM_REDIS_URL. ${says}`,
    { cause: error },
  );
};

const refused = (name: string): AppError =>
  new AppError(
    'configuration',
    `That code does not let in a machine by the name ${name}: it counts once, within an hour, for the name behind /hosts add. /hosts add ${name} makes another one.`,
  );

const unanswered = (): AppError =>
  new AppError(
    'unavailable',
    'The bot has not answered within a minute. Is it running, and does it know this Redis? The code still counts.',
  );

const poll = async (isDone: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> => {
  for (let waitedMs = 0; waitedMs < ANSWER_MS; waitedMs += TRY_MS) {
    if (await isDone()) return true;
    await sleep(TRY_MS, undefined, { signal });
  }
  return false;
};

/** Says that this machine knows the code, and waits until the bot has heard it. @throws AppError configuration, unavailable */
const say = async (endpoint: RedisEndpoint, { name, signal }: JoiningOptions, said: Join): Promise<void> => {
  if (!(await letsIn(endpoint))) throw refused(name);
  const redis = connect(endpoint, false, () => undefined);
  const key = namesOf(name).joining;
  try {
    await redis.set(key, JSON.stringify(said), 'PX', ANSWER_MS);
    // The bot takes it away; with the password of the code nobody is let in from then on.
    const isHeard = await poll(async () => (await redis.exists(key).catch(() => 0)) === 0, signal);
    if (!isHeard) throw unanswered();
  } finally {
    redis.disconnect();
  }
};

/**
 * Joins the bot, once; from then on what is needed for that lies in the data folder, for its owner alone.
 * @throws AppError configuration: the code counts no more; unavailable: Redis, or the bot, does not answer
 */
export const joinBot = async (options: JoiningOptions): Promise<Joined> => {
  const { dataDir, endpoint, name, code, signal } = options;
  const codeHash = sha256Of(code);
  const hasUser = /\/\/[^/@]+@/.test(endpoint.url);
  // Known before the bot hears of it: who is killed in between is let in all the same.
  const joined: Joined = hasUser
    ? { url: endpoint.url, name }
    : { url: endpoint.url, name, user: userOf(name), password: randomBytes(24).toString('base64url') };
  if (hasUser) await say(endpoint, options, { codeHash });
  else {
    const byCode = { ...endpoint, user: joined.user, password: code };
    if (!(await letsIn(byCode))) throw refused(name);
    writeJoined(dataDir, joined);
    await say(byCode, options, { codeHash, passwordHash: sha256Of(joined.password ?? '') });
    const own = { ...endpoint, user: joined.user, password: joined.password };
    if (!(await poll(() => letsIn(own), signal))) throw refused(name);
  }
  writeJoined(dataDir, joined);
  return joined;
};
