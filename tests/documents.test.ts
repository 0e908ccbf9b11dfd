import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { commandsPage } from '../scripts/commands.ts';
import { configurationPage } from '../scripts/configuration.ts';
import { FEATURES } from '../src/bot/features.ts';

const root = join(import.meta.dirname, '..');

/** What the documents name from here: folders of the project, and the rooms of `src`. */
const BASES = ['', 'src', 'tests'];

/** Made by running hubgram here: what lies in it is not the project's. */
const DATA = 'data';

/** Words in backticks that name a file or a folder of the project. */
const pathsIn = (text: string): readonly string[] => {
  const rooms = BASES.flatMap((base) => readdirSync(join(root, base), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && entry.name !== DATA)
    .map(({ name }) => name);
  return [...text.matchAll(/`([\w@./-]+)`/g)]
    .map(([, word = '']) => word)
    .filter((word) => /\w\.(?:ts|sql|md)$/.test(word) || rooms.some((room) => word.startsWith(`${room}/`)));
};

const names = new Set(
  ['src', 'playground', 'tests', 'bench', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => basename(file)),
  ),
);
const decisions = readdirSync(join(root, 'docs/decisions'));

/**
 * A path from the root or from the rooms; a file that is spoken of beside its folder by its name alone; a decision by its
 * number. Endings may be left out.
 */
const isThere = (path: string): boolean =>
  BASES.some((base) => ['', '.ts', '.test.ts'].some((ending) => existsSync(join(root, base, `${path}${ending}`)))) ||
  (!path.includes('/') && names.has(path)) ||
  decisions.some((decision) => path === `docs/decisions/${decision.slice(0, '0000'.length)}`);

const missingIn = (text: string): readonly string[] => pathsIn(text).filter((path) => !isThere(path));

const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...['deploying', 'hosts', 'operating', 'people', 'schedules', 'sources', 'storage', 'where-the-cache-lies'].map(
    (name) => `docs/${name}.md`,
  ),
  ...decisions.map((name) => `docs/decisions/${name}`),
];

/** Everything of ours that is written in Markdown. */
const PAGES = ['.', 'docs', 'docs/decisions', 'bench', 'deploy', 'playground'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

/** As GitHub makes the ends of links of titles: small letters, no punctuation, hyphens for spaces. */
const anchorsIn = (text: string): readonly string[] =>
  [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Where links and pictures of a page lead that are not there: files of ours, and titles in them. */
const deadLinksIn = (page: string, text: string): readonly string[] =>
  [...text.replace(/^```[^]*?^```/gm, '').matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)]
    .map(([, link, attribute]) => link ?? attribute ?? '')
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? join(root, page) : join(root, dirname(page), path);
      if (path !== '' && !existsSync(file)) return true;
      return anchor !== undefined && !anchorsIn(path === '' ? text : readFileSync(file, 'utf8')).includes(anchor);
    });

/** Rooms of `src`, and folders in them, that the floors of the map do not name: there each room begins a line. */
const roomsMissingIn = (map: string): readonly string[] => {
  const floors = /^## The floors$[^]*?^```\n([^]*?)^```$/m.exec(map)?.[1] ?? '';
  const parts = floors.split(/^(?=(?:\d {2}| {3})\w+(?:\/|\.ts) )/m);
  const foldersOf = (path: string): readonly string[] =>
    readdirSync(join(root, path), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  return foldersOf('src').flatMap((room) => {
    const part = parts.find((one) => new RegExp(`^(?:\\d {2}| {3})${room}/`).test(one));
    if (part === undefined) return [room];
    return foldersOf(join('src', room))
      .filter((folder) => !new RegExp(`\\b${folder}\\b`).test(part))
      .map((folder) => `${room}/${folder}`);
  });
};

/** Every word of the code, the schema and the settings. */
const written = new Set(
  ['src', 'migrations', 'scripts']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(?:ts|sql|mjs)$/.test(name))
        .map((name) => readFileSync(join(root, folder, name), 'utf8')),
    )
    .flatMap((text) => text.match(/\w+/g) ?? []),
);

