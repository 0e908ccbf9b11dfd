import { readAbout } from '../files/loads/about.ts';
import type { RepoFile } from '../listing.ts';
import type { Model } from '../model.ts';
import type { App, FileKind, FolderApp } from './app.ts';
import { byKind } from './by-kind.ts';
import type { Laid, Layout } from './laid.ts';
import { forLmStudio, forTextgen } from './language.ts';
import { forOllama } from './ollama.ts';
import { inPlainFolder } from './plain-folder.ts';

const LAYOUTS: Readonly<Record<FolderApp['kind'], (laid: Laid) => Layout>> = {
  lmstudio: forLmStudio,
  textgen: forTextgen,
  comfyui: byKind,
  automatic1111: byKind,
  folder: inPlainFolder,
};

/** More than any app reads of one model. */
const LINKS_MOST = 5000;

/**
 * Where an app looks for the files of a model, by what the repository says of itself, and by nothing that it does not say.
 * @param said what a person has answered, where that was asked
 */
export const layoutFor = (
  app: App,
  model: Laid['model'] & Pick<Model, 'metadata'>,
  files: readonly RepoFile[],
  said?: FileKind,
): Layout => {
  if (app.kind === 'ollama') return forOllama(app, model, files);
  const layout = LAYOUTS[app.kind]({ app, model, about: readAbout(model), files, said });
  if (layout.kind !== 'links' || layout.links.length <= LINKS_MOST) return layout;
  return {
    kind: 'none',
    reason: `It has ${layout.links.length} files, and at most ${LINKS_MOST} are linked: use the folder of its snapshot itself.`,
  };
};
