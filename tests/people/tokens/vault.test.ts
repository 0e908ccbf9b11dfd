import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createVault } from '../../../src/people/tokens/vault.ts';
import { failure, tempFolder } from '../../store/setup.ts';

const ANN = 1001;
const BOB = 1002;
const SECRET = 'hf_abcdefghijklmnopqrstuvwxyzABCDEFGH';

const openVault = () => {
  const file = join(tempFolder(), 'secret.key');
  return { file, vault: createVault({ file }) };
};

describe('what is sealed', () => {
  it('opens for its owner, and for nobody else', () => {
    const { vault } = openVault();
    const sealed = vault.seal(ANN, SECRET);
    expect(vault.open(ANN, sealed)).toBe(SECRET);
    expect(vault.open(BOB, sealed)).toBeUndefined();
  });

  it('shows nothing of it, and is never the same twice', () => {
    const { vault } = openVault();
    const [first, second] = [vault.seal(ANN, SECRET), vault.seal(ANN, SECRET)];
    expect(first).not.toBe(second);
    for (const form of ['utf8', 'base64url', 'hex'] as const)
      expect(Buffer.from(first.slice(2), 'base64url').toString('latin1')).not.toContain(
        Buffer.from(SECRET).toString(form).slice(4, 20),
      );
  });

  it('does not open when a bit of it was changed, or an end of it is missing', () => {
    const { vault } = openVault();
    const sealed = vault.seal(ANN, SECRET);
    const bytes = Buffer.from(sealed.slice(2), 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const bent = Buffer.from(bytes);
      bent[at] = (bent[at] ?? 0) ^ 1;
      expect(vault.open(ANN, `1.${bent.toString('base64url')}`)).toBeUndefined();
    }
    for (const cut of ['', '1.', '2.AAAA', sealed.slice(0, 20), sealed.slice(0, -4), sealed.slice(2)])
      expect(vault.open(ANN, cut)).toBeUndefined();
  });
});

describe('the key', () => {
  it('lies in a file of its own that only its owner may read, made when something is sealed first', () => {
    const { file, vault } = openVault();
    expect(vault.open(ANN, '1.AAAA')).toBeUndefined();
    expect(existsSync(file)).toBe(false);
    const sealed = vault.seal(ANN, SECRET);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    expect(createVault({ file }).open(ANN, sealed)).toBe(SECRET);
  });

  it('is that of the words where there are some, and then no file is made', () => {
    const { file } = openVault();
    const words = 'correct horse battery staple, and so on';
    const sealed = createVault({ words, file }).seal(ANN, SECRET);
    expect(createVault({ words, file }).open(ANN, sealed)).toBe(SECRET);
    expect(createVault({ words: `${words}.`, file }).open(ANN, sealed)).toBeUndefined();
    expect(existsSync(file)).toBe(false);
  });

  it('that is another one, or lost, opens nothing and breaks nothing', () => {
    const sealed = openVault().vault.seal(ANN, SECRET);
    const { vault } = openVault();
    expect(vault.open(ANN, sealed)).toBeUndefined();
    vault.seal(ANN, SECRET);
    expect(vault.open(ANN, sealed)).toBeUndefined();
  });

  it('that is damaged is not written over: whoever seals is told', () => {
    const { file, vault } = openVault();
    writeFileSync(file, 'half of a k');
    expect(vault.open(ANN, '1.AAAA')).toBeUndefined();
    const { code, message } = failure(() => vault.seal(ANN, SECRET));
    expect([code, message]).toEqual(['operational', expect.stringContaining('is damaged')]);
    expect(readFileSync(file, 'utf8')).toBe('half of a k');
  });
});
