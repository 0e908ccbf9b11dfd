import { type Answer, page, text } from '../http/answer.ts';
import type { HubParts } from './find-repo.ts';
import { notFound } from './hub-errors.ts';
import type { HubRequest } from '../http/hub-request.ts';

const PLACE = '/settings/tokens';

/** `/settings/tokens`: the accounts that there are, each with a button that revokes its tokens for good. @throws Refusal */
export const tokenSettings = (
  { access }: HubParts,
  { method, parts: [, tokens, account = ''] }: HubRequest,
): Answer => {
  const accounts = access.accounts();
  if (tokens !== 'tokens' || (account !== '' && !accounts.has(account))) throw notFound();
  if (account !== '' && method === 'POST') {
    access.revokeAll(account);
    return text(303, '', { Location: PLACE });
  }
  // Nobody's secrets: those that /token takes are here to be tried.
  const shown = (token: string): string => (/^hf_[A-Za-z\d]{34}$/.test(token) ? `: <code>${token}</code>` : '');
  const rows = [...accounts].map(([name, { token, isAccepted }]) =>
    isAccepted
      ? `<li>${name}${shown(token)}<form method="post" action="${PLACE}/${name}"><button>Revoke the tokens of ${name}</button></form></li>`
      : `<li>${name}: its tokens are revoked</li>`,
  );
  return page('Access tokens', `<ul>${rows.join('')}</ul>`);
};
