import type { GateState } from './access.ts';
import { type Answer, page, text } from '../http/answer.ts';
import type { HubParts } from './find-repo.ts';
import { methodRefused, notFound } from './hub-errors.ts';
import type { HubRequest } from '../http/hub-request.ts';
import type { IndexedRepo } from '../repos/repo-index.ts';

const pathOf = ({ id, repo }: IndexedRepo): string => `/${repo.type === 'dataset' ? 'datasets/' : ''}${id}`;

const STATES: Readonly<Record<GateState, string>> = {
  granted: 'has access',
  pending: 'has asked; its authors have not answered yet',
  none: 'has no access',
};

/** The real page knows who looks at it; this one has a button for each account that there is. */
const gateOf = ({ access }: HubParts, repo: IndexedRepo): string => {
  const rows = [...access.gatesOf(repo)].map(([name, state]) => {
    const label = state === 'pending' ? `Let ${name} in, as its authors` : `Accept the terms as ${name}`;
    const button = `<form method="post" action="${pathOf(repo)}/accept/${name}"><button>${label}</button></form>`;
    return `<li>${name} ${STATES[state]}${state === 'granted' ? '' : button}</li>`;
  });
  const terms =
    repo.gated === 'auto' ? 'Whoever accepts its terms gets it at once.' : 'Its authors decide who gets it.';
  return `<p>It is gated. ${terms}</p><ul>${rows.join('')}</ul>`;
};

const commitsOf = ({ branches }: IndexedRepo): number => branches.get('main')?.length ?? 0;

/** Nobody works on the models of this hub: whoever looks is their author. */
const versionOf = (repo: IndexedRepo): string =>
  `<p>This is version ${commitsOf(repo)} of it.</p><form method="post" action="${pathOf(repo)}/publish"><button>Publish the next version</button></form>`;

/** A repository's page for people who follow a link; the real one has much more to say. */
export const repoPage = (parts: HubParts, repo: IndexedRepo): Answer => {
  const about = [
    `<p>A ${repo.repo.type} of the sample hub.</p>`,
    repo.gated === false ? '' : gateOf(parts, repo),
    repo.repo.spec.versions ? versionOf(repo) : '',
  ];
  return page(repo.id, about.join(''));
};

/** What anybody may see, each a link to its page; and where tokens are. */
export const hubPage = ({ repos }: Pick<HubParts, 'repos'>): Answer => {
  const rows = (['model', 'dataset'] as const)
    .flatMap((type) => repos.list(type))
    .filter((repo) => !repo.private && !repo.disabled)
    .map((repo) => {
      const about = [
        ...(repo.gated === false ? [] : ['gated']),
        ...(repo.repo.spec.versions ? ['has versions to publish'] : []),
      ];
      return `<li><a href="${pathOf(repo)}">${repo.id}</a>${about.map((word) => ` · ${word}`).join('')}</li>`;
    });
  return page('The sample hub', `<p><a href="/settings/tokens">Access tokens</a></p><ul>${rows.join('')}</ul>`);
};

/** `main` gets the next version as a commit. @returns false: it has no versions */
export const publishVersion = ({ repos }: Pick<HubParts, 'repos'>, repo: IndexedRepo): boolean => {
  const { versions } = repo.repo.spec;
  const files = versions?.[commitsOf(repo) % versions.length];
  if (!files) return false;
  repos.change(repo.id, { files, title: 'Upload it again' });
  return true;
};

/** How often the next version of each repository was published; of those that have several. */
export const timesPublished = ({ repos }: Pick<HubParts, 'repos'>): Readonly<Record<string, number>> =>
  Object.fromEntries(
    repos
      .list('model')
      .filter(({ repo }) => repo.spec.versions)
      .map((repo) => [repo.id, commitsOf(repo) - 1]),
  );

/** `POST /{id}/publish`, by the button of the page. @throws Refusal */
export const publishNext = (parts: HubParts, { method }: HubRequest, repo: IndexedRepo): Answer => {
  if (method !== 'POST') throw methodRefused();
  if (!publishVersion(parts, repo)) throw notFound();
  return text(303, '', { Location: pathOf(repo) });
};

/** `POST /{id}/accept/{account}`, by the button of the page. @throws Refusal */
export const acceptTerms = (parts: HubParts, { method, parts: path }: HubRequest, repo: IndexedRepo): Answer => {
  const account = path.at(-1) ?? '';
  if (method !== 'POST') throw methodRefused();
  if (repo.gated === false || !parts.access.gatesOf(repo).has(account)) throw notFound();
  parts.access.accept(repo, account);
  return text(303, '', { Location: pathOf(repo) });
};
