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

/** A repository's page for people who follow a link; the real one has much more to say. */
export const repoPage = (parts: HubParts, repo: IndexedRepo): Answer =>
  page(repo.id, `<p>A ${repo.repo.type} of the sample hub.</p>${repo.gated === false ? '' : gateOf(parts, repo)}`);

/** `POST /{id}/accept/{account}`, by the button of the page. @throws Refusal */
export const acceptTerms = (parts: HubParts, { method, parts: path }: HubRequest, repo: IndexedRepo): Answer => {
  const account = path.at(-1) ?? '';
  if (method !== 'POST') throw methodRefused();
  if (repo.gated === false || !parts.access.gatesOf(repo).has(account)) throw notFound();
  parts.access.accept(repo, account);
  return text(303, '', { Location: pathOf(repo) });
};
