import { describe, expect, test } from 'vitest';
import { parseRepoRef } from '../../../src/domain/repo/repo.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import type { Source } from '../../../src/sources/port.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import {
  COMMIT,
  info,
  large,
  type OddHub,
  ordinary,
  regular,
  type Script,
  SHA1,
  SHA256,
  startOddHub,
} from './odd-hub.ts';

const TOKEN = 'secret-without-prefix';
const never = new AbortController().signal;

const hubAt = ({ url }: Pick<OddHub, 'url'>, token?: string): Source =>
  createHub({ endpoint: url, token, userAgent: 'hubgram-test/1', clock: systemClock });

const inspectWith = async (script: Script, text = 'org/name', token?: string) =>
  hubAt(await startOddHub(script), token).inspect(parseRepoRef(text), never);

describe('a repository', () => {
  test('is pinned to its commit and listed with true sizes and hashes', async () => {
    const server = await startOddHub(
      ordinary([
        { type: 'directory', oid: SHA1, size: 0, path: 'onnx' },
        regular('config.json', 665),
        large('model.safetensors'),
      ]),
    );
    const listing = await hubAt(server).inspect(parseRepoRef('org/name'), never);
    expect(listing).toEqual({
      type: 'model',
      id: 'org/name',
      canonicalId: 'org/name',
      commit: COMMIT,
      private: false,
      gated: false,
      license: 'mit',
      pipelineTag: 'text-generation',
      libraryName: 'transformers',
      tags: ['safetensors', 'license:mit'],
      lastModified: '2024-02-19T10:57:45.000Z',
      files: [
        { path: 'config.json', size: 665, etag: SHA1 },
        { path: 'model.safetensors', size: 548105171, etag: SHA256 },
      ],
    });
    expect(server.seen.map(({ path }) => path.split('?')[0])).toEqual([
      '/api/models/org/name/revision/main',
      `/api/models/org/name/tree/${COMMIT}`,
    ]);
    expect(server.seen.every(({ headers }) => headers['user-agent'] === 'hubgram-test/1')).toBe(true);
  });

  test('is listed with what the storage by chunks calls a large file, if it is a name of its kind', async () => {
    const xetHash = 'd'.repeat(64);
    const told = (path: string, given: unknown) => ({ ...(large(path) as object), xetHash: given });
    const tree = [told('a.bin', xetHash), told('b.bin', '../x'), told('c.bin', 7), large('d.bin')];
    const { files } = await inspectWith(ordinary(tree));
    expect(files.map((file) => file.xetHash)).toEqual([xetHash, undefined, undefined, undefined]);
  });

  test('is asked for at the revision that was meant, encoded', async () => {
    const server = await startOddHub(ordinary([regular('a')]));
    await hubAt(server).inspect(parseRepoRef('org/name@refs/pr/1'), never);
    expect(server.seen[0]?.path).toContain('/revision/refs%2Fpr%2F1?');
  });

  test('may be a dataset', async () => {
    const server = await startOddHub(ordinary([regular('data/a.parquet')]));
    const listing = await hubAt(server).inspect(parseRepoRef('datasets/org/name'), never);
    expect(listing).toMatchObject({
      type: 'dataset',
      id: 'org/name',
      license: 'mit',
      files: [{ path: 'data/a.parquet' }],
    });
    expect(server.seen[0]?.path).toMatch(/^\/api\/datasets\/org\/name\/revision\/main\?/);
  });

  test('that was renamed is found, and keeps both names', async () => {
    const server = await startOddHub((_request, _response, url) => {
      if (url.pathname.startsWith('/api/models/gpt2/')) {
        const location = url.pathname.replace('/gpt2/', '/openai-community/gpt2/') + url.search;
        return { status: 307, headers: { location }, body: `Temporary Redirect. Redirecting to ${location}` };
      }
      return url.pathname.includes('/tree/')
        ? { body: [regular('config.json'), large('model.safetensors')] }
        : { body: info({ id: 'openai-community/gpt2' }) };
    });
    const listing = await hubAt(server, TOKEN).inspect(parseRepoRef('gpt2'), never);
    expect(listing).toMatchObject({ id: 'gpt2', canonicalId: 'openai-community/gpt2' });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill(`Bearer ${TOKEN}`));
  });

  test('is known to be gated, private and licensed by a name of its own', async () => {
    const about = info({
      gated: 'manual',
      private: true,
      tags: ['license:other'],
      cardData: { license: 'other', license_name: 'llama3.1', 'model-index': [] },
    });
    expect(await inspectWith(ordinary([regular('a')], about))).toMatchObject({
      gated: 'manual',
      private: true,
      license: 'llama3.1',
    });
  });

  test('has a licence of one line that can be read, whatever stands in its card', async () => {
    const licensed = async (license_name: string) =>
      (await inspectWith(ordinary([regular('a')], info({ cardData: { license: 'other', license_name } })))).license;
    expect(await licensed(' mine\n\nand \u202eyours\u0007 ')).toBe('mine and yours');
    expect(await licensed('x'.repeat(9000))).toBe(`${'x'.repeat(99)}…`);
    expect(await licensed('\u200b\n')).toBeUndefined();
  });

  test('with hardly any information is listed all the same', async () => {
    const listing = await inspectWith(ordinary([regular('a')], { id: 'org/name', sha: COMMIT }));
    expect(listing).toMatchObject({
      private: false,
      license: undefined,
      pipelineTag: undefined,
      tags: [],
      lastModified: undefined,
    });
  });

  test('that is disabled is refused', async () => {
    await expect(inspectWith(ordinary([], info({ disabled: true })))).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('has been disabled'),
    });
  });

  test('is refused when the Hub answers for another commit than was asked for', async () => {
    await expect(inspectWith(ordinary([regular('a')]), `org/name@${'a'.repeat(40)}`)).rejects.toThrow('another commit');
  });
});

