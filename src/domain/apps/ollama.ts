import { ggufModels } from '../files/gguf.ts';
import type { RepoFile } from '../listing.ts';
import type { OllamaApp } from './app.ts';
import type { Laid, Layout, PlannedLink } from './laid.ts';
import { baseName, publisherAndName } from './names.ts';

/** What Ollama takes for a part of a name (types/model/name.go): of the owner's without dots, and each at most 80 characters. */
const NAME_MOST = 80;
const part = (text: string, odd: RegExp): string =>
  text
    .replace(odd, '-')
    .replace(/^[-.]+/, '')
    .slice(0, NAME_MOST);

const isProjector = ({ path }: RepoFile): boolean => /mmproj/i.test(baseName(path));

/** Ollama: a model for each GGUF model, named by repository and quant, made of its file or shards, and of its projector. */
export const forOllama = (
  { url, models: folder }: OllamaApp,
  model: Laid['model'],
  files: readonly RepoFile[],
): Layout => {
  const models = ggufModels(files).filter(({ entry, isWhole }) => isWhole && !/mmproj|imatrix/i.test(baseName(entry)));
  if (models.length === 0) return { kind: 'none', reason: 'Ollama loads GGUF files, and none that is whole came.' };
  const [publisher, name] = publisherAndName(model);
  const owner = part(publisher, /[^A-Za-z0-9_-]/g);
  const repository = part(name, /[^A-Za-z0-9_.-]/g);
  const projectors = files.filter(isProjector);
  const links = models.map(({ label, files: own }): PlannedLink => {
    const [first] = own;
    const shown = `${owner}/${repository}:${part(label, /[^A-Za-z0-9_.-]/g)}`;
    return {
      file: first ?? { path: '', size: 0, etag: '' },
      folder: url,
      path: shown,
      kept: '',
      ollama: { files: [...own, ...projectors], ...(folder === undefined ? {} : { models: folder }) },
    };
  });
  return { kind: 'links', links, shownAs: links.map(({ path }) => path).join(', ') };
};
