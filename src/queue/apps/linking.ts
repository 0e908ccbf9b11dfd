import type { AppLink } from '../../domain/apps/link.ts';
import { isForNow, messageOf } from '../../domain/errors.ts';
import type { LinkFound } from '../../copies/executor.ts';
import type { Log } from '../../lib/log.ts';
import { checkLinks } from './check-links.ts';
import { linkModel, type LinkingDeps } from './make-links.ts';

/** Shows models to other programs: what rows say of it is done here. */
export interface Linking {
  /** Links what waits for it, then takes away what is to go. Resolves when all that was written down before is done. */
  readonly look: () => Promise<void>;
  /** Looks whether all links are what they were, and tries again what could not be done: every night. */
  readonly check: (signal: AbortSignal) => Promise<void>;
}

const DROPPED_AT_ONCE = 100;

const isOfAnother = ({ store }: LinkingDeps, { folder, path, modelId, app }: AppLink): boolean =>
  store.apps
    .linksAt(folder, path)
    .some((link) => (link.modelId !== modelId || link.app !== app) && link.state !== 'going');

/** What another model is seen by stays on the disk; only this model's row of it goes. */
const dropSome = async (deps: LinkingDeps, links: readonly AppLink[]): Promise<void> => {
  const { store, copies } = deps;
  const [shared, alone] = [true, false].map((isShared) => links.filter((link) => isOfAnother(deps, link) === isShared));
  for (const link of shared ?? []) store.apps.dropLink(link);
  for (const [repoFolder, group] of Map.groupBy(alone ?? [], (link) => link.repoFolder)) {
    const found = await copies.unlink({
      repoFolder,
      links: group.map(({ folder, path, kept, etag, proof }) => ({ folder, path, kept, etag, proof })),
    });
    store.atomically(() => {
      for (const [at, link] of group.entries()) leaveRow(deps, link, found[at] ?? 'unknown');
    });
  }
  // Where one was in another's way, there may be room now.
  for (const app of new Set(links.map((link) => link.app))) store.apps.retryRefused(app);
};

const leaveRow = ({ store }: LinkingDeps, link: AppLink, found: LinkFound): void => {
  const now = store.apps.linksOf(link.modelId, link.app);
  const row = now.find(({ folder, path }) => folder === link.folder && path === link.path);
  // Wanted again meanwhile: the next look links it anew.
  if (row?.state !== 'going') return;
  if (found === 'unknown') store.apps.setLink(link, { state: 'stuck' });
  else store.apps.dropLink(link);
};

const dropAll = async (deps: LinkingDeps): Promise<void> => {
  for (;;) {
    const links = deps.store.apps.linksToDrop(DROPPED_AT_ONCE);
    if (links.length === 0) return;
    await dropSome(deps, links);
  }
};

/** @param deps what it works with; its apps are those of the configuration */
export const createLinking = (deps: LinkingDeps & { readonly log: Log }): Linking => {
  const { store, log } = deps;
  const work = async (): Promise<void> => {
    for (const wanted of store.apps.appsToLink()) {
      try {
        await linkModel(deps, wanted);
      } catch (error) {
        log.error({ err: error, model: wanted.modelId, app: wanted.app }, 'A model could not be linked');
        // Otherwise it would be tried every second.
        if (!isForNow(error))
          store.apps.setModelApp(wanted.modelId, wanted.app, { state: 'refused', message: messageOf(error) });
      }
    }
    await dropAll(deps);
  };
  let running: Promise<void> = Promise.resolve();
  const look = (): Promise<void> => {
    const result = running.then(work);
    running = result.catch(() => undefined);
    return result;
  };
  return {
    look,
    check: async (signal) => {
      store.apps.retryStuckLinks();
      store.apps.retryRefused();
      await look();
      const result = running.then(() => checkLinks(deps, signal));
      running = result.catch(() => undefined);
      return result;
    },
  };
};
