import { describe, expect, it } from 'vitest';
import { changeKeys, holdsUntil, isSigned, withoutKeys, typedLength } from '../../src/domain/repo/address-keys.ts';
import { shownAddress } from '../../src/domain/repo/web-file.ts';
import { createDice } from '../helpers/dice.ts';

const HASH = '0123456789abcdef0123456789abcdef01234567';
const S3 =
  'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20261129%2Feu&X-Amz-Date=20261129T100000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=00ff';
const AZURE = 'sv=2024-11-04&st=2026-11-29T09%3A00%3A00Z&se=2026-11-29T11%3A00%3A00Z&sr=b&sp=r&sig=a%2Bb%3D';

describe('keys of an address', () => {
  it.each<[string, string]>([
    ['https://a.org/f', 'https://a.org/f'],
    ['https://a.org/f?type=Model&token=abc', 'https://a.org/f?type=Model&token=<abc>'],
    ['https://a.org/f?a=1&TOKEN=abc&b', 'https://a.org/f?a=1&TOKEN=<abc>&b'],
    ['https://a.org/f?to%6ben=abc', 'https://a.org/f?to%6ben=<abc>'],
    ['https://a.org/f?X-Amz-Date=20261129T100000Z', 'https://a.org/f?X-Amz-Date=<20261129T100000Z>'],
    ['https://a.org/f?token=', 'https://a.org/f?token='],
    ['https://a.org/f?token=a=b', 'https://a.org/f?token=<a=b>'],
    ['https://a.org/f?token=•••', 'https://a.org/f?token=•••'],
    [`https://a.org/f?${'k'.repeat(24)}`, `https://a.org/f?<${'k'.repeat(24)}>`],
    [`https://a.org/f?v=${'k'.repeat(23)}`, `https://a.org/f?v=${'k'.repeat(23)}`],
    [`https://a.org/f?v=${'k'.repeat(24)}`, `https://a.org/f?v=<${'k'.repeat(24)}>`],
    ['https://a.org/f?sig=a%2Bb%3D#frag', 'https://a.org/f?sig=<a%2Bb%3D>#frag'],
    ['no address', 'no address'],
  ])('%s', (address, changed) => expect(changeKeys(address, (key) => `<${key}>`)).toBe(changed));

  it('mean something in their place only', () => {
    const abouts: string[] = [];
    changeKeys('https://A.org:443/f/g?x=1&token=abc', (key, about) => {
      abouts.push(about);
      return key;
    });
    expect(abouts).toStrictEqual(['https://a.org/f/g?token']);
  });

  it.each<[string, string]>([
    ['udp://t.org:6969/announce', 'udp://t.org:6969/announce'],
    ['https://t.org/announce.php', 'https://t.org/announce.php'],
    ['https://t.org/0a1b2c/announce', 'https://t.org/<0a1b2c/announce>'],
    ['https://t.org/announce?passkey=0a1b', 'https://t.org/<announce?passkey=0a1b>'],
    ['http://t.org:80/announce.php?uk=0a1b', 'http://t.org:80/<announce.php?uk=0a1b>'],
  ])('of the tracker %s in a magnet link', (tracker, changed) => {
    const magnet = (of: string): string => `magnet:?xt=urn:btih:${HASH}&dn=a&tr=${encodeURIComponent(of)}`;
    expect(changeKeys(magnet(tracker), (key) => `<${key}>`)).toBe(magnet(changed));
  });

  it('are counted as long as they were', () => {
    const sealed = Buffer.alloc(28 + 3).toString('base64url');
    expect(typedLength(`https://a.org/f?token=sealed.1.${sealed}`)).toBe('https://a.org/f?token=abc'.length);
  });

  it('are shown of none of 500 hostile addresses', () => {
    const dice = createDice(1);
    const odd = [
      '&',
      '=',
      '%',
      '%00',
      '%zz',
      '?',
      ';',
      '+',
      '"',
      '<b>',
      '\u202e',
      'é',
      '.',
      '/',
      '@',
      ':',
      '[',
      '\\',
      ' ',
    ];
    const pick = <T>(from: readonly T[]): T => from[dice(from.length)] as T;
    for (let round = 0; round < 500; round += 1) {
      const noise = (): string => Array.from({ length: 1 + dice(4) }, () => pick(odd)).join('');
      const name = pick(['token', 'X-Amz-Signature', 'sig', 'api_key', 'Password', 'auth']);
      const address = `https://h.example/${noise()}?a=${noise()}&${name}=KEY${round}KEY&${noise()}`;
      if (!URL.parse(address)) continue;
      // What a person has written behind a sign that ends the query is no parameter.
      if (!new URL(address).search.includes(`KEY${round}KEY`)) continue;
      expect(shownAddress(address)).not.toContain(`KEY${round}KEY`);
      expect(changeKeys(address, (key) => key)).toBe(address);
    }
  });
});

describe('where an address leads to, whatever lets its bearer in', () => {
  it.each<[string, string]>([
    [`https://s3.org/b/f?${S3}`, 'https://s3.org/b/f'],
    [`https://s3.org/b/f?versionId=7&${S3}`, 'https://s3.org/b/f?versionId=7'],
    [`https://x.blob.core.windows.net/b/f?${AZURE}`, 'https://x.blob.core.windows.net/b/f'],
    ['https://d.cloudfront.net/f?Expires=1&Signature=a&Key-Pair-Id=K', 'https://d.cloudfront.net/f'],
    ['https://a.org/f?Expires=1', 'https://a.org/f?Expires=1'],
    ['https://a.org/f?sp=2', 'https://a.org/f?sp=2'],
    [
      'https://civitai.com/api/download/models/7?type=Model&token=x',
      'https://civitai.com/api/download/models/7?type=Model',
    ],
    // Of these nobody knows that they choose nothing.
    ['https://a.org/get?key=7', 'https://a.org/get?key=7'],
    [`magnet:?xt=urn:btih:${HASH}&dn=a&tr=http%3A%2F%2Ft.org%2Fa`, `magnet:?xt=urn:btih:${HASH}`],
  ])('%s', (address, keyless) => expect(withoutKeys(address)).toBe(keyless));

  it.each<[string, string | undefined]>([
    [`https://s3.org/f?${S3}`, '2026-11-29T11:00:00.000Z'],
    [`https://g.org/f?${S3.replaceAll('Amz', 'Goog')}`, '2026-11-29T11:00:00.000Z'],
    [`https://x.org/f?${AZURE}`, '2026-11-29T11:00:00.000Z'],
    ['https://d.org/f?Expires=1764410400&Signature=a', '2025-11-29T10:00:00.000Z'],
    ['https://d.org/f?Signature=a', undefined],
    ['https://d.org/f?Expires=soon&Signature=a', undefined],
  ])('%s holds until %s', (address, until) => {
    const url = new URL(address);
    expect(isSigned(url)).toBe(true);
    const found = holdsUntil(url);
    expect(found === undefined ? undefined : new Date(found).toISOString()).toBe(until);
  });
});
