import { describe, expect, it } from 'vitest';
import {
  createEgress,
  isListedIn,
  type EgressOptions,
  redirectRefusal,
  RefusedAddress,
} from '../../src/lib/net/egress.ts';

const HUB = 'https://huggingface.example';

/** Names and what they lead to; nobody is asked, and nothing is sent. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  'huggingface.example': ['8.8.4.4'],
  'cdn.example': ['8.8.8.8', '2606:4700:4700::1111'],
  'rebound.example': ['127.0.0.1'],
  'mixed.example': ['10.0.0.7', '8.8.8.8'],
  'mixed-mapped.example': ['::ffff:10.0.0.7', '2606:4700:4700::1111', '0.0.0.0'],
  'mapped.example': ['::ffff:169.254.169.254'],
  'hub.lan': ['192.168.1.5'],
  'minio.lan': ['192.168.1.6'],
  'tunnelled.example': ['198.18.0.21'],
};

const egressWith = (options: Partial<EgressOptions> = {}) =>
  createEgress({
    endpoints: [HUB],
    allowedHosts: [],
    resolve: async (name) =>
      (ADDRESSES[name] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    ...options,
  });

/** What a socket would connect to, or why it does not. */
const connect = (name: string, options: Partial<EgressOptions> = {}): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    egressWith(options).lookup(name, { all: true }, (error, found) => {
      if (error) reject(error);
      else resolve((found as { address: string }[]).map(({ address }) => address));
    });
  });

const refusal = (url: string, options: Partial<EgressOptions> = {}): Promise<string | undefined> =>
  egressWith(options).refusal(new URL(url));

describe('a redirect', () => {
  it.each([
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:alert(1)',
    'ftp://host/x',
    'gopher://host/',
    'blob:x',
  ])('to %s is not followed, from http either', (target) => {
    for (const from of ['http://hub.example', 'https://hub.example'])
      expect(redirectRefusal(new URL(from), new URL(target))).toContain('no web address');
  });

  it('from https to http is not followed; the other ways are', () => {
    const [http, https] = [new URL('http://a.example'), new URL('https://b.example')];
    expect(redirectRefusal(https, http)).toContain('from https to http');
    for (const [from, to] of [
      [http, https],
      [http, http],
      [https, https],
    ] as const)
      expect(redirectRefusal(from, to)).toBeUndefined();
  });
});

describe('an address that a public Hub names', () => {
  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://[::1]:22/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::a00:1]/',
    'http://[::]/',
    'http://0.0.0.0/',
    'http://10.0.0.1/',
    'http://192.168.0.1.:8080/',
    'http://100.64.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://198.18.0.1/',
    'http://localhost/',
    'http://LOCALHOST./',
    'http://files.localhost/',
    'http://metadata.google.internal/',
    'http://①②⑦.0.0.1/',
    // indutny/node-ip#162
    'http://017700000001:3000/admin',
    // swisskyrepo/PayloadsAllTheThings#485, cloudflare/cloudflare-os#128
    'http://0251.254.169.254/',
    'http://0xa.0.0.1/',
    // nodetool-ai/nodetool#4787, orbflow-dev/orbflow#27
    'http://[::ffff:c0a8:101]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[::10.0.0.1]/',
    'http://012.1/',
  ])('%s is refused with a sentence before anything is sent', async (url) => {
    expect(await refusal(url)).toMatch(/is no public place.*HUBGRAM_ALLOWED_HOSTS/);
  });

  it.each(['https://cdn.example/x', 'https://8.8.8.8/', 'https://constructor/', `${HUB}/gpt2`])(
    '%s is not',
    async (url) => {
      expect(await refusal(url)).toBeUndefined();
    },
  );
});

describe('a name is judged by what it leads to when the connection is made', () => {
  it('and leads on to public addresses only', async () => {
    expect(await connect('cdn.example')).toEqual(['8.8.8.8', '2606:4700:4700::1111']);
    expect(await connect('mixed.example')).toEqual(['8.8.8.8']);
    expect(await connect('mixed-mapped.example')).toEqual(['2606:4700:4700::1111']);
    await expect(connect('rebound.example')).rejects.toThrow(RefusedAddress);
    await expect(connect('mapped.example')).rejects.toThrow(
      'mapped.example (::ffff:169.254.169.254) is no public place',
    );
  });

  it('each time anew: one that was public a moment ago is refused', async () => {
    const answers = [['8.8.8.8'], ['127.0.0.1']];
    const resolve = async () => (answers.shift() ?? []).map((address) => ({ address, family: 4 }));
    const egress = createEgress({ endpoints: [HUB], allowedHosts: [], resolve });
    const once = (): Promise<string> =>
      new Promise((done, reject) => {
        egress.lookup('turning.example', {}, (error, address) => (error ? reject(error) : done(address as string)));
      });
    expect(await once()).toBe('8.8.8.8');
    await expect(once()).rejects.toThrow(RefusedAddress);
  });
});

