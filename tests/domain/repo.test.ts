import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import {
  findHubLinks,
  formatRepoRef,
  isSafePath,
  parseRepoRef,
  type RepoRef,
  repoFolderName,
  withRevision,
  findSpace,
  spaceIn,
} from '../../src/domain/repo/repo.ts';

const model = (id: string, rest: Partial<RepoRef> = {}): RepoRef => ({ type: 'model', id, ...rest });
const dataset = (id: string, rest: Partial<RepoRef> = {}): RepoRef => ({ type: 'dataset', id, ...rest });
const COMMIT = '607a30d783dfa663caf39e06633721c8d4cfcd7e';

const refusal = (text: string): string => {
  try {
    parseRepoRef(text);
  } catch (error) {
    if (error instanceof AppError && error.code === 'validation') return error.message;
    throw error;
  }
  throw new Error(`${text} was taken`);
};

describe('a reference is read', () => {
  const cases: [string, RepoRef][] = [
    ['gpt2', model('gpt2')],
    ['  gpt2\n', model('gpt2')],
    ['bert-base-uncased', model('bert-base-uncased')],
    ['openai-community/gpt2', model('openai-community/gpt2')],
    ['OpenAI-Community/GPT2', model('OpenAI-Community/GPT2')],
    ['Qwen/Qwen2.5-0.5B', model('Qwen/Qwen2.5-0.5B')],
    ['org/na.me_x', model('org/na.me_x')],
    ['gpt2@main', model('gpt2', { revision: 'main' })],
    ['org/name@v1.0', model('org/name', { revision: 'v1.0' })],
    ['org/name@feature/x', model('org/name', { revision: 'feature/x' })],
    ['org/name@refs/pr/1', model('org/name', { revision: 'refs/pr/1' })],
    [`org/name@${COMMIT}`, model('org/name', { revision: COMMIT })],
    ['org/name:Q4_K_M', model('org/name', { tag: 'Q4_K_M' })],
    ['org/name:UD-Q4_K_XL', model('org/name', { tag: 'UD-Q4_K_XL' })],
    ['org/name@main:Q8_0', model('org/name', { revision: 'main', tag: 'Q8_0' })],
    ['org/name:Q8_0@main', model('org/name', { revision: 'main', tag: 'Q8_0' })],
    ['models/org/name', model('org/name')],
    ['models/gpt2', model('gpt2')],
    ['datasets/squad', dataset('squad')],
    ['datasets/org/name', dataset('org/name')],
    ['datasets/org/name@v2', dataset('org/name', { revision: 'v2' })],

    ['https://huggingface.co/gpt2', model('gpt2')],
    ['https://huggingface.co/org/name', model('org/name')],
    ['https://huggingface.co/org/name/', model('org/name')],
    ['http://huggingface.co/org/name', model('org/name')],
    ['https://HuggingFace.co:443/org/name', model('org/name')],
    ['https://www.huggingface.co/org/name', model('org/name')],
    ['huggingface.co/org/name', model('org/name')],
    ['hf.co/org/name', model('org/name')],
    ['hf.co/org/name:Q4_K_M', model('org/name', { tag: 'Q4_K_M' })],
    ['https://hf.co/gpt2', model('gpt2')],
    ['https://huggingface.co/models/org/name', model('org/name')],
    ['https://huggingface.co/datasets/squad', dataset('squad')],
    ['https://huggingface.co/datasets/org/name', dataset('org/name')],
    ['https://huggingface.co/org/name?library=transformers', model('org/name')],
    ['https://huggingface.co/org/name#usage', model('org/name')],
    ['https://huggingface.co/org/name/tree/main', model('org/name', { revision: 'main' })],
    ['https://huggingface.co/gpt2/tree/main', model('gpt2', { revision: 'main' })],
    ['https://huggingface.co/org/name/tree/refs%2Fpr%2F1', model('org/name', { revision: 'refs/pr/1' })],
    ['https://huggingface.co/org/name/tree/refs/pr/12', model('org/name', { revision: 'refs/pr/12' })],
    [
      'https://huggingface.co/datasets/org/name/tree/refs/convert/parquet/default',
      dataset('org/name', { revision: 'refs/convert/parquet', folder: 'default' }),
    ],
    ['https://huggingface.co/org/name/tree/main/onnx/', model('org/name', { revision: 'main', folder: 'onnx' })],
    ['https://huggingface.co/gpt2/tree/main/onnx', model('gpt2', { revision: 'main', folder: 'onnx' })],
    [
      'https://huggingface.co/org/name/blob/main/UD-IQ4_XS/x-00001-of-00003.gguf',
      model('org/name', { revision: 'main', path: 'UD-IQ4_XS/x-00001-of-00003.gguf' }),
    ],
    // invoke-ai/InvokeAI#6227: the address of a page on which one looks at a file, copied as it stands.
    [
      'https://huggingface.co/org/name?show_file_info=Q8%2Fx-Q8_0-00001-of-00002.gguf',
      model('org/name', { path: 'Q8/x-Q8_0-00001-of-00002.gguf' }),
    ],
    [
      'hf.co/org/name/tree/main?library=transformers&show_file_info=model.safetensors#top',
      model('org/name', { revision: 'main', path: 'model.safetensors' }),
    ],
    ['https://huggingface.co/org/name?local-app=vllm&show_file_info=', model('org/name')],
    ['https://huggingface.co/org/name/discussions/3?show_file_info=a.gguf', model('org/name')],
    [
      'https://huggingface.co/org/name/resolve/main/model.safetensors?download=true',
      model('org/name', { revision: 'main', path: 'model.safetensors' }),
    ],
    ['https://huggingface.co/gpt2/raw/main/config.json', model('gpt2', { revision: 'main', path: 'config.json' })],
    [
      'https://huggingface.co/org/name/blob/main/a%20b%23c.txt',
      model('org/name', { revision: 'main', path: 'a b#c.txt' }),
    ],
    [`https://huggingface.co/org/name/commit/${COMMIT}`, model('org/name', { revision: COMMIT })],
    ['https://huggingface.co/org/name/commits/v1', model('org/name', { revision: 'v1' })],
    ['https://huggingface.co/org/name/discussions/3', model('org/name')],
    ['https://huggingface.co/gpt2/discussions', model('gpt2')],
    ['https://huggingface.co/datasets/org/name/viewer/default/train', dataset('org/name')],
    [
      'https://huggingface.co/datasets/org/name/blob/main/data/train.parquet',
      dataset('org/name', { revision: 'main', path: 'data/train.parquet' }),
    ],

    ['hf://gpt2', model('gpt2')],
    ['hf://org/name', model('org/name')],
    ['hf://models/org/name', model('org/name')],
    ['hf://org/name@v1', model('org/name', { revision: 'v1' })],
    ['hf://org/name/sub/file.bin', model('org/name', { path: 'sub/file.bin' })],
    ['hf://org/name@main/file.bin', model('org/name', { revision: 'main', path: 'file.bin' })],
    ['hf://gpt2@main/config.json', model('gpt2', { revision: 'main', path: 'config.json' })],
    ['hf://datasets/org/name', dataset('org/name')],
    [
      'hf://datasets/org/name@refs/convert/parquet/a/b.parquet',
      dataset('org/name', { revision: 'refs/convert/parquet', path: 'a/b.parquet' }),
    ],
    ['hf://datasets/org/name@feature%2Fx/a.csv', dataset('org/name', { revision: 'feature/x', path: 'a.csv' })],
    ['hf://datasets/org/name/data/', dataset('org/name', { folder: 'data' })],
  ];
  test.each(cases)('%s', (text, expected) => {
    expect(parseRepoRef(text)).toEqual(expected);
  });

  test('links to further hosts are read when those hosts are given, and only then', () => {
    const link = 'http://127.0.0.1:8082/org/name/tree/main';
    expect(parseRepoRef(link, ['127.0.0.1:8082'])).toEqual(model('org/name', { revision: 'main' }));
    expect(() => parseRepoRef(link)).toThrow('is not on the Hub');
  });
});

