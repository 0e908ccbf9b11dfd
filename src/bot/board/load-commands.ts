import { join } from 'node:path';
import { ggufModels, usualGguf } from '../../domain/gguf.ts';
import type { RepoFile } from '../../domain/listing.ts';
import type { Model } from '../../domain/model.ts';

interface LoadCommand {
  readonly label: string;
  readonly text: string;
}

/** The file llama.cpp is pointed at: of split models the first part; of several models the one it would take itself. */
const ggufEntry = (files: readonly RepoFile[]): string | undefined => usualGguf(ggufModels(files))?.entry;

const shellQuoted = (text: string): string =>
  /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/**
 * What one types to load a finished model, the loader that fits first.
 * @returns labels and commands; a command may be longer than a copy button holds
 */
export const loadCommands = (model: Model, files: readonly RepoFile[]): LoadCommand[] => {
  const pinned = model.revision === 'main' ? '' : `, revision="${model.revision}"`;
  if (model.repoType === 'dataset') {
    return [{ label: 'Copy load_dataset', text: `load_dataset("${model.name}"${pinned})` }];
  }
  const gguf = ggufEntry(files);
  if (gguf !== undefined) {
    const path = join(model.downloadPath ?? '', gguf);
    return [
      { label: 'Copy llama-cli', text: `llama-cli -m ${shellQuoted(path)}` },
      { label: 'Copy file path', text: path },
    ];
  }
  if (files.some((file) => file.path === 'model_index.json')) {
    return [{ label: 'Copy from_pretrained', text: `DiffusionPipeline.from_pretrained("${model.name}"${pinned})` }];
  }
  const revision = model.revision === 'main' ? '' : ` --revision ${shellQuoted(model.revision)}`;
  return [
    { label: 'Copy from_pretrained', text: `AutoModel.from_pretrained("${model.name}"${pinned})` },
    { label: 'Copy vllm serve', text: `vllm serve ${model.name}${revision}` },
  ];
};
