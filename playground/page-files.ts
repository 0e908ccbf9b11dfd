import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Asked for each time. */
const ASKED = 'no-cache';
/** A year is the most that browsers keep anything. */
const KEPT = 'max-age=31536000, immutable';

interface PageFile {
  readonly type: string;
  readonly body: string | Buffer;
  /** `Cache-Control` */
  readonly caching: string;
}

interface PageFiles {
  /** @returns nothing if there is no such file: nothing else of the disk can be asked for, whatever the path looks like */
  readonly find: (pathname: string) => Promise<PageFile | undefined>;
}

/**
 * The files of a page without a build step: some fifty, of which most are modules that the browser finds one by one. `/` leads to them under a
 * path that is another one as soon as one of them was changed, so that a browser keeps them: whoever loads the page again asks for it alone.
 */
export const openPageFiles = async (folder: string): Promise<PageFiles> => {
  const names = (await readdir(folder, { recursive: true })).filter((name) => TYPES[extname(name)] !== undefined);
  const byPath = new Map(names.map((name) => [`/${name.replaceAll('\\', '/')}`, join(folder, name)]));

  let newest: string | undefined;
  const version = async (): Promise<string> => {
    // One that is gone since is another state, and no reason to show nothing.
    const stats = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
    const states = stats.map((found, at) => [names[at], found?.size, found?.mtimeMs]);
    return `/version-${createHash('sha256').update(JSON.stringify(states)).digest('hex').slice(0, 16)}`;
  };

  const find = async (pathname: string): Promise<PageFile | undefined> => {
    if (pathname === '/') {
      newest = await version();
      const html = await readFile(join(folder, 'index.html'), 'utf8');
      const body = html.replaceAll(/\b(src|href)="\//g, `$1="${newest}/`);
      return { type: TYPES['.html'] ?? '', body, caching: ASKED };
    }
    const [, asked, path = pathname] = /^(\/version-[0-9a-f]+)(\/.*)$/.exec(pathname) ?? [];
    const file = byPath.get(path);
    if (file === undefined) return undefined;
    // A page of before goes on with what there is now, and nobody keeps that as what was before.
    const caching = asked !== undefined && asked === newest ? KEPT : ASKED;
    return { type: TYPES[extname(file)] ?? '', body: await readFile(file), caching };
  };

  return { find };
};