describe('a text that names no repository is refused with a sentence', () => {
  const cases: [string, string, RegExp][] = [
    ['nothing', '   ', /Which repository/],
    ['a path upwards', '../../etc/passwd', /cannot|not an address/],
    ['a path upwards of two parts', '../passwd', /not a name/],
    ['an absolute path', '/etc/passwd', /not an address|not a name/],
    ['dots', '..', /not a name/],
    ['a double dot', 'org/na..me', /not a name/],
    ["a double dash, the cache folder's own mark", 'org/na--me', /not a name/],
    ['a git address', 'org/name.git', /not a name/],
    ['a leading dash', 'org/-name', /not a name/],
    ['an empty half', 'org/', /not a name/],
    ['three parts', 'org/name/file.bin', /hf:\/\/org\/name\/path/],
    ['a NUL', 'gpt2\0', /invisible/],
    ['a tab in between', 'gp\tt2', /invisible/],
    ['a right-to-left override', 'org/\u202Etxt.exe', /invisible/],
    ['a zero-width space', 'gpt\u200B2', /invisible/],
    ['letters that only look latin', 'оrg/nаme', /not a name/],
    ['spaces', 'my model', /spaces/],
    ['a name that is too long', `org/${'a'.repeat(97)}`, /not a name/],
    ['a text that is too long', 'a'.repeat(3000), /too long/],
    ['another host', 'https://github.com/org/name', /not on the Hub/],
    ['a host that begins like the Hub', 'https://huggingface.co.evil.example/org/name', /not on the Hub/],
    ['a host that ends like the Hub', 'https://nothuggingface.co/org/name', /not on the Hub/],
    ['another host behind a user name', 'https://huggingface.co@evil.example/org/name', /not on the Hub/],
    ['a backslash trick', 'https://huggingface.co\\@evil.example/org/name', /not on the Hub/],
    ['another scheme', 'file:///etc/passwd', /not on the Hub/],
    ['a script', 'javascript://huggingface.co/org/name', /not on the Hub/],
    ['dots in a link', 'https://huggingface.co/org/../../name', /not a name|path/],
    ['encoded dots in a link', 'https://huggingface.co/%2e%2e/name', /not a name/],
    ["an encoded slash in a link's name", 'https://huggingface.co/org%2F..%2Fx/name', /not a name/],
    ['a file path upwards', 'https://huggingface.co/org/name/blob/main/../../x', /path inside/],
    ['an encoded file path upwards', 'https://huggingface.co/org/name/blob/main/..%2F..%2Fx', /path inside/],
    ['a shown file upwards', 'https://huggingface.co/org/name?show_file_info=..%2F..%2Fx', /path inside/],
    ['a bidi override inside an encoded path', 'https://huggingface.co/org/name/blob/main/%E2%80%AEx', /path inside/],
    ['a file path upwards in hf://', 'hf://org/name/../../x', /path inside/],
    ['a revision upwards', 'org/name@../../x', /revision/],
    ['a revision that is a lock file', 'org/name@main.lock', /revision/],
    ['a revision with a dash first', 'org/name@-main', /revision/],
    ['an empty revision', 'org/name@', /revision/],
    ['an empty tag', 'org/name:', /quant/],
    ['a tag that is none', 'org/name:Q4/K', /not a name|quant|address|parts/],
    ['the Hub itself', 'https://huggingface.co/', /names no repository/],
    ['the list of models', 'https://huggingface.co/models?search=x', /names no repository/],
    ['the word datasets alone', 'datasets/', /names no repository/],
    ['a space', 'https://huggingface.co/spaces/org/name', /is a Space/],
    ['a paper', 'https://huggingface.co/papers/2307.09288', /is a paper/],
    ['a collection', 'hf.co/collections/unsloth/qwen3-680edabfb790c8c34a242f95', /is a collection/],
    ['an organisation', 'https://huggingface.co/organizations/org', /is an organisation/],
    ['the documentation', 'https://huggingface.co/docs/transformers', /page of the documentation/],
  ];
  test.each(cases)('%s', (_, text, sentence) => {
    expect(refusal(text)).toMatch(sentence);
  });

  test('the sentence shows a short, harmless piece of the text and never all of a long one', () => {
    for (const text of ['x'.repeat(3000), `https://evil.example/${'y'.repeat(1400)}`, `org/${'z'.repeat(1400)}`]) {
      expect(refusal(text).length).toBeLessThan(300);
    }
    expect(refusal('org/\u202Etxt.exe')).not.toMatch(/[\u202A-\u202E]/);
    expect(refusal('a\0b')).not.toContain('\0');
  });
});

