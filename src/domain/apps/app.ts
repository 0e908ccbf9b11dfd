/* domain/apps: which programs are shown copies, and where each of them looks for what. */

/** Programs beside hubgram that models are shown to. */
export const APP_KINDS = ['lmstudio', 'comfyui', 'automatic1111', 'textgen', 'ollama', 'folder'] as const;
export type AppKind = (typeof APP_KINDS)[number];

/** A program on this machine that reads folders, as the configuration names it. */
export interface FolderApp {
  /** As people write it behind /link; see `isAppName`. */
  readonly name: string;
  readonly kind: Exclude<AppKind, 'ollama'>;
  /** Absolute path of the folder in which it looks for models. */
  readonly folder: string;
  /** ComfyUI with an `extra_model_paths.yaml`: the folder of each kind of file, absolute. */
  readonly folders?: Readonly<Partial<Record<FileKind, string>>>;
}

/** Ollama, which is spoken to. */
export interface OllamaApp {
  readonly name: string;
  readonly kind: 'ollama';
  /** Without a slash at the end. */
  readonly url: string;
  /** Absolute path of the folder in which it keeps its models, if hubgram may link into it. */
  readonly models?: string;
}

/** A program beside hubgram. */
export type App = FolderApp | OllamaApp;

/** What a file is to the programs that keep each kind in a folder of its own. */
export const FILE_KINDS = [
  'checkpoint',
  'diffusion_model',
  'lora',
  'vae',
  'text_encoder',
  'clip_vision',
  'controlnet',
  'embedding',
  'upscaler',
  'style_model',
  'audio_encoder',
  'model_patch',
] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** True for the name of a kind of file. */
export const isFileKind = (text: string): text is FileKind => (FILE_KINDS as readonly string[]).includes(text);

/** Short enough for a button, and without anything that would have to be quoted behind a command. */
export const isAppName = (name: string): boolean => /^[A-Za-z][\w-]{0,19}$/.test(name);

const PROPER_NAMES: Readonly<Record<AppKind, string>> = {
  lmstudio: 'LM Studio',
  comfyui: 'ComfyUI',
  automatic1111: 'AUTOMATIC1111',
  textgen: 'text-generation-webui',
  ollama: 'Ollama',
  folder: 'folder',
};

/** What people call it: by its own name where the configuration gives it no other. */
export const appLabel = ({ name, kind }: Pick<App, 'name' | 'kind'>): string =>
  name.toLowerCase() === kind ? PROPER_NAMES[kind] : name;

const plainWord = (text: string): string => text.toLowerCase().replaceAll(/[\s_-]/g, '');

/** The app that is meant by a word; undefined if there is none of that name. */
export const appCalled = (apps: readonly App[], text: string): App | undefined =>
  apps.find((app) => [app.name, appLabel(app)].some((name) => plainWord(name) === plainWord(text)));
