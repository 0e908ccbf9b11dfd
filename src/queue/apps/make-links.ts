import { THIS_HOST } from '../../domain/hosts/host.ts';
import { setImmediate as breathe } from 'node:timers/promises';
import { type App, appLabel, isFileKind } from '../../domain/apps/app.ts';
import type { PlannedLink } from '../../domain/apps/laid.ts';
import { layoutFor } from '../../domain/apps/layout.ts';
import { type AppLink, MAY_COPY, type ModelApp } from '../../domain/apps/link.ts';
import type { Copy } from '../../domain/copy.ts';
import type { Model } from '../../domain/model.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import type { Executor, LinkMade } from '../../copies/executor.ts';
import type { Store } from '../../store/store.ts';

export interface LinkingDeps {
  readonly store: Store;
  readonly copies: Pick<Executor, 'link' | 'unlink' | 'linksThere' | 'missingInOllama'>;
  /** Programs beside hubgram, as the configuration names them. */
  readonly apps: readonly App[];
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** What is to be seen by an app: a model that has a copy. */
interface Subject {
  readonly wanted: ModelApp;
  readonly app: App;
  readonly model: Model;
  readonly copy: Copy;
}

/** Links that are made in one go; then everything else has its turn. */
const AT_ONCE = 100;

type Outcome = Partial<Pick<ModelApp, 'state' | 'shownAs' | 'message'>>;

/** What somebody has said meanwhile, or another copy, counts: then it is looked at once more. */
const settle = ({ store }: LinkingDeps, wanted: ModelApp, copyId: number | null, outcome: Outcome): void => {
  const { modelId, app, said } = wanted;
  const now = store.apps.appsOf(modelId).find((one) => one.app === app);
  if (now?.said !== said || store.models.getModel(modelId)?.copyId !== copyId) return;
  store.apps.setModelApp(modelId, app, outcome);
};

/** Another model's file lies at the place, and that model is to be seen there as well. */
const rivalsAt = ({ store }: LinkingDeps, { wanted }: Subject, { folder, path, file }: PlannedLink): AppLink[] =>
  store.apps
    .linksAt(folder, path)
    .filter(({ modelId, etag, state }) => modelId !== wanted.modelId && etag !== file.etag && state !== 'going');

/** Of one repository the version that was wanted last is shown; it is a sentence if that is not this one. */
const yieldsTo = ({ copy }: Subject, { folder, path }: PlannedLink, rivals: readonly AppLink[]): string | undefined => {
  const repoFolder = repoFolderName({ type: copy.repoType, id: copy.name });
  const at = `${folder}/${path}`;
  if (rivals.some((rival) => rival.repoFolder !== repoFolder)) return `Another model is linked at ${at} already.`;
  return rivals.some(({ copyId }) => copyId > copy.id) ? `A later version of it is linked at ${at}.` : undefined;
};

const giveWay = ({ store }: LinkingDeps, rivals: readonly AppLink[]): void => {
  for (const rival of rivals) {
    store.apps.dropLink(rival);
    const message = `A later version of it is linked at ${rival.folder}/${rival.path}.`;
    store.apps.setModelApp(rival.modelId, rival.app, { state: 'refused', message });
  }
};

type Row = Omit<AppLink, 'state' | 'way' | 'proof'>;

const rowNow = ({ apps }: Store, { folder, path, modelId, app }: Omit<Row, 'etag'>): AppLink | undefined =>
  apps.linksAt(folder, path).find((link) => link.modelId === modelId && link.app === app);

/** Who did not want it any more meanwhile may have taken the row away: then what was made has to go again. */
const noteMade = (
  { store }: LinkingDeps,
  row: Row,
  { way, proof }: Extract<LinkMade, { readonly state: 'made' }>,
): void => {
  const before = rowNow(store, row);
  if (!before) store.apps.putLink(row);
  const isWanted = before !== undefined && before.state !== 'going';
  store.apps.setLink(row, { state: isWanted ? 'linked' : 'going', way, proof });
};

/** The rows first: whatever a kill leaves on the disk, they know of it. @returns sentences about what could not be linked */
const makeSome = async (
  deps: LinkingDeps,
  subject: Subject,
  planned: readonly PlannedLink[],
  before: ReadonlyMap<string, AppLink>,
): Promise<string[]> => {
  const { store, copies } = deps;
  const { wanted, copy } = subject;
  const repoFolder = repoFolderName({ type: copy.repoType, id: copy.name });
  const refusals: string[] = [];
  const tried = planned.flatMap((link) => {
    const rivals = rivalsAt(deps, subject, link);
    const refusal = yieldsTo(subject, link, rivals);
    if (refusal !== undefined) {
      refusals.push(refusal);
      return [];
    }
    const { folder, path, kept, file } = link;
    const known = [...store.apps.linksAt(folder, path)];
    const row = { app: wanted.app, folder, path, kept, modelId: wanted.modelId, copyId: copy.id, repoFolder };
    store.apps.putLink({ ...row, etag: file.etag });
    const replaces = before.get(keyOf(link))?.proof ?? known.find(({ proof }) => proof !== null)?.proof ?? null;
    return [{ link, row, rivals, replaces, isRetried: known.length > 0 }];
  });
  const made = await copies.link(
    {
      repoFolder,
      commit: copy.commitSha,
      links: tried.map(({ link: { folder, path, file, ollama }, replaces, isRetried }) => ({
        folder,
        path,
        file,
        replaces,
        isRetried,
        ...(ollama ? { ollama: { ...ollama, mayCopy: wanted.said === MAY_COPY } } : {}),
      })),
    },
    deps.signal,
  );
  store.atomically(() => {
    for (const [at, { link, row, rivals, replaces }] of tried.entries()) {
      const one = made[at];
      if (one?.state === 'made') {
        noteMade(deps, { ...row, etag: link.file.etag }, one);
        giveWay(deps, rivals);
      } else {
        refusals.push(one?.message ?? 'It was not linked.');
        // What lies there from before may come to light again, with its disk.
        if (rowNow(store, row)?.state !== 'making') continue;
        if (replaces === null) store.apps.dropLink(row);
        else store.apps.setLink(row, { state: 'foreign' });
      }
    }
  });
  return refusals;
};

const keyOf = ({ folder, path }: Pick<PlannedLink, 'folder' | 'path'>): string => `${folder}\n${path}`;

const linkSubject = async (deps: LinkingDeps, subject: Subject): Promise<Outcome> => {
  const { store } = deps;
  const { wanted, app, model, copy } = subject;
  const files = await store.copies.readCopyFiles(copy.id);
  const said = wanted.said !== null && isFileKind(wanted.said) ? wanted.said : undefined;
  const layout = layoutFor(app, model, files, said);
  const links = layout.kind === 'links' ? layout.links : [];
  const before = new Map(store.apps.linksOf(wanted.modelId, wanted.app).map((link) => [keyOf(link), link]));
  const refusals: string[] = [];
  for (let from = 0; from < links.length; from += AT_ONCE) {
    if (from > 0) await breathe();
    refusals.push(...(await makeSome(deps, subject, links.slice(from, from + AT_ONCE), before)));
  }
  const kept = new Set(links.map(keyOf));
  store.atomically(() => {
    for (const [key, link] of before) if (!kept.has(key)) store.apps.setLink(link, { state: 'going' });
  });
  if (layout.kind === 'none') return { state: 'refused', message: layout.reason };
  if (layout.kind === 'ask') {
    const message = `What “${layout.file.path}” is, its repository does not say: link it again, and say it.`;
    return { state: 'refused', message };
  }
  const [first] = refusals;
  if (first === undefined) return { state: 'linked', shownAs: layout.shownAs, message: null };
  return { state: 'refused', shownAs: layout.shownAs, message: first };
};

/** Links lead to files of the same machine. */
const ON_ANOTHER_HOST = 'It lies on another machine: only what lies on this one can be linked.';

/** Makes the links of one model for one app, as its copy is now; what it no longer has is left to be taken away. */
export const linkModel = async (deps: LinkingDeps, wanted: ModelApp): Promise<void> => {
  const { store, apps } = deps;
  const model = store.models.getModel(wanted.modelId);
  if (!model || model.copyId === null) return;
  const copy = store.copies.getCopy(model.copyId);
  if (!copy) return;
  if (copy.hostId !== THIS_HOST) return settle(deps, wanted, copy.id, { state: 'refused', message: ON_ANOTHER_HOST });
  const app = apps.find(({ name }) => name === wanted.app);
  const outcome: Outcome = app
    ? await linkSubject(deps, { wanted, app, model, copy })
    : { state: 'refused', message: `${appLabel({ name: wanted.app, kind: 'folder' })} is not in the configuration.` };
  settle(deps, wanted, copy.id, outcome);
};