describe('paths', () => {
  test.each([
    'config.json',
    'a/b/c.bin',
    '.gitattributes',
    '1_Pooling/config.json',
    'a b.txt',
    'ä/ö.txt',
    'C/x',
    '...',
  ])('%s may lie below a folder of ours', (path) => {
    expect(isSafePath(path)).toBe(true);
  });
  test.each([
    '',
    '/',
    '/etc/passwd',
    '..',
    '../x',
    'a/../b',
    'a/..',
    './a',
    'a/./b',
    'a//b',
    'a/',
    'a\\b',
    '..\\x',
    'C:/x',
    'c:x',
    'a\0b',
    'a\nb',
    '.git/config',
    'x/.GIT/hooks/post-checkout',
    'x'.repeat(256),
    `${'a/'.repeat(600)}b`,
    'ä'.repeat(128),
    '\uD800',
  ])('%j may not', (path) => {
    expect(isSafePath(path)).toBe(false);
  });
});

describe('names', () => {
  test('the cache folder is named by type and the id as typed', () => {
    expect(repoFolderName(model('gpt2'))).toBe('models--gpt2');
    expect(repoFolderName(model('openai-community/gpt2'))).toBe('models--openai-community--gpt2');
    expect(repoFolderName(dataset('org/name'))).toBe('datasets--org--name');
  });

  test.each([
    model('gpt2'),
    model('org/name', { revision: 'refs/pr/1' }),
    model('org/name', { revision: 'v1', tag: 'Q4_K_M' }),
    dataset('org/name', { tag: 'x' }),
    model('org/name', { path: 'a b/100%.txt' }),
    model('org/name', { revision: 'feature/x', path: 'a#b?.txt' }),
    dataset('squad', { revision: 'main', path: 'plain/train.json' }),
    model('org/name', { revision: 'main', folder: 'onnx/int8' }),
  ])('%j is the same after writing and reading', (ref) => {
    expect(parseRepoRef(formatRepoRef(ref))).toEqual(ref);
  });

  test('another revision is checked as if it had been typed', () => {
    expect(withRevision(model('gpt2'), 'v1')).toEqual(model('gpt2', { revision: 'v1' }));
    expect(() => withRevision(model('gpt2'), '../../x')).toThrow('cannot be a revision');
  });
});

