import { describe, expect, it } from 'vitest';
import { distinctRefs, readRepoList } from '../../src/domain/repo/repo-list.ts';

const HOSTS = ['mirror.test'];

describe('a list of references', () => {
  it.each([
    [
      'one on each line',
      'gpt2\norg/name\r\norg/other:Q4_K_M\rdatasets/org/data',
      ['gpt2', 'org/name', 'org/other:Q4_K_M', 'datasets/org/data'],
    ],
    [
      'bullets and numbers',
      '- org/a\n* org/b\n• org/c\n1. org/d\n12) org/e',
      ['org/a', 'org/b', 'org/c', 'org/d', 'org/e'],
    ],
    ['comments and empty lines', '# for the demo\n\norg/a # small\n   \norg/b', ['org/a', 'org/b']],
    ['commas and spaces', 'org/a, org/b;org/c gpt2,', ['org/a', 'org/b', 'org/c', 'gpt2']],
    [
      'quotes and brackets',
      '`org/a`\n"org/b"\n<https://huggingface.co/org/c>',
      ['org/a', 'org/b', 'https://huggingface.co/org/c'],
    ],
    ['links of another Hub', 'https://mirror.test/org/a', ['https://mirror.test/org/a']],
    ['the same twice', 'org/b\norg/a\nhttps://hf.co/org/b\norg/a', ['org/b', 'org/a']],
  ])('is read with %s', (_name, text, refs) => {
    expect(readRepoList(text, HOSTS)).toMatchObject({ refs, unread: [] });
  });

  it('tells which lines it could not read', () => {
    const { refs, unread } = readRepoList(
      'Dear all, these are mine:\norg/a\norg/--b\nhttps://example.org/x\nplease',
      HOSTS,
    );
    expect(refs).toEqual(['org/a', 'please', 'https://example.org/x']);
    expect(unread).toEqual([
      { number: 1, text: 'Dear all, these are mine:' },
      { number: 3, text: 'org/--b' },
    ]);
  });

  it('is a column where each stands on a line of its own', () => {
    expect(readRepoList('org/a\norg/b').isColumn).toBe(true);
    expect(readRepoList('org/a org/b').isColumn).toBe(false);
  });

  it('of hostile length is read in one go', () => {
    const text = `${'a/'.repeat(30_000)}\n${'#'.repeat(30_000)}\n${'- '.repeat(30_000)}`;
    expect(readRepoList(text).refs).toEqual([]);
  });

  // A minute and more where each letter is looked at from each; some milliseconds where it is not.
  it.each([
    ['of brackets', `${')'.repeat(400_000)}a`],
    ['of comments', `${' #'.repeat(400_000)}\u2028`],
  ])('of one line %s keeps nobody waiting', { timeout: 15_000 }, (_, text) => {
    expect(readRepoList(text).refs).toEqual([]);
  });
});

it('of references that mean the same the first stays, at its place', () => {
  expect(distinctRefs(['org/b', 'https://hf.co/org/a', 'org/b@main', 'org/a', 'org/b'], [])).toEqual([
    'org/b',
    'https://hf.co/org/a',
    'org/b@main',
  ]);
});

it('hides what is secret, in lines that are read and in others', () => {
  const token = 'hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567';
  const list = readRepoList(['gpt2', token, `my token: ${token}`].join('\n'));
  expect(list.refs).toContain('gpt2');
  expect(JSON.stringify(list)).not.toContain(token);
});

it('hides keys and passwords of addresses in lines that are not read, and leaves those that are to be asked', () => {
  const address = 'https://a.test/x.gguf?token=of-ann';
  const { refs, unread } = readRepoList(
    [
      address,
      `see ${address} or “${address}”`,
      'ftp://ann:of-ann@a.test/x',
      'magnet:?xt=a&tr=https://t.test/of-ann/announce',
    ].join('\n'),
  );
  expect(refs).toEqual([address]);
  expect(unread.map(({ text }) => text)).toEqual([
    'see https://a.test/x.gguf?token=••• or “https://a.test/x.gguf?token=•••”',
    'ftp://ann:•••@a.test/x',
    `magnet:?xt=a&tr=${encodeURIComponent('https://t.test/•••')}`,
  ]);
});