describe('a list of several pages', () => {
  const files = Array.from({ length: 2500 }, (_, number) =>
    regular(`data/${String(number).padStart(4, '0')}.bin`, number),
  );

  /** Pages of a thousand; `link` makes the Link header of the next page from its path. */
  const paged =
    (link: (path: string) => string): Script =>
    (_request, _response, url) => {
      if (!url.pathname.includes('/tree/')) return { body: info() };
      const from = Number(url.searchParams.get('cursor') ?? 0);
      const next = `${url.pathname}?recursive=true&limit=1000&cursor=${from + 1000}`;
      const headers: Record<string, string> = from + 1000 < files.length ? { link: link(next) } : {};
      return { headers, body: files.slice(from, from + 1000) };
    };

  test('is read to its end, 2,500 files over three pages, with the token on each', async () => {
    let host = '';
    const server = await startOddHub((...all) => paged((path) => `<http://${host}${path}>; rel="next"`)(...all));
    host = server.host;
    const listing = await hubAt(server, TOKEN).inspect(parseRepoRef('org/name'), never);
    expect(listing.files).toHaveLength(2500);
    expect(listing.files.at(-1)).toEqual({ path: 'data/2499.bin', size: 2499, etag: SHA1 });
    expect(server.seen).toHaveLength(4);
    expect(server.seen.every(({ headers }) => headers.authorization === `Bearer ${TOKEN}`)).toBe(true);
  });

  test('is not cut short where the address of the next page is relative', async () => {
    const { files: found } = await inspectWith(paged((path) => `<${path}>; rel="next"`));
    expect(new Set(found.map(({ path }) => path)).size).toBe(2500);
  });

  test('is read from the mirror although its pages name the Hub', async () => {
    const { files: found } = await inspectWith(paged((path) => `<https://huggingface.co${path}>;rel="next"`));
    expect(new Set(found.map(({ path }) => path)).size).toBe(2500);
  });

  test('is refused if it goes on at another host, which is not even asked', async () => {
    const other = await startOddHub(() => ({ body: [] }));
    const server = await startOddHub(paged((path) => `<${other.url}${path}>; rel="next"`));
    await expect(hubAt(server, TOKEN).inspect(parseRepoRef('org/name'), never)).rejects.toMatchObject({
      code: 'integrity',
      message: expect.stringContaining(`sent us on to ${other.host}`),
    });
    expect(other.seen).toEqual([]);
  });

  test('is given up if it has no end', async () => {
    const script: Script = (_request, _response, url) =>
      url.pathname.includes('/tree/')
        ? { headers: { link: `<${url.pathname}?again>; rel="next"` }, body: [] }
        : { body: info() };
    await expect(inspectWith(script)).rejects.toThrow('without end');
  });
});

