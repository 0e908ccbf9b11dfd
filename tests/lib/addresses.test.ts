import { describe, expect, it } from 'vitest';
import { destinationOf, kindOf, networksOf, parseNetwork } from '../../src/lib/net/addresses.ts';

describe('an address', () => {
  it.each([
    ['1.1.1.1', 'public'],
    ['172.32.0.1', 'public'],
    ['100.128.0.1', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fc00::1', 'private'],
    ['fdff::1', 'private'],
    ['169.254.1.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['febf::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['198.18.0.84', 'benchmark'],
    ['169.254.169.254', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['0.0.0.0', 'reserved'],
    ['0.1.2.3', 'reserved'],
    ['::', 'reserved'],
    ['192.0.2.1', 'reserved'],
    ['224.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['fec0::1', 'reserved'],
    ['ff02::1', 'reserved'],
    ['2001:0:53aa::1', 'reserved'],
    ['64:ff9b:1::1', 'reserved'],
  ])('%s is %s', (address, kind) => {
    expect(kindOf(destinationOf(address))).toBe(kind);
  });

  it.each([
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['0:0:0:0:0:ffff:a9fe:a9fe', 'metadata'],
    ['::127.0.0.1', 'loopback'],
    ['::a9fe:a9fe', 'metadata'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::a9fe:a9fe', 'metadata'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:a9fe:a9fe::1', 'metadata'],
    // Where only IPv6 is spoken, every IPv4 host is reached like this.
    ['64:ff9b::101:101', 'public'],
    ['2002:808:808::1', 'public'],
  ])('%s, which stands for another one, is %s', (address, kind) => {
    expect(kindOf(destinationOf(address))).toBe(kind);
  });
});

describe('networks', () => {
  it('are read with their prefix, or as one address', () => {
    expect(parseNetwork('10.0.0.0/8')).toEqual({ address: '10.0.0.0', prefix: 8, family: 'ipv4' });
    expect(parseNetwork('fd00::/8')).toEqual({ address: 'fd00::', prefix: 8, family: 'ipv6' });
    expect(parseNetwork('::1')).toEqual({ address: '::1', prefix: 128, family: 'ipv6' });
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'fd00::/129',
    '010.0.0.1',
    'fe80::1%eth0',
    'cdn.lan',
    '',
  ])('“%s” is none', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  it('of one family hold none of the other', () => {
    const isIn = networksOf(['::/0', '10.0.0.0/8']);
    expect(['10.1.1.1', '11.1.1.1', '::1'].map(isIn)).toEqual([true, false, true]);
  });
});