describe('a Hub that lies in a private place itself', () => {
  it('may lead to such places, and to no other kind of them', async () => {
    const endpoints = ['http://hub.lan'];
    expect(await connect('hub.lan', { endpoints })).toEqual(['192.168.1.5']);
    expect(await connect('minio.lan', { endpoints })).toEqual(['192.168.1.6']);
    expect(await refusal('http://10.0.0.9:9000/bucket', { endpoints })).toBeUndefined();
    expect(await refusal('http://127.0.0.1/', { endpoints })).toContain('no public place');
    expect(await refusal('http://169.254.169.254/', { endpoints })).toContain('no public place');
    expect(await refusal('http://[fd00:ec2::254]/', { endpoints })).toContain('no public place');
  });

  it('on this machine may lead to another port of it', async () => {
    expect(await refusal('http://127.0.0.1:9001/', { endpoints: ['http://127.0.0.1:9000'] })).toBeUndefined();
    expect(await refusal('http://10.0.0.1/', { endpoints: ['http://127.0.0.1:9000'] })).toContain('no public place');
  });

  it('behind a tunnel that gives every name an address of its own is a Hub like any other', async () => {
    const endpoints = ['https://tunnelled.example'];
    const resolve = async () => [{ address: '198.18.0.22', family: 4 }];
    expect(await connect('cdn.example', { endpoints, resolve })).toEqual(['198.18.0.22']);
    await expect(connect('tunnelled.example')).rejects.toThrow(RefusedAddress);
  });
});

describe('HUBGRAM_ALLOWED_HOSTS', () => {
  it('allows names, addresses and networks', async () => {
    const allowedHosts = ['rebound.example', '10.0.0.0/8', 'fd00::/8'];
    expect(await connect('rebound.example', { allowedHosts })).toEqual(['127.0.0.1']);
    expect(await connect('mixed.example', { allowedHosts })).toEqual(['10.0.0.7', '8.8.8.8']);
    expect(await refusal('http://[::ffff:10.1.1.1]/', { allowedHosts })).toBeUndefined();
    expect(await refusal('http://[fd00::1]/', { allowedHosts })).toBeUndefined();
    expect(await refusal('http://11.0.0.1/', { allowedHosts })).toBeUndefined();
    expect(await refusal('http://192.168.1.1/', { allowedHosts })).toContain('no public place');
  });
});

describe('places that people name, with nothing configured to be lenient for', () => {
  const egress = createEgress({
    endpoints: [],
    allowedHosts: ['10.1.0.0/16', 'box.lan'],
    resolve: async (name) => [{ address: name === 'box.lan' ? '192.168.0.7' : '127.0.0.1', family: 4 }],
  });

  it.each([
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://192.168.0.7/',
    'https://0177.0.0.1/',
    'https://localhost/',
  ])('%s is refused, whatever the Hub is allowed', async (url) => {
    const sentence = await egress.refusal(new URL(url));
    expect(sentence).toContain('is no public place');
    expect(sentence).not.toContain('the Hub');
  });

  it.each(['https://10.1.2.3/', 'https://box.lan/', 'https://example.org/'])('%s is not', async (url) => {
    expect(await egress.refusal(new URL(url))).toBe(undefined);
  });

  it('a name that leads to this machine is refused when the connection is made, and one that was allowed is not', async () => {
    const look = (name: string): Promise<string> =>
      new Promise((resolve) => {
        egress.lookup(name, {}, (error, address) =>
          resolve(error ? error.name : typeof address === 'string' ? address : ''),
        );
      });
    expect(await look('innocent.example')).toBe('RefusedAddress');
    expect(await look('box.lan')).toBe('192.168.0.7');
  });
});

describe('a host that was allowed by itself', () => {
  const isListed = isListedIn(['box.lan', '10.1.0.0/16', 'fd00::/8']);
  it.each([
    ['http://box.lan/', true],
    ['http://BOX.lan./', true],
    ['http://10.1.2.3:8080/', true],
    ['http://[::ffff:10.1.2.3]/', true],
    ['http://[fd00::1]/', true],
    ['http://10.2.0.1/', false],
    ['http://other.lan/', false],
    ['http://box.lan.example.org/', false],
  ])('%s: %s', (url, is) => expect(isListed(new URL(url))).toBe(is));
});
