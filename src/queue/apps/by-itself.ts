import type { App } from '../../domain/apps/app.ts';
import { layoutFor } from '../../domain/apps/layout.ts';
import { maySuit } from '../../domain/apps/suits.ts';
import { readAbout } from '../../domain/files/loads/about.ts';
import { whatLoads } from '../../domain/files/loads/loads.ts';
import type { RepoFile } from '../../domain/listing.ts';
import type { Model } from '../../domain/model.ts';
import { createChatSettings } from '../../settings/chat-settings.ts';
import type { LinkingDeps } from './make-links.ts';

/** Nothing has to be asked for it, and nothing is copied. */
const goesByItself = (app: App, model: Model, files: readonly RepoFile[]): boolean => {
  if (app.kind === 'ollama' && app.models === undefined) return false;
  const isSuited = maySuit(app, whatLoads(model, files), readAbout(model));
  return isSuited && layoutFor(app, model, files).kind === 'links';
};

const wantAll = async ({ store, apps }: LinkingDeps, model: Model): Promise<void> => {
  if (model.copyId === null) return;
  const files = await store.copies.readCopyFiles(model.copyId);
  const known = new Set(store.apps.appsOf(model.id).map(({ app }) => app));
  for (const app of apps)
    if (!known.has(app.name) && goesByItself(app, model, files)) store.apps.wantApp(model.id, app.name, null);
};

/** Models that have just come are shown to every app that takes them, where their chat has said so (`always_link`). */
export const wantByItself = async (deps: LinkingDeps): Promise<void> => {
  const { store } = deps;
  const settings = createChatSettings(store);
  for (const id of store.apps.modelsToLink()) {
    const model = store.models.getModel(id);
    if (model?.repoType === 'model' && settings.chat(model.chatId).always_link) await wantAll(deps, model);
    store.apps.setConsidered(id);
  }
};