/** Words in backticks that are written like names of the code, such as `claimNext` and `queue.renew()`, and are not in it. */
const unknownNamesIn = (text: string): readonly string[] =>
  [...text.replace(/^```[^]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)]
    .map(([, word = '']) => word)
    .filter(
      (word) => /^[a-z]\w*(?:\.\w+)?(?:\(\))?$/.test(word) && !isThere(word) && !/\.(?:json|yaml|db|key)$/.test(word),
    )
    .filter((word) => word.split(/\W+/).some((name) => name !== '' && !written.has(name)));

describe('the documents', () => {
  test('the check sees a path that leads nowhere, and leaves other words alone', () => {
    const wrong = ['src/bot/nowhere.ts', 'telegram/answers.ts', 'queue/nowhere', 'nowhere.ts', 'docs/decisions/9999'];
    expect(missingIn(wrong.map((path) => `see \`${path}\``).join(', '))).toEqual(wrong);
    const right = ['bot/board/board.ts', 'bot/board/board', 'queue/', 'board.ts', 'docs/decisions/0001'];
    expect(missingIn(right.map((path) => `\`${path}\``).join(', '))).toEqual([]);
    expect(missingIn('`/add org/name`, `snapshots/`, `org/name@revision`, `npm test`, `hubgram.yaml`')).toEqual([]);
  });

  test.each(DOCUMENTS)('%s names only what is there', (document) => {
    const text = readFileSync(join(root, document), 'utf8');
    expect(missingIn(text)).toEqual([]);
  });

  test.each(['README.md', 'CONTRIBUTING.md', 'docs/operating.md'])(
    '%s names only commands of npm that are there',
    (document) => {
      const { scripts } = z
        .object({ scripts: z.record(z.string(), z.string()) })
        .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
      const text = readFileSync(join(root, document), 'utf8');
      const named = [...text.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(start|test)\b)/g)].map(
        ([, script, own]) => script ?? own ?? '',
      );
      expect(named).toContain(document === 'docs/operating.md' ? 'doctor' : 'test');
      expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
    },
  );

  test.each([
    ['docs/commands.md', commandsPage()],
    ['docs/configuration.md', configurationPage()],
  ])('%s is as `npm run docs` writes it', (page, written) => {
    expect(readFileSync(join(root, page), 'utf8'), `${page} is old: npm run docs`).toBe(written);
  });

  test('the page of commands has each of them', () => {
    const names = FEATURES.flatMap(({ commands }) =>
      Object.entries(commands).flatMap(([name, { aliases = [] }]) => [name, ...aliases]),
    );
    const page = commandsPage();
    expect(names.filter((name) => !new RegExp(`\`/${name}[\` ]`).test(page))).toEqual([]);
  });

  test('the page of commands says of each what stands behind it and what it does', () => {
    const rows = [...commandsPage().matchAll(/^\| (`\/.*) \| (.*) \| (.*) \|$/gm)].map(([, ...cells]) => cells);
    expect(rows).toHaveLength(FEATURES.flatMap(({ commands }) => Object.keys(commands)).length);
    expect(rows.filter((cells) => cells.some((cell) => cell.trim() === ''))).toEqual([]);
    expect(commandsPage()).toContain('| `/try <name> [text]` | talks to a GGUF model | members |');
  });

  test('the check sees a link that leads nowhere', () => {
    const text = [
      '[a](README.md)',
      '[b](README.md#try-it)',
      '[c](nowhere.md)',
      '[d](README.md#nowhere)',
      '[e](#f)',
      '# F',
    ];
    expect(deadLinksIn('X.md', text.join('\n\n'))).toEqual(['nowhere.md', 'README.md#nowhere']);
  });

  test.each(PAGES)('%s has no link that leads nowhere', (page) => {
    expect(deadLinksIn(page, readFileSync(join(root, page), 'utf8'))).toEqual([]);
  });

  test('the README is short, and has a picture that moves, of less than 3 MB', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    expect(readme.split('\n').length).toBeLessThanOrEqual(150);
    const [, name = '', alt = ''] = /<img src="(docs\/[\w-]+\.webp)" width="\d+" alt="([^"]+)">/.exec(readme) ?? [];
    expect(alt).toMatch(/gpt2/);
    const picture = readFileSync(join(root, name));
    expect(picture.length).toBeLessThan(3_000_000);
    // Each moment of it is a frame: https://developers.google.com/speed/webp/docs/riff_container#animation
    expect(picture.toString('latin1').match(/ANMF/g)?.length).toBeGreaterThan(10);
  });

  test('the changelog tells of the version that this is', () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
    expect(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')).toMatch(new RegExp(`^## \\[${version}\\] - \\d{4}-`, 'm'));
  });

  test('each decision has a number of its own, and says it', () => {
    const numbers = decisions.map((name) => name.slice(0, '0000'.length));
    expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
    const said = decisions.map(
      (name) => /^# (\d+)\. /.exec(readFileSync(join(root, 'docs/decisions', name), 'utf8'))?.[1],
    );
    expect(said).toEqual(numbers.map((number) => String(Number(number))));
  });

  const map = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

  test('the map has every room, and every folder in it', () => {
    const unnamed = roomsMissingIn(map);
    expect(unnamed).toEqual([]);
    // It would see one that is gone from the map, and one that is new.
    expect(roomsMissingIn(map.replace('clearing/ (', '(').replace('   api/  ', '        '))).toEqual([
      'api',
      'bot/clearing',
    ]);
  });

  test('the map speaks of no function, column or setting that is gone', () => {
    expect(unknownNamesIn(map)).toEqual([]);
  });

  test('the check sees a name that is gone, and leaves other words alone', () => {
    expect(unknownNamesIn('`claimNext` of `queue.renew`, `add_requests.not_before`, `letGo`')).toEqual([]);
    expect(unknownNamesIn('`beginTwins`, `queue.resurrect()`, `add_wishes.not_before`, `npm test`')).toEqual([
      'beginTwins',
      'queue.resurrect()',
      'add_wishes.not_before',
    ]);
  });

  test('the map names something', () => {
    expect(pathsIn(map).length).toBeGreaterThan(30);
  });
});
