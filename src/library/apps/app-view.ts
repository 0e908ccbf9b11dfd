import { type App, type AppKind, appLabel } from '../../domain/apps/app.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { ModelApp } from '../../domain/apps/link.ts';
import { maySuit } from '../../domain/apps/suits.ts';
import { readAbout } from '../../domain/files/loads/about.ts';
import type { Loads } from '../../domain/files/loads/loads.ts';
import type { Model } from '../../domain/model.ts';
import type { Store } from '../../store/store.ts';

/** A program that a model is, or shall be, linked to. */
export interface AppView extends Pick<ModelApp, 'app' | 'state' | 'shownAs' | 'message'> {
  /** As people call it. */
  readonly label: string;
  /** undefined: the configuration does not name it any more. */
  readonly kind: AppKind | undefined;
}

export interface AppViewDeps {
  readonly store: Store;
  /** As the configuration names them. */
  readonly apps: readonly App[];
}

/** To which programs a model is linked. */
export const appsShown = ({ store, apps }: AppViewDeps, { id }: Pick<Model, 'id'>): readonly AppView[] =>
  store.apps.appsOf(id).map(({ app: name, state, shownAs, message }) => {
    const app = apps.find((one) => one.name === name);
    return { app: name, label: app ? appLabel(app) : name, kind: app?.kind, state, shownAs, message };
  });

/** To which programs a model is linked, and which others may take it. */
export const appsOf = (
  deps: AppViewDeps,
  model: Model,
  loads: Loads,
): { readonly apps: readonly AppView[]; readonly appsLeft: readonly App[] } => {
  // Without any, which is usual, nothing is asked.
  const apps = appsShown(deps, model);
  const about = readAbout(model);
  const isLinked = (app: App): boolean => apps.some(({ app: name, state }) => name === app.name && state !== 'refused');
  // They are programs of the machine that the bot runs on.
  const isHere = model.hostId === THIS_HOST;
  const appsLeft = isHere && model.repoType === 'model' ? deps.apps.filter((app) => maySuit(app, loads, about)) : [];
  return { apps, appsLeft: appsLeft.filter((app) => !isLinked(app)) };
};
