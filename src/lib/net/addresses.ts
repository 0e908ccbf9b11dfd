import { BlockList, isIP } from 'node:net';

/** What an IP address is, by IANA's registries of special-purpose addresses. `metadata`: where clouds keep credentials. */
export type AddressKind = 'public' | 'loopback' | 'private' | 'link-local' | 'benchmark' | 'metadata' | 'reserved';

interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** `10.0.0.0/8`, `fd00::/8`, or one address. @returns undefined if it is none of these */
export const parseNetwork = (text: string): Network | undefined => {
  const [address = '', length, ...more] = text.split('/');
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const prefix = length === undefined ? most : Number(length);
  const isPrefix = length === undefined || (/^\d{1,3}$/.test(length) && prefix <= most);
  if (version === 0 || more.length > 0 || !isPrefix || address.includes('%')) return undefined;
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
};

/** Networks that an address may lie in. Those that can't be read are left out. */
export const networksOf = (texts: readonly string[]): ((address: string) => boolean) => {
  // One for each: a list that holds ::/3 takes every IPv4 address for one of it, as ::ffff:8.8.8.8 is.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const text of texts) {
    const network = parseNetwork(text);
    if (network) lists[network.family].addSubnet(network.address, network.prefix, network.family);
  }
  return (address) => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return lists[family].check(address, family);
  };
};

const RESERVED: readonly string[] = [
  '0.0.0.0/8',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '2001::/23',
  '2001:db8::/32',
  '3fff::/20',
  // All that is not 2000::/3.
  '::/3',
  '4000::/2',
  '8000::/1',
];

/** The first that fits counts. */
const KINDS: readonly (readonly [AddressKind, (address: string) => boolean])[] = [
  // AWS, Google, Azure and others; Alibaba; Oracle; Azure's WireServer, which looks public; AWS by IPv6.
  [
    'metadata',
    networksOf([
      '169.254.169.254',
      '169.254.170.2',
      '100.100.100.200',
      '192.0.0.192',
      '168.63.129.16',
      'fd00:ec2::/32',
    ]),
  ],
  ['loopback', networksOf(['127.0.0.0/8', '::1'])],
  ['private', networksOf(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'])],
  ['link-local', networksOf(['169.254.0.0/16', 'fe80::/10'])],
  // Programs that carry all traffic through a tunnel give out such addresses for every name (Clash, sing-box, Surge).
  ['benchmark', networksOf(['198.18.0.0/15'])],
  ['reserved', networksOf(RESERVED)],
];

/** The eight numbers of an IPv6 address. The parser of URLs knows every way to write one. */
const groupsOf = (address: string): readonly number[] => {
  const [before = '', behind] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const read = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [head, tail] = [read(before), read(behind ?? '')];
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
};

const NAT64 = [0x64, 0xff9b, 0, 0, 0, 0];
const MAPPED = [0, 0, 0, 0, 0, 0xffff];
const COMPATIBLE = [0, 0, 0, 0, 0, 0];
const SIX_TO_FOUR = 0x2002;

/** The IPv4 address that an IPv6 address stands for, on its way through a translator or a tunnel. */
const innerOf = (address: string): string | undefined => {
  const groups = groupsOf(address);
  const begins = (prefix: readonly number[]): boolean => prefix.every((group, at) => groups[at] === group);
  const [high = 0, low = 0] = groups[0] === SIX_TO_FOUR ? groups.slice(1, 3) : groups.slice(6);
  const isInner = groups[0] === SIX_TO_FOUR || begins(NAT64) || begins(MAPPED) || (begins(COMPATIBLE) && high > 0);
  return isInner ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : undefined;
};

/** Where a connection to an address ends: without a zone (`fe80::1%eth0`), the IPv4 address inside an IPv6 one. */
export const destinationOf = (address: string): string => {
  const [plain = ''] = address.split('%');
  return (isIP(plain) === 6 ? innerOf(plain) : undefined) ?? plain;
};

/** @param address as `destinationOf` has it */
export const kindOf = (address: string): AddressKind => KINDS.find(([, holds]) => holds(address))?.[0] ?? 'public';
