import type { AppLink } from '../../domain/apps/link.ts';
import type { AppLinkState } from '../../domain/states/app-link.ts';
import type { LinkFound } from '../../copies/executor.ts';
import type { LinkingDeps } from './make-links.ts';

const LOOKED_AT_ONCE = 100;

/** What a look says of a row that was made; undefined: nothing new. */
const newState = ({ state }: AppLink, found: LinkFound): AppLinkState | undefined => {
  if (!['linked', 'missing', 'foreign'].includes(state) || found === 'unknown') return undefined;
  const next = found === 'there' ? 'linked' : found;
  return next === state ? undefined : next;
};

const sentence = ({ folder, path }: AppLink, state: AppLinkState): string =>
  state === 'missing'
    ? `Something has removed the link ${folder}/${path}.`
    : `At ${folder}/${path} something lies now that hubgram has not put there. It is left alone.`;

/** Told once: the row of what is lost says so from then on. */
const tellLost = ({ store }: LinkingDeps, link: AppLink, state: AppLinkState): void => {
  const wanted = store.apps.appsOf(link.modelId).find(({ app }) => app === link.app);
  const model = store.models.getModel(link.modelId);
  if (!wanted || !model) return;
  const message = sentence(link, state);
  const isNews = wanted.state === 'linked';
  if (isNews || wanted.state === 'lost') store.apps.setModelApp(link.modelId, link.app, { state: 'lost', message });
  const payload = { app: link.app, message };
  if (isNews) store.outbox.addNotice({ kind: 'link_lost', modelId: model.id, chatId: model.chatId, payload });
};

const tellFound = ({ store }: LinkingDeps, { modelId, app }: AppLink): void => {
  const isWhole = store.apps.linksOf(modelId, app).every(({ state }) => state === 'linked');
  const wanted = store.apps.appsOf(modelId).find((one) => one.app === app);
  if (isWhole && wanted?.state === 'lost') store.apps.setModelApp(modelId, app, { state: 'linked', message: null });
};

const write = (deps: LinkingDeps, link: AppLink, found: LinkFound): void => {
  const state = newState(link, found);
  if (state === undefined) return;
  deps.store.apps.setLink(link, { state });
  if (state === 'linked') tellFound(deps, link);
  else tellLost(deps, link, state);
};

/** Looks at every link on the disk; of what something else has removed or replaced, the row says so and its chat is told once. */
export const checkLinks = async (deps: LinkingDeps, signal: AbortSignal): Promise<void> => {
  const { store, copies } = deps;
  for (let last: AppLink | undefined; !signal.aborted; ) {
    const links = store.apps.linksAfter(last, LOOKED_AT_ONCE);
    for (const [repoFolder, group] of Map.groupBy(links, (link) => link.repoFolder)) {
      const found = await copies.linksThere({
        repoFolder,
        links: group.map(({ folder, path, kept, etag, proof }) => ({ folder, path, kept, etag, proof })),
      });
      store.atomically(() => {
        for (const [at, link] of group.entries()) write(deps, link, found[at] ?? 'unknown');
      });
    }
    last = links.at(-1);
    if (links.length < LOOKED_AT_ONCE) return;
  }
};
