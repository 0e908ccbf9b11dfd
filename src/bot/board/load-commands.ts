import { join } from 'node:path';
import type { ByNameAlone, Loads } from '../../domain/files/loads/loads.ts';
import type { Model } from '../../domain/model.ts';
import { webFileParts } from '../../domain/repo/web-file.ts';

/** What one types to load a model. */
export interface LoadCommand {
  readonly label: string;
  readonly text: string;
}

/** Where a model lies: its folder; of a file from a web address the file itself, since its folder holds others too. Empty before it is there. */
export const pathOf = ({ name, downloadPath }: Pick<Model, 'name' | 'downloadPath'>): string => {
  const file = webFileParts(name);
  return downloadPath !== null && file ? join(downloadPath, file.name) : (downloadPath ?? '');
};

const shellQuoted = (text: string): string =>
  /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** A call in Python, its arguments quoted as Python and JSON both read them. */
const call = (
  name: string,
  first: string,
  named: Readonly<Record<string, string | boolean | undefined>> = {},
): string => {
  const rest = Object.entries(named).flatMap(([key, value]) =>
    value === undefined || value === false
      ? []
      : [`${key}=${typeof value === 'boolean' ? 'True' : JSON.stringify(value)}`],
  );
  return `${name}(${[JSON.stringify(first), ...rest].join(', ')})`;
};

const FROM_PRETRAINED = 'Copy from_pretrained';

type Of<Kind extends Loads['kind']> = Extract<Loads, { readonly kind: Kind }>;

const revisionOf = ({ revision }: Model): string | undefined => (revision === 'main' ? undefined : revision);

const flagsOf = ({ revision }: Model): string => (revision === 'main' ? '' : ` --revision ${shellQuoted(revision)}`);

const ofTransformers = (model: Model, loads: Of<'transformers'>): LoadCommand[] => {
  const { autoModel, variant, isServed, hasCode } = loads;
  const options = { revision: revisionOf(model), variant, trust_remote_code: hasCode };
  const served = `vllm serve ${model.name}${flagsOf(model)}${hasCode ? ' --trust-remote-code' : ''}`;
  return [
    { label: FROM_PRETRAINED, text: call(`${autoModel}.from_pretrained`, model.name, options) },
    ...(isServed ? [{ label: 'Copy vllm serve', text: served }] : []),
  ];
};

/** An adapter is put on what it was made for. */
const ofAdapter = (model: Model, { base, autoModel }: Of<'peft'>): LoadCommand[] => {
  if (base === undefined) return [];
  const revision = revisionOf(model);
  const loaded = call(`${autoModel}.from_pretrained`, base);
  const rest = revision === undefined ? '' : `, revision=${JSON.stringify(revision)}`;
  return [
    { label: FROM_PRETRAINED, text: `PeftModel.from_pretrained(${loaded}, ${JSON.stringify(model.name)}${rest})` },
  ];
};

const ofGguf = (model: Model, { entry, embeds }: Of<'llama.cpp'>): LoadCommand[] => {
  const path = join(model.downloadPath ?? '', entry);
  const program = embeds ? 'llama-embedding' : 'llama-cli';
  return [
    { label: `Copy ${program}`, text: `${program} -m ${shellQuoted(path)}` },
    { label: 'Copy file path', text: path },
  ];
};

const ofWhisper = (model: Model, { entry }: Of<'whisper.cpp'>): LoadCommand[] => {
  const path = join(model.downloadPath ?? '', entry);
  return [
    { label: 'Copy whisper-cli', text: `whisper-cli -m ${shellQuoted(path)}` },
    { label: 'Copy file path', text: path },
  ];
};

/** By its path: of a name transformers.js would fetch it once more, into a cache of its own. */
const ofTransformersJs = ({ name, downloadPath }: Model, { task, dtype }: Of<'transformers.js'>): LoadCommand[] => {
  const said = [task, downloadPath ?? name].map((text) => JSON.stringify(text)).join(', ');
  return [{ label: 'Copy pipeline', text: `await pipeline(${said}, { dtype: ${JSON.stringify(dtype)} })` }];
};

const ofFile = (model: Model, entry: string | undefined): LoadCommand[] =>
  entry === undefined ? [] : [{ label: 'Copy file path', text: join(model.downloadPath ?? '', entry) }];

/** Libraries that need to be told the name, or where it lies, and no more. */
const ofLibrary = (model: Model, library: ByNameAlone): LoadCommand => {
  const { name, downloadPath } = model;
  const revision = revisionOf(model);
  const at = revision === undefined ? '' : `@${revision}`;
  switch (library) {
    case 'sentence-transformers':
      return { label: 'Copy SentenceTransformer', text: call('SentenceTransformer', name, { revision }) };
    case 'timm':
      return {
        label: 'Copy create_model',
        text: call('timm.create_model', `hf_hub:${name}${at}`, { pretrained: true }),
      };
    case 'open_clip':
      return {
        label: 'Copy create_model',
        text: call('open_clip.create_model_from_pretrained', `hf-hub:${name}${at}`),
      };
    case 'mlx':
      return { label: 'Copy mlx_lm', text: `mlx_lm.generate --model ${shellQuoted(downloadPath ?? name)}` };
    case 'faster-whisper':
      return { label: 'Copy WhisperModel', text: call('WhisperModel', downloadPath ?? name) };
  }
};

const MISTRAL = '--tokenizer-mode mistral --config-format mistral --load-format mistral';

/**
 * What one types to load a finished model, the loader that fits first; nothing where nothing fits.
 * @returns labels and commands; a command may be longer than a copy button holds
 */
export const loadCommands = (model: Model, loads: Loads): LoadCommand[] => {
  const { name } = model;
  const revision = revisionOf(model);
  switch (loads.kind) {
    case 'datasets':
      return [{ label: 'Copy load_dataset', text: call('load_dataset', name, { revision }) }];
    case 'llama.cpp':
      return ofGguf(model, loads);
    case 'whisper.cpp':
      return ofWhisper(model, loads);
    case 'transformers.js':
      return ofTransformersJs(model, loads);
    case 'diffusers': {
      const text = call('DiffusionPipeline.from_pretrained', name, { revision, variant: loads.variant });
      return [{ label: FROM_PRETRAINED, text }];
    }
    case 'transformers':
      return ofTransformers(model, loads);
    case 'mistral':
      return [{ label: 'Copy vllm serve', text: `vllm serve ${name}${flagsOf(model)} ${MISTRAL}` }];
    case 'peft':
      return ofAdapter(model, loads);
    case 'nemo': {
      const text = call('ASRModel.restore_from', join(model.downloadPath ?? '', loads.entry));
      return [{ label: 'Copy restore_from', text }, ...ofFile(model, loads.entry)];
    }
    case 'weights':
      return ofFile(model, loads.entry);
    case 'parts':
    case 'nothing':
      return [];
    case 'library':
      return [ofLibrary(model, loads.library)];
  }
};
