import type { Laid, Layout } from './laid.ts';
import { suffixOf } from './names.ts';

/** A folder of one's own: `<org>--<name>/`, with all files as the repository has them. */
export const inPlainFolder = ({ app, model, files }: Laid): Layout => {
  if (files.length === 0) return { kind: 'none', reason: 'It has no files.' };
  const id = model.name.replace('/', '--');
  const shownAs = `${model.repoType === 'dataset' ? 'datasets--' : ''}${id}${suffixOf(model, '@')}`;
  const links = files.map((file) => ({ file, folder: app.folder, path: `${shownAs}/${file.path}`, kept: '' }));
  return { kind: 'links', links, shownAs };
};
