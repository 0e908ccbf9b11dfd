import { isGguf } from '../files/gguf.ts';
import { isTransformersModel } from '../files/library.ts';
import type { RepoFile } from '../listing.ts';
import type { Laid, Layout } from './laid.ts';
import { baseName, flatNames, publisherAndName, suffixOf } from './names.ts';

/** What llama.cpp computed a quantization with; no program loads it. */
const isModelFile = ({ path }: RepoFile): boolean => isGguf(path) && !/imatrix/i.test(baseName(path));
const isProjector = ({ path }: RepoFile): boolean => /mmproj/i.test(baseName(path));

/** Formats that text-generation-webui has a loader for besides transformers' own. */
const OTHER_FORMATS = ['exl2', 'exl3'];

/**
 * LM Studio: `<publisher>/<model>/<file>.gguf`, two folders deep and no more, the projector beside the model
 * (lmstudio.ai/docs/app/basics/import-model); a model of MLX as a folder of its files.
 */
export const forLmStudio = ({ app, model, about, files }: Laid): Layout => {
  const gguf = files.filter(isModelFile);
  const isMlx = about.libraryName === 'mlx' || about.tags.includes('mlx');
  const wanted = gguf.some((file) => !isProjector(file)) ? gguf : isMlx ? files : [];
  if (wanted.length === 0)
    return { kind: 'none', reason: 'LM Studio loads GGUF files and models of MLX, and none of these came.' };
  const place = publisherAndName(model).join('/');
  const names = gguf.length > 0 ? flatNames(wanted) : wanted.map(({ path }) => path);
  return {
    kind: 'links',
    links: wanted.map((file, at) => ({
      file,
      folder: app.folder,
      path: `${place}/${names[at] ?? file.path}`,
      kept: '',
    })),
    shownAs: place,
  };
};

/**
 * text-generation-webui: a GGUF file as it is, its shards in a folder; a model of transformers as a folder, named as its own
 * download-model.py names it.
 */
export const forTextgen = ({ app, model, about, files }: Laid): Layout => {
  const inFolder = (wanted: readonly RepoFile[], names: readonly string[]): Layout => {
    const [publisher, name] = publisherAndName(model);
    const shownAs = `${publisher}_${name}${suffixOf(model, '_')}`;
    const links = wanted.map((file, at) => ({
      file,
      folder: app.folder,
      path: `${shownAs}/${names[at] ?? file.path}`,
      kept: '',
    }));
    return { kind: 'links', links, shownAs };
  };
  const gguf = files.filter((file) => isModelFile(file) && !isProjector(file));
  const isSplit = gguf.some(({ path }) => /-\d{5}-of-\d{5}\.gguf$/i.test(path));
  if (isSplit) return inFolder(gguf, flatNames(gguf));
  if (gguf.length > 0) {
    const names = flatNames(gguf);
    const links = gguf.map((file, at) => ({ file, folder: app.folder, path: names[at] ?? file.path, kept: '' }));
    return { kind: 'links', links, shownAs: names.join(', ') };
  }
  const isLoaded =
    isTransformersModel(files) ||
    OTHER_FORMATS.some((format) => about.tags.includes(format) || about.libraryName === format);
  if (isLoaded)
    return inFolder(
      files,
      files.map(({ path }) => path),
    );
  return {
    kind: 'none',
    reason: 'text-generation-webui loads GGUF files and models of transformers, and none of these came.',
  };
};
