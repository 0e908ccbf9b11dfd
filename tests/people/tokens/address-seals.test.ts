import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createVault } from '../../../src/people/tokens/vault.ts';
import { failure, tempFolder } from '../../store/setup.ts';

const HASH = '0123456789abcdef0123456789abcdef01234567';
const ADDRESS = 'https://a.org/f?type=Model&token=abc123';
const MAGNET = `magnet:?xt=urn:btih:${HASH}&tr=${encodeURIComponent('https://t.org/0a1b2c/announce')}`;

const openSeals = () => createVault({ file: join(tempFolder(), 'secret.key') });

it.each([ADDRESS, MAGNET, 'https://a.org/f?sig=a%2Bb%3D&x=%20', 'https://a.org/f', 'gpt2'])(
  '%s is what it was when it is opened, and the same whenever it is sealed',
  (address) => {
    const { sealAddress, openAddress } = openSeals();
    const sealed = sealAddress(address);
    for (const key of ['abc123', '0a1b2c', 'a%2Bb%3D']) expect(sealed).not.toContain(key);
    expect(sealAddress(sealed)).toBe(sealed);
    expect(sealAddress(address)).toBe(sealed);
    expect(openAddress(sealed)).toBe(address);
  },
);

it('is of no use at another address, under another name, or with another key', () => {
  const seals = openSeals();
  const sealed = seals.sealAddress(ADDRESS);
  const key = /sealed\.1\.[\w-]+/.exec(sealed)?.[0] ?? '';
  for (const elsewhere of [
    `https://evil.org/f?type=Model&token=${key}`,
    `https://a.org/g?type=Model&token=${key}`,
    `https://a.org/f?type=Model&key=${key}`,
    `http://a.org/f?type=Model&token=${key}`,
    sealed.slice(0, -3),
  ]) {
    const { code, message } = failure(() => seals.openAddress(elsewhere));
    expect([code, message]).toEqual(['forbidden', expect.stringContaining('Add the file again')]);
  }
  expect(failure(() => openSeals().openAddress(sealed)).code).toBe('forbidden');
});

it('seals what somebody has typed in the form of what is sealed, and gives it back as it was', () => {
  const { sealAddress, openAddress } = openSeals();
  const typed = `https://a.org/f?token=sealed.1.${'A'.repeat(60)}`;
  expect(openAddress(sealAddress(typed))).toBe(typed);
});
