import { describe, expect, it } from 'vitest';
import { parseRepoRef, repoFolderName } from '../../src/domain/repo/repo.ts';
import {
  numberedName,
  safePart,
  shownAddress,
  webAddressIn,
  webFileId,
  webFileParts,
} from '../../src/domain/repo/web-file.ts';

describe('a name that somebody else has given', () => {
  it.each([
    ['model.gguf', 'model.gguf'],
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\system.ini', 'system.ini'],
    ['/absolute', 'absolute'],
    ['.bashrc', 'bashrc'],
    ['..', undefined],
    ['', undefined],
    ['???', undefined],
    ['a\u0000b.bin', 'a-b.bin'],
    ['a\u202Egpj.exe', 'a-gpj.exe'],
    ['Größe — é.gguf', 'Gro-e-e.gguf'],
    // aria2/aria2#813: of a name in other letters its ending is left, and is no name.
    ['模型.gguf', 'file.gguf'],
    ['отчёт (2).pdf', '2.pdf'],
    ['фото .PDF', 'file.PDF'],
    ['модель', undefined],
    ['CON.txt', 'file-CON.txt'],
    ['a--b..c.bin', 'a-b.c.bin'],
    ['name with spaces (1).safetensors', 'name-with-spaces-1.safetensors'],
    [`${'x'.repeat(200)}.safetensors`, `${'x'.repeat(84)}.safetensors`],
    ['x'.repeat(300), 'x'.repeat(96)],
    ['x'.repeat(96), 'x'.repeat(96)],
  ])('%j becomes %j', (given, name) => {
    expect(safePart(given)).toBe(name);
    expect(webFileParts(`files/custom/${name ?? '.'}`)?.name).toBe(name);
  });

  it('is numbered before its ending, and never too long', () => {
    expect(numberedName('a.gguf', 1)).toBe('a.gguf');
    expect(numberedName('a.gguf', 12)).toBe('a-12.gguf');
    expect(numberedName('a', 2)).toBe('a-2');
    const long = numberedName(`${'x'.repeat(91)}.gguf`, 1000);
    expect(long).toHaveLength(96);
    expect(webFileParts(`files/custom/${long}`)?.name).toBe(long);
  });
});

describe('ids', () => {
  it('have three parts, which no repository has', () => {
    expect(webFileId('text', 'a.gguf')).toBe('files/text/a.gguf');
    expect(webFileId('Meine Größen', 'a.gguf')).toBe('files/Meine-Gro-en/a.gguf');
    expect(webFileId('🎨', 'a.gguf')).toBe('files/custom/a.gguf');
    expect(repoFolderName({ type: 'model', id: 'files/text/a.gguf' })).toBe('files--text--a.gguf');
    expect(parseRepoRef('files/text/a.gguf')).toStrictEqual({ type: 'model', id: 'files/text/a.gguf' });
  });

  it.each([
    'files/text',
    'files/../a',
    'files/text/..',
    'files/.hubgram/a',
    'files/a/b/c',
    'gpt2',
    'x/text/a',
    'files/a--b/c',
  ])('%s is none', (id) => expect(webFileParts(id)).toBe(undefined));
});

describe('an address', () => {
  it.each([
    ['https://example.org/a.gguf', 'https://example.org/a.gguf'],
    ['HTTPS://Example.org/a b'.replace(' ', '%20'), 'https://example.org/a%20b'],
    ['https://example.org/a#part', 'https://example.org/a'],
    ['https://hf-mirror.com/org/name/resolve/main/x.gguf', 'https://hf-mirror.com/org/name/resolve/main/x.gguf'],
    ['https://github.com/a/b/releases/download/v1/c.gguf', 'https://github.com/a/b/releases/download/v1/c.gguf'],
    ['https://civitai.com/api/download/models/7?token=x', 'https://civitai.com/api/download/models/7?token=x'],
    ['http://2130706433/a', 'http://127.0.0.1/a'],
  ])('%s is one', (text, href) => expect(webAddressIn(text)?.href).toBe(href));

  it.each([
    'gpt2',
    'org/name',
    'org/name:Q4_K_M',
    'https://huggingface.co/gpt2',
    'hf.co/gpt2',
    'hf://gpt2',
    'gpt2:Q8_0',
  ])('%s is none: it is the Hub’s', (text) => expect(webAddressIn(text)).toBe(undefined));

  it('is the Hub’s where a mirror of it is configured', () =>
    expect(webAddressIn('https://hf-mirror.com/gpt2', ['hf-mirror.com'])).toBe(undefined));

  it.each([
    ['ftp://example.org/a', /“ftp:” is not supported/],
    ['file:///etc/passwd', /“file:” is not supported/],
    ...['sftp', 's3', 'gs', 'ipfs', 'ollama', 'git', 'ws', 'ssh'].map((scheme): [string, RegExp] => [
      `${scheme}://example.org/a`,
      new RegExp(
        `^“${scheme}:” is not supported\\. What can be added: a repository of the Hub .*, the https address of a file, a torrent`,
      ),
    ]),
    ['magnet:?xt=urn:btih:00', /names no torrent/],
    ['data:text/plain,a', /“data:” is not supported.*gpt2.*https.*magnet:/],
    ['https://me:secret@example.org/a', /with a name and a password/],
    ['https://github.com/a/b/blob/v1/c.gguf', /https:\/\/github\.com\/a\/b\/raw\/v1\/c\.gguf/],
    ['https://github.com/a/b/releases/tag/v1', /releases\/download/],
    ['https://civitai.com/models/123/some-name', /api\/download\/models/],
    ['https://exa\\mple.org/a', /not an address/],
    ['https://', /not an address/],
    ['https://a.org/f?X-Amz-Signature=••••', /missing: dots stand where a key was/],
  ])('%s is refused with what would be right', (text, sentence) => expect(() => webAddressIn(text)).toThrow(sentence));

  it('is refused where it is longer than 4000 characters', () => {
    const longest = `https://example.org/${'a'.repeat(3980)}`;
    expect(webAddressIn(longest)?.href).toBe(longest);
    expect(() => webAddressIn(`${longest}a`)).toThrow('too long');
  });

  it.each([
    ['https://a.org/f?type=Model&token=abc', 'https://a.org/f?type=Model&token=•••'],
    ['https://a.org/f?X-Amz-Signature=00&x=1', 'https://a.org/f?X-Amz-Signature=•••&x=1'],
    ['https://a.org/f?download=true', 'https://a.org/f?download=true'],
    [`https://a.org/f?v=${'k'.repeat(24)}`, 'https://a.org/f?v=•••'],
    ['https://a.org/f', 'https://a.org/f'],
  ])('%s is shown as %s', (address, shown) => expect(shownAddress(address)).toBe(shown));
});