describe('the token', () => {
  test('does not go to another host that a redirect names, and that host is not asked', async () => {
    const other = await startOddHub(() => ({ body: info() }));
    const server = await startOddHub(() => ({
      status: 307,
      headers: { location: `${other.url}/api/models/org/name` },
    }));
    await expect(hubAt(server, TOKEN).inspect(parseRepoRef('org/name'), never)).rejects.toMatchObject({
      code: 'integrity',
    });
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(other.seen).toEqual([]);
  });

  test('is not made up where there is none', async () => {
    const server = await startOddHub(ordinary([regular('a')]));
    await hubAt(server, '').inspect(parseRepoRef('org/name'), never);
    expect(server.seen.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test('that cannot stand in a header is refused without being shown', () => {
    expect(() => hubAt({ url: 'http://127.0.0.1:1' }, 'hf_abc\ndef')).toThrow('HF_TOKEN holds characters');
    expect(() => hubAt({ url: 'http://127.0.0.1:1' }, 'hf_abc\ndef')).not.toThrow('abc');
  });
});

describe('a path that would hurt the disk', () => {
  test.each([
    '../x',
    '../../../../etc/passwd',
    'a/../../x',
    '/etc/passwd',
    'a\\b',
    '..\\x',
    'C:\\x',
    'a//b',
    'a/',
    './a',
    'a/.',
    'a\0b',
    'a\nb',
    '',
    '.git/config',
    'x'.repeat(300),
  ])('stands apart, and the others are listed: %j', async (path) => {
    const listing = await inspectWith(ordinary([large('model.safetensors'), regular(path)]));
    expect(listing.files.map((file) => file.path)).toEqual(['model.safetensors']);
    expect(listing.unsafe).toEqual([{ path, size: 10, etag: SHA1 }]);
  });
});

describe('a list that would hurt the disk is refused as a whole', () => {
  test('because it names a path twice', async () => {
    await expect(inspectWith(ordinary([regular('a'), large('a')]))).rejects.toMatchObject({ code: 'integrity' });
  });

  test('because a file is the folder of another', async () => {
    await expect(inspectWith(ordinary([regular('a/b/c'), regular('a/b')]))).rejects.toMatchObject({
      code: 'integrity',
    });
  });

  test.each([
    ['a hash that is a path', { type: 'file', oid: '../../x', size: 1, path: 'a' }],
    ['no hash', { type: 'file', size: 1, path: 'a' }],
    ['a negative size', { type: 'file', oid: SHA1, size: -1, path: 'a' }],
    ['a size that is no number', { type: 'file', oid: SHA1, size: '1', path: 'a' }],
    ['no path', { type: 'file', oid: SHA1, size: 1 }],
    ['nothing', null],
  ])('because a file has %s', async (_, entry) => {
    await expect(inspectWith(ordinary([entry]))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('not as the Hub does'),
    });
  });
});

describe("an answer that is not the Hub's", () => {
  const cases: [string, Script][] = [
    ['a login page', () => ({ headers: { 'content-type': 'text/html' }, body: '<html>Log in to this network</html>' })],
    ['an empty answer', () => ({ body: '' })],
    ['a list where an object belongs', () => ({ body: [] })],
    ['an object where a list belongs', ordinary({ error: 'x' })],
    ['null', () => ({ body: 'null' })],
    ['no commit', ordinary([], info({ sha: undefined }))],
    ['a commit that is a path', ordinary([], info({ sha: '../../x' }))],
    ['an id that is a path', ordinary([], info({ id: '../../x/y' }))],
    ['no content', () => ({ status: 204 })],
    ['a redirect without a target', () => ({ status: 302 })],
    ['a redirect to nowhere', () => ({ status: 302, headers: { location: 'http://' } })],
    ['redirects without end', () => ({ status: 307, headers: { location: '/again' } })],
  ];
  test.each(cases)('%s', async (_, script) => {
    await expect(inspectWith(script)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('not as the Hub does'),
    });
  });

  test('a body without end is given up', async () => {
    const server = await startOddHub((_request, response) => {
      const block = Buffer.alloc(2 ** 20, ' ');
      const more = (): void => {
        while (!response.destroyed && response.write(block));
        response.once('drain', more);
      };
      more();
      return undefined;
    });
    await expect(hubAt(server).inspect(parseRepoRef('org/name'), never)).rejects.toMatchObject({
      code: 'integrity',
      message: expect.stringContaining('without end'),
    });
  });
});

describe('a list that is too long', () => {
  const long = [
    ...Array.from({ length: 30 }, (_, at) => regular(`part-${at}.json`, 10)),
    large('model.safetensors'),
    regular('../escape.json', 10),
  ];
  const inspectUpTo = async (filesMost: number, keeps?: (path: string) => boolean) => {
    const server = await startOddHub(ordinary(long));
    const hub = createHub({ endpoint: server.url, userAgent: 'hubgram-test/1', clock: systemClock, filesMost });
    return hub.inspect(parseRepoRef('org/name'), never, keeps);
  };

  test('is refused with a sentence that says what would help', async () => {
    await expect(inspectUpTo(31)).rejects.toThrow(
      'The model org/name has more than 31 files. Choose fewer, for example with include=*.safetensors.',
    );
  });

  test('is given whole where it is as long as it may be, whatever was asked for', async () => {
    const listing = await inspectUpTo(32, (path) => path.endsWith('.safetensors'));
    expect(listing.files.length + (listing.unsafe?.length ?? 0)).toBe(32);
  });

  test('is cut to what was asked for', async () => {
    const listing = await inspectUpTo(3, (path) => path.endsWith('.safetensors') || path === 'part-2.json');
    expect(listing.files.map(({ path }) => path)).toEqual(['part-2.json', 'model.safetensors']);
    expect(listing.unsafe).toBe(undefined);
  });

  test('is refused where what was asked for is too long as well', async () => {
    await expect(inspectUpTo(20, (path) => path.endsWith('.json'))).rejects.toThrow('more than 20 files');
  });
});
