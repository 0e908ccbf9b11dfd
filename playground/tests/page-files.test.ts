import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPageFiles } from '../page-files.ts';

describe('the files of the chat page', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hubgram-page-'));
    await mkdir(join(folder, 'words'));
    await writeFile(join(folder, 'index.html'), '<a href="#top"></a><script src="/main.js"></script>');
    await writeFile(join(folder, 'main.js'), "import './words/one.js';");
    await writeFile(join(folder, 'words/one.js'), 'one');
    await writeFile(join(folder, 'words/secret.txt'), 'secret');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const read = async (path: string, files: Awaited<ReturnType<typeof openPageFiles>>) => {
    const found = await files.find(path);
    return found && { ...found, body: String(found.body) };
  };
  const script = (page: { readonly body: string } | undefined): string =>
    /src="([^"]+)"/.exec(page?.body ?? '')?.[1] ?? '';
  const KEPT = 'max-age=31536000, immutable';

  test('are kept by a browser, and asked for anew once any of them was changed', async () => {
    const files = await openPageFiles(folder);
    const page = await read('/', files);
    expect(page).toMatchObject({ type: 'text/html; charset=utf-8', caching: 'no-cache' });
    expect(page?.body).toContain('href="#top"');
    const before = script(page);
    expect(before).toMatch(/^\/version-[0-9a-f]{16}\/main\.js$/);
    // Nothing was changed: what is kept is used again, after a new start of the playground too.
    expect(script(await read('/', files))).toBe(before);
    expect(script(await read('/', await openPageFiles(folder)))).toBe(before);
    // Relative to it is where the browser looks for what it imports.
    const one = new URL('./words/one.js', `http://127.0.0.1${before}`).pathname;
    expect(await read(one, files)).toEqual({ type: 'text/javascript; charset=utf-8', body: 'one', caching: KEPT });

    await writeFile(join(folder, 'words/one.js'), 'another one');
    const after = script(await read('/', files));
    expect(after).not.toBe(before);
    expect(await read(new URL('./words/one.js', `http://127.0.0.1${after}`).pathname, files)).toMatchObject({
      body: 'another one',
      caching: KEPT,
    });
    // A page that was open before goes on, and keeps nothing of what came later.
    expect(await read(one, files)).toMatchObject({ body: 'another one', caching: 'no-cache' });
  });

  test('lead to what there is when one of them is gone', async () => {
    const files = await openPageFiles(folder);
    const before = script(await read('/', files));
    await rm(join(folder, 'words/one.js'));
    const after = script(await read('/', files));
    expect(after).not.toBe(before);
    expect(await read(after, files)).toMatchObject({ body: "import './words/one.js';", caching: KEPT });
  });

  test('are found without a version, too, and nothing else is', async () => {
    const files = await openPageFiles(folder);
    const main = script(await read('/', files));
    expect(await read('/main.js', files)).toMatchObject({ body: "import './words/one.js';", caching: 'no-cache' });
    for (const path of [
      '/words/secret.txt',
      '/words',
      '/../main.js',
      main.replace('main.js', 'words/secret.txt'),
      main.replace('/main.js', ''),
      `${main}/x`,
    ])
      expect({ path, found: await read(path, files) }).toEqual({ path, found: undefined });
  });
});
