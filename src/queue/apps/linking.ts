/* queue/apps: what shall lie in the folders of apps, and the links that make it so. */

import type { App } from '../../domain/apps/app.ts';
import type { AppLink, ModelApp } from '../../domain/apps/link.ts';
import { isForNow, messageOf } from '../../domain/errors.ts';
import type { LinkFound, OllamaStore } from '../../copies/executor.ts';
import type { RepoFile } from '../../domain/listing.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker, type Ticker } from '../../lib/ticker.ts';
import { wantByItself } from './by-itself.ts';
import { checkLinks } from './check-links.ts';
import { linkModel, type LinkingDeps } from './make-links.ts';

/** Shows models to other programs: what rows say of it is done here. */
export interface Linking {
  /** Links what waits for it, then takes away what is to go; what may take hours is begun, and not waited for. */
  readonly tick: () => Promise<void>;
  /** The same, and waits for all of it. */
  readonly look: () => Promise<void>;
  /** Looks whether all links are what they were, and tries again what could not be done: every night. */
  readonly check: () => Promise<void>;
  /** Those of these files that an Ollama has not. @throws AppError unreachable */
  readonly missingInOllama: (store: OllamaStore) => Promise<readonly RepoFile[]>;
  /** From now on it ticks once a second. */
  readonly start: () => void;
  /** Resolves when what is under way has ended; the signal must have been aborted. */
  readonly close: () => Promise<void>;
}

const TICK_MS = 1000;

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
  const there = store.apps.linksAt(link.folder, link.path);
  const row = there.find(({ modelId, app }) => modelId === link.modelId && app === link.app);
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

/** Ticks once a second. Links have followed the configuration before, unless a full disk keeps them from it: then before the first tick that can. */
const startTicking = (deps: LinkingDeps & { readonly log: Log }, tick: () => Promise<void>): Ticker => {
  const onError = (error: unknown): void => deps.log.error({ err: error }, 'The links could not be looked after');
  let isFollowed = false;
  const follow = (): void => {
    if (!isFollowed) followFolders(deps);
    isFollowed = true;
  };
  const work = async (): Promise<void> => {
    follow();
    await tick();
  };
  try {
    follow();
  } catch (error) {
    onError(error);
  }
  return startTicker(TICK_MS, work, onError);
};

/** @param deps what it works with; its apps are those of the configuration */
export const createLinking = (deps: LinkingDeps & { readonly log: Log }): Linking => {
  const { store, log, apps, signal } = deps;
  const takesLong = ({ app }: ModelApp): boolean => apps.find(({ name }) => name === app)?.kind === 'ollama';

  const linkAll = async (wanted: readonly ModelApp[], ends: AbortSignal): Promise<void> => {
    for (const one of wanted) {
      if (ends.aborted) return;
      try {
        await linkModel({ ...deps, signal: ends }, one);
      } catch (error) {
        // Told to end: the next start goes on with it.
        if (ends.aborted) return;
        log.error({ err: error, model: one.modelId, app: one.app }, 'A model could not be linked');
        // Otherwise it would be tried every second.
        if (!isForNow(error))
          store.apps.setModelApp(one.modelId, one.app, { state: 'refused', message: messageOf(error) });
      }
    }
  };

  const quick = createTurns(async () => {
    await wantByItself(deps);
    // To its end also while the program ends: a removal that is under way then waits for it, and goes on.
    const toItsEnd = new AbortController().signal;
    await linkAll(
      store.apps.appsToLink().filter((wanted) => !takesLong(wanted)),
      toItsEnd,
    );
    await dropAll(deps);
  });
  const long = createTurns(async () => {
    if (!signal.aborted) await linkAll(store.apps.appsToLink().filter(takesLong), signal);
  });

  let ticker: Ticker | undefined;
  const tick = async (): Promise<void> => {
    await quick.next();
    if (long.isIdle()) long.next().catch((error: unknown) => log.error({ err: error }, 'Ollama could not be told'));
  };
  return {
    tick,
    look: async () => {
      await quick.next();
      await long.next();
    },
    check: async () => {
      store.apps.retryStuckLinks();
      store.apps.retryRefused();
      await tick();
      await quick.next(() => checkLinks(deps, signal));
    },
    missingInOllama: (ollama) => deps.copies.missingInOllama(ollama, signal),
    start: () => {
      ticker = startTicking(deps, tick);
    },
    close: async () => {
      await ticker?.close();
      await Promise.allSettled([quick.last(), long.last()]);
    },
  };
};

const foldersOf = (app: App): readonly string[] =>
  app.kind === 'ollama' ? [app.url] : [app.folder, ...Object.values(app.folders ?? {})];

/** The configuration may name other folders than at the last start: the links follow. */
const followFolders = ({ store, apps }: LinkingDeps): void => {
  const moved = store.apps.foldersLinked().flatMap(({ app: name, folder }) => {
    const app = apps.find((one) => one.name === name);
    return app && !foldersOf(app).includes(folder) ? [name] : [];
  });
  for (const name of new Set(moved)) store.apps.linkAnew(name);
};

/** Work that is done one after the other. */
const createTurns = (work: () => Promise<void>) => {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    /** Resolves when all that was asked for before is done, and then this. */
    next: async (other = work): Promise<void> => {
      waiting += 1;
      const result = last.then(other).finally(() => {
        waiting -= 1;
      });
      last = result.catch(() => undefined);
      return result;
    },
    isIdle: (): boolean => waiting === 0,
    last: (): Promise<unknown> => last,
  };
};
