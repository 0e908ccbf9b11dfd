import { hostname } from 'node:os';
import type { Config } from '../../config/config.ts';
import { SETTINGS } from '../../config/settings.ts';
import { configurationError } from '../../config/sources.ts';
import { HOST_NAME_MOST, isHostName } from '../../domain/hosts/host.ts';
import type { RedisEndpoint } from '../../hosts/connection.ts';
import type { Joined } from '../../hosts/serving/joined.ts';

/** By which name the bot knows this machine, and where their Redis is. */
export interface Membership {
  readonly name: string;
  readonly url: string;
  readonly joined: Joined | undefined;
}

const ownName = (): string =>
  (hostname().split('.')[0] ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .slice(0, HOST_NAME_MOST);

/** Reads it, and changes nothing. @throws AppError configuration: with all that is missing */
export const findMembership = async ({ dataDir, hostName, redisUrl, joinCode }: Config): Promise<Membership> => {
  // Only where there is a Redis it is needed.
  const { readJoined } = await import('../../hosts/serving/joined.ts');
  const joined = readJoined(dataDir);
  const [name, url] = [hostName ?? joined?.name ?? ownName(), redisUrl ?? joined?.url];
  const missing: string[] = [];
  if (url === undefined) {
    const { name: setting, expected, example } = SETTINGS.redisUrl;
    missing.push(`A host is told what to do by Redis: set ${setting}. Expected: ${expected}. Example: ${example}`);
  }
  if (!isHostName(name)) {
    const { name: setting, expected, example } = SETTINGS.hostName;
    missing.push(
      `This machine has no name that the bot could know it by: set ${setting}. Expected: ${expected}. Example: ${example}`,
    );
  }
  if (joined && joinCode === undefined && name !== joined.name && isHostName(name)) {
    const { name: setting } = SETTINGS.hostName;
    missing.push(
      `This machine has joined as ${joined.name}, and ${setting} says ${name}. Leave ${setting} out, or set it to ${joined.name}; to be another machine for the bot, run the line here that /hosts add ${name} answers with.`,
    );
  }
  if (url !== undefined && missing.length === 0) return { name, url, joined };
  if (joined === undefined) {
    const as = isHostName(name) ? name : SETTINGS.hostName.example;
    missing.push(
      `This machine has joined no bot yet: write /hosts add ${as} to your bot, in your own chat. It answers with the whole line to run here, these settings among it. docs/hosts.md says more.`,
    );
  }
  throw configurationError(missing);
};

/** By which name and password this machine is let in there. */
export const redisEndpointOf = (
  { redisCa: ca }: Config,
  { url, joined }: Pick<Membership, 'url' | 'joined'>,
): RedisEndpoint => {
  // Whoever is named in the address was let in by hand.
  const hasUser = /\/\/[^/@]+@/.test(url);
  if (hasUser) return { url, ca };
  return { url, ca, user: joined?.user, password: joined?.password, wasRight: joined?.password !== undefined };
};
