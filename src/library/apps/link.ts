/* library/apps: which app shall see which model, and what a person has to say for it. */

import { setTimeout as pass } from 'node:timers/promises';
import type { App, FileKind } from '../../domain/apps/app.ts';
import type { Layout } from '../../domain/apps/laid.ts';
import { layoutFor } from '../../domain/apps/layout.ts';
import { MAY_COPY } from '../../domain/apps/link.ts';
import { maySuit } from '../../domain/apps/suits.ts';
import { readAbout } from '../../domain/files/loads/about.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { RepoFile } from '../../domain/listing.ts';
import type { Model } from '../../domain/model.ts';
import type { Queue } from '../../queue/queue.ts';
import { briefOf } from '../files-in-brief.ts';
import { type AppView, type AppViewDeps, appsShown } from './app-view.ts';

export interface LinkDeps extends AppViewDeps {
  readonly queue: Pick<Queue, 'link' | 'missingInOllama'>;
  /** How long it is waited for links, in milliseconds; two seconds if not given. */
  readonly linkMostMs?: number | undefined;
}

/** What became of the wish to see a model in an app. */
export type LinkAnswer =
  /** What its state is now; `waiting` if the model is not here yet, or if it takes its time. */
  | { readonly kind: 'wanted'; readonly view: AppView; readonly isHere: boolean }
  | { readonly kind: 'ask'; readonly file: RepoFile; readonly choices: readonly FileKind[] }
  /** It would be kept there a second time. */
  | { readonly kind: 'copy'; readonly bytes: number }
  | { readonly kind: 'none'; readonly reason: string };

const ON_ANOTHER_HOST = 'It lies on another machine: only what lies on this one can be linked.';

/** Files are linked in a moment; a disk that does not answer is not waited for. */
const WAITED_MS = 2000;

type Links = Extract<Layout, { readonly kind: 'links' }>;

const filesOf = async ({ store }: AppViewDeps, { copyId, wantsCopyId }: Model): Promise<readonly RepoFile[]> => {
  const copy = copyId ?? wantsCopyId;
  return copy === null ? [] : store.copies.readCopyFiles(copy);
};

/** Apps that take a model such as this, with what of it goes where; those that do not are left out. */
export const offersFor = async (
  deps: AppViewDeps,
  model: Model,
): Promise<readonly { readonly app: App; readonly layout: Layout }[]> => {
  // Links lead to files of the same machine.
  if (model.hostId !== THIS_HOST) return [];
  const files = await filesOf(deps, model);
  const { loads } = briefOf(deps.store, model);
  return deps.apps
    .filter((app) => maySuit(app, loads, readAbout(model)))
    .map((app) => ({ app, layout: layoutFor(app, model, files) }))
    .filter(({ layout }) => layout.kind !== 'none');
};

/** Waits for what was written down, not for ever. */
const carryOut = async ({ queue, linkMostMs = WAITED_MS }: LinkDeps): Promise<void> => {
  const given = new AbortController();
  const work = queue.link().finally(() => given.abort());
  // What fails is a row by then, or told by the log.
  const waited = pass(linkMostMs, undefined, { signal: given.signal }).catch(() => undefined);
  await Promise.race([work.catch(() => undefined), waited]);
};

/** What Ollama would have to copy: nothing where it has it, or where it can be linked. */
const bytesToCopy = async ({ queue }: LinkDeps, app: App, { links }: Links): Promise<number> => {
  if (app.kind !== 'ollama' || app.models !== undefined) return 0;
  const files = links.flatMap(({ ollama }) => ollama?.files ?? []);
  const missing = await queue.missingInOllama({ url: app.url, files });
  return missing.reduce((sum, { size }) => sum + size, 0);
};

/**
 * An app shall see a model.
 * @param said what its files are, where the repository does not say; or that a copy may be made where it has to be
 * @throws AppError unreachable: Ollama does not answer
 */
export const linkTo = async (
  deps: LinkDeps,
  model: Model,
  app: App,
  said?: FileKind | typeof MAY_COPY,
): Promise<LinkAnswer> => {
  if (model.hostId !== THIS_HOST) return { kind: 'none', reason: ON_ANOTHER_HOST };
  const layout = layoutFor(app, model, await filesOf(deps, model), said === MAY_COPY ? undefined : said);
  if (layout.kind !== 'links') return layout;
  const bytes = said === MAY_COPY ? 0 : await bytesToCopy(deps, app, layout);
  if (bytes > 0) return { kind: 'copy', bytes };
  deps.store.apps.wantApp(model.id, app.name, said ?? null);
  if (model.copyId !== null) await carryOut(deps);
  const view = appsShown(deps, model).find((one) => one.app === app.name);
  if (!view) return { kind: 'none', reason: 'It was removed meanwhile.' };
  return { kind: 'wanted', view, isHere: model.copyId !== null };
};

/** It shall not be seen there any more. @param app one of them; all if it is left out @returns from which it was taken */
export const unlinkFrom = async (deps: LinkDeps, model: Model, app?: string): Promise<readonly AppView[]> => {
  const views = appsShown(deps, model).filter((view) => app === undefined || view.app === app);
  const left = views.filter((view) => deps.store.apps.leaveApp(model.id, view.app));
  if (left.length > 0) await carryOut(deps);
  return left;
};