describe('a link in a message', () => {
  const cases: [string, string | undefined][] = [
    ['look: https://huggingface.co/gpt2!', 'https://huggingface.co/gpt2'],
    ['(https://huggingface.co/org/name/tree/main)', 'https://huggingface.co/org/name/tree/main'],
    ['get hf.co/org/name:Q4_K_M, please', 'hf.co/org/name:Q4_K_M'],
    ['hf://datasets/org/name.', 'hf://datasets/org/name'],
    ['<https://huggingface.co/gpt2>', 'https://huggingface.co/gpt2'],
    ['[the model](https://huggingface.co/gpt2)', 'https://huggingface.co/gpt2'],
    ['see https://huggingface.co/docs/hub and https://huggingface.co/gpt2', 'https://huggingface.co/gpt2'],
    ['https://huggingface.co/papers/1234.5678', undefined],
    ['gpt2 or org/name', undefined],
    ['https://example.com/https://huggingface.co/gpt2', undefined],
    ['https://nothuggingface.co/gpt2', undefined],
    ['mail me at x@hf.co', undefined],
    ['', undefined],
  ];
  test.each(cases)('in %j', (text, expected) => {
    expect(findHubLinks(text)[0]).toBe(expected);
  });
});

describe('a Space', () => {
  test.each([
    'spaces/org/name',
    'https://huggingface.co/spaces/org/name',
    'hf.co/spaces/org/name/tree/main',
    ' spaces/org/name ',
  ])('is known in any form: %s', (text) => {
    expect(spaceIn(text)).toBe('org/name');
  });

  test.each([
    'org/name',
    'spaces',
    'https://huggingface.co/spaces',
    'spaces/org/..',
    'spaces/a b',
    `spaces/org/${'x'.repeat(2000)}`,
  ])('is nothing else: %s', (text) => {
    expect(spaceIn(text)).toBeUndefined();
  });

  test('is found among words', () => {
    expect(findSpace('see (https://hf.co/spaces/org/name), and gpt2')).toBe('https://hf.co/spaces/org/name');
    expect(findSpace('spaces/org/name is written by people, too')).toBeUndefined();
  });
});
