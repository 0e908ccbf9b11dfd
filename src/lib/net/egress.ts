/* lib/net: servers and proxies of this machine, and which addresses may be asked: judged at the moment of connecting. */

import { lookup as lookUp } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { type AddressKind, destinationOf, kindOf, networksOf, parseNetwork } from './addresses.ts';
import { shorten } from '../text/shorten.ts';

export interface EgressOptions {
  /** The addresses that were configured: these are trusted, wherever they lie. */
  readonly endpoints: readonly string[];
  /** Names, addresses and networks (`10.0.0.0/8`) that are allowed although they are not public. */
  readonly allowedHosts: readonly string[];
  /** The addresses of a name; the system's if not given. */
  readonly resolve?: (name: string) => Promise<readonly Found[]>;
}

interface Found {
  readonly address: string;
  readonly family: number;
}

/** Which addresses something may be sent to that others have named. */
export interface Egress {
  /** Why nothing may be sent there, in a sentence; undefined: something may, if its name leads to an allowed address. */
  readonly refusal: (url: URL) => Promise<string | undefined>;
  /**
   * For the sockets: looks a name up and leaves out the addresses that are not allowed, at the moment of connecting, so
   * that a name cannot lead elsewhere after it was checked. Fails with RefusedAddress if none is left.
   */
  readonly lookup: LookupFunction;
}

/** Nothing was sent: the name leads to an address that is not allowed. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress';
}

/** Names that mean one address, also where somebody else looks them up: a proxy. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['localhost', '127.0.0.1'],
  ['metadata.google.internal', '169.254.169.254'],
  ['metadata.goog', '169.254.169.254'],
  ['metadata', '169.254.169.254'],
  ['instance-data', '169.254.169.254'],
]);

/** Kinds of this machine and its networks: allowed if what was configured is of such a kind, too. */
const SHARED: ReadonlySet<AddressKind> = new Set<AddressKind>(['loopback', 'private', 'link-local', 'benchmark']);

/** `[::1]` and `name.` in the form in which they are compared. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');

const hasScheme = ({ protocol }: URL): boolean => protocol === 'https:' || protocol === 'http:';

const noWebAddress = ({ protocol }: URL): string =>
  `It leads to “${shorten(protocol, 20)}”, which is no web address. That was not followed.`;

/** The other side sends us on, if it says where to. */
export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/** Why a redirect is not followed, in a sentence, as far as the two addresses say; undefined: it may be. */
export const redirectRefusal = (from: URL, to: URL): string | undefined => {
  if (!hasScheme(to)) return noWebAddress(to);
  return from.protocol === 'https:' && to.protocol !== 'https:'
    ? `It leads from https to http (${to.host}), where anybody on the way can read and change what is sent. That was not followed.`
    : undefined;
};

const sentenceOn = (host: string, address: string): string => {
  const named = host === address ? host : `${host} (${address})`;
  return `${named} is no public place: it belongs to this machine or its networks. Nothing was sent to it. If that is right, allow it by HUBGRAM_ALLOWED_HOSTS.`;
};

const systemResolve: Required<EgressOptions>['resolve'] = (name) => lookUp(name, { all: true });

/** Whether a host is one of these names, addresses and networks, as far as its address in a URL says. */
export const isListedIn = (allowedHosts: readonly string[]): ((url: URL) => boolean) => {
  const names = new Set(allowedHosts.filter((host) => !parseNetwork(host)).map((host) => host.toLowerCase()));
  const isInAllowed = networksOf(allowedHosts);
  return (url) => {
    const host = hostOf(url);
    return names.has(host) || (isIP(host) > 0 && isInAllowed(destinationOf(host)));
  };
};

/** @param options `endpoints` may be private addresses; what they lead to may, too, if it is of a kind with them */
export const createEgress = ({ endpoints, allowedHosts, resolve = systemResolve }: EgressOptions): Egress => {
  const endpointHosts = new Set(endpoints.map((endpoint) => hostOf(new URL(endpoint))));
  const allowedNames = new Set(allowedHosts.filter((host) => !parseNetwork(host)).map((host) => host.toLowerCase()));
  const isInAllowed = networksOf(allowedHosts);

  /** Asked only when something is not public, which is rare: names may lead elsewhere by then. */
  const endpointKinds = async (): Promise<ReadonlySet<AddressKind>> => {
    const found = [...endpointHosts].map(async (host) => {
      if (isIP(host) > 0) return [host];
      return (await resolve(host).catch(() => [])).map(({ address }) => address);
    });
    return new Set((await Promise.all(found)).flat().map((address) => kindOf(destinationOf(address))));
  };

  const isAllowed = async (host: string, address: string): Promise<boolean> => {
    if (endpointHosts.has(host) || allowedNames.has(host)) return true;
    const destination = destinationOf(address);
    const kind = kindOf(destination);
    if (kind === 'public' || isInAllowed(destination)) return true;
    return SHARED.has(kind) && (await endpointKinds()).has(kind);
  };

  const find = async (name: string): Promise<readonly [Found, ...Found[]]> => {
    const host = name.toLowerCase().replace(/\.$/, '');
    const found = await resolve(name);
    const allowed: Found[] = [];
    for (const one of found) if (await isAllowed(host, one.address)) allowed.push(one);
    const [first, ...more] = allowed;
    if (!first) throw new RefusedAddress(sentenceOn(host, found[0]?.address ?? 'no address'));
    return [first, ...more];
  };

  const answer = async (...[name, { all }, callback]: Parameters<LookupFunction>): Promise<void> => {
    const found = await find(name).catch((error: unknown) => error as NodeJS.ErrnoException);
    if (found instanceof Error) callback(found, '');
    else if (all) callback(null, [...found]);
    else callback(null, found[0].address, found[0].family);
  };

  return {
    refusal: async (url) => {
      if (!hasScheme(url)) return noWebAddress(url);
      const host = hostOf(url);
      const address = isIP(host) > 0 ? host : host.endsWith('.localhost') ? '127.0.0.1' : NAMES.get(host);
      return address === undefined || (await isAllowed(host, address)) ? undefined : sentenceOn(host, address);
    },
    lookup: (name, options, callback) => void answer(name, options, callback),
  };
};
