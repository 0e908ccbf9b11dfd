import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import type * as Yaml from 'yaml';
import { z } from 'zod';
import { type App, APP_KINDS, appLabel, type FileKind, isAppName } from '../domain/apps/app.ts';
import { COMFYUI_FOLDERS } from '../domain/apps/file-kind.ts';
import { codeOf } from '../lib/error-code.ts';
import { shorten } from '../lib/text/shorten.ts';
import { expandPath, type PathBase } from './paths.ts';
import type { Reader } from './sources.ts';
import { serverUrl } from './values.ts';

const KINDS = APP_KINDS.join(', ');
const APPS_MOST = 20;

const Shape = z.strictObject(
  {
    kind: z.enum(APP_KINDS, { error: `expected one of ${KINDS}` }),
    path: z.string({ error: 'expected a folder, such as ~/.lmstudio/models' }).min(1),
    models: z.string({ error: 'expected the folder in which Ollama keeps its models' }).min(1).optional(),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'expected a kind and a path') },
);

/** A section of it: where its folders lie, and the folders, several in a text of several lines. */
const Section = z.looseObject({ base_path: z.string().optional() });
const Sections = z.record(z.string(), Section.nullable());

type Folders = Partial<Record<FileKind, string>>;

/** The first folder of each kind: there the links go. Relative paths are taken as ComfyUI takes them (utils/extra_config.py). */
const foldersIn = (sections: z.infer<typeof Sections>, file: string, around: PathBase): Folders => {
  const folders: Folders = {};
  const beside = { ...around, cwd: dirname(file) };
  for (const section of Object.values(sections)) {
    const { base_path: base, ...kinds } = section ?? {};
    for (const [key, value] of Object.entries(kinds)) {
      const kind = COMFYUI_FOLDERS[key];
      const [first] = typeof value === 'string' ? value.split('\n').filter((line) => line.trim() !== '') : [];
      if (kind === undefined || first === undefined) continue;
      const path = first.trim();
      const isBelow = base !== undefined && !isAbsolute(path);
      folders[kind] ??= expandPath(isBelow ? join(base, path) : path, beside);
    }
  }
  return folders;
};

/** What a YAML document says; undefined of none, and of one whose aliases lead nowhere or never end. */
const contentOf = (text: string): unknown => {
  // Loaded for this alone, which few have.
  const { parseDocument } = createRequire(import.meta.url)('yaml') as typeof Yaml;
  const document = parseDocument(text, { prettyErrors: false });
  try {
    return document.errors.length === 0 ? document.toJS() : undefined;
  } catch {
    return undefined;
  }
};

const readFolders = (label: string, file: string, around: PathBase, { readFile, mistake }: Reader): Folders => {
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    mistake(`${label}.path: ${file} can't be read (${codeOf(error)}).`);
    return {};
  }
  const read = Sections.safeParse(contentOf(text));
  const folders = read.success ? foldersIn(read.data, file, around) : {};
  if (Object.keys(folders).length === 0)
    mistake(`${label}.path: ${file} names no folders as ComfyUI’s extra_model_paths.yaml does.`);
  return folders;
};

const isYaml = (path: string): boolean => /\.ya?ml$/i.test(path);

const readApp = (name: string, given: unknown, around: PathBase, reader: Reader): App | undefined => {
  const label = `apps.${shorten(name, 40)}`;
  if (!isAppName(name)) {
    reader.mistake(
      `${label}: a name begins with a letter and has up to 20 letters, digits, - and _, such as lmstudio.`,
    );
    return undefined;
  }
  const read = Shape.safeParse(given);
  if (!read.success) {
    for (const { path, message } of read.error.issues) reader.mistake(`${[label, ...path].join('.')}: ${message}.`);
    return undefined;
  }
  const { kind, path, models } = read.data;
  if (kind === 'ollama') {
    const url = serverUrl.safeParse(path);
    if (!url.success) reader.mistake(`${label}.path: expected Ollama’s address, such as http://127.0.0.1:11434.`);
    const store = models === undefined ? {} : { models: expandPath(models, around) };
    return url.success ? { name, kind, url: url.data, ...store } : undefined;
  }
  if (models !== undefined) reader.mistake(`${label}.models: only Ollama has a folder besides its path.`);
  const folder = expandPath(path, around);
  if (!isYaml(path)) return { name, kind, folder };
  if (kind !== 'comfyui') {
    reader.mistake(`${label}.path: expected a folder; only ComfyUI has a file that names its folders.`);
    return undefined;
  }
  return { name, kind, folder: dirname(folder), folders: readFolders(label, folder, around, reader) };
};

/**
 * Reads `apps` of the YAML file: `{lmstudio: {kind: lmstudio, path: ~/.lmstudio/models}, …}`. Whether the folders are
 * there is looked at when something is linked: a disk may be away at a start.
 */
export const readApps = (given: unknown, around: PathBase, reader: Reader): readonly App[] => {
  if (given === undefined) return [];
  const named = z.record(z.string(), z.unknown()).safeParse(given);
  if (!named.success) {
    reader.mistake('apps: expected names, each with a kind and a path, such as lmstudio: {kind: lmstudio, path: …}.');
    return [];
  }
  const entries = Object.entries(named.data);
  if (entries.length > APPS_MOST) reader.mistake(`apps: at most ${APPS_MOST} are possible.`);
  const apps = entries.flatMap(([name, app]) => readApp(name, app, around, reader) ?? []);
  const twice = apps.find((app, at) => apps.findIndex((other) => isSameName(app, other)) < at);
  if (twice) reader.mistake(`apps.${twice.name}: another one has the same name, but for capital letters.`);
  return apps;
};

const isSameName = (one: App, other: App): boolean => one.name.toLowerCase() === other.name.toLowerCase();

/** A line for each, as `--check-config` shows them. */
export const describeApps = (apps: readonly App[]): readonly string[] =>
  apps.map((app) => {
    const label = appLabel({ name: app.kind, kind: app.kind });
    if (app.kind === 'ollama') {
      const store = app.models === undefined ? '' : `, its models in ${app.models}`;
      return `App ${app.name}: ${label}, ${app.url}${store}`;
    }
    const folders = Object.entries(app.folders ?? {}).map(([kind, folder]) => `${kind} ${folder}`);
    const where = folders.length > 0 ? folders.join(', ') : app.folder;
    return `App ${app.name}: ${label}, ${where}`;
  });
