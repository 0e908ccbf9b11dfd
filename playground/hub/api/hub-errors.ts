import { type Headers, Refusal, text } from '../http/answer.ts';

/** The Hub's errors, word for word where huggingface_hub's `hf_raise_for_status` reads them. */

interface HubError {
  readonly status: number;
  readonly message: string;
  readonly code?: string;
  readonly headers?: Headers;
}

/** @param isApi the API answers in JSON, everything else in plain text */
const refusal = ({ status, message, code, headers = {} }: HubError, isApi: boolean): Refusal => {
  const all = { ...(code !== undefined && { 'X-Error-Code': code }), 'X-Error-Message': message, ...headers };
  if (!isApi) return new Refusal(text(status, message, all));
  return new Refusal({
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...all },
    body: JSON.stringify({ error: message }),
  });
};

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="Authentication required", charset="UTF-8"' };

/** A file of a known repository and revision. */
export const fileMissing = (commit: string): Refusal =>
  refusal(
    { status: 404, message: 'Entry not found', code: 'EntryNotFound', headers: { 'X-Repo-Commit': commit } },
    false,
  );

export const pathMissing = (path: string, revision: string): Refusal =>
  refusal({ status: 404, message: `${path} does not exist on "${revision}"`, code: 'EntryNotFound' }, true);

/** JSON also where a file was asked for. */
export const revisionMissing = (revision: string): Refusal =>
  refusal({ status: 404, message: `Invalid rev id: ${revision}`, code: 'RevisionNotFound' }, true);

/** Nobody without a token learns whether a repository is private or does not exist; there is no error code either. */
/** @param hint what helps people; the Hub itself says nothing more */
export const loginNeeded = (hint = ''): Refusal =>
  refusal({ status: 401, message: `Invalid username or password.${hint}`, headers: CHALLENGE }, true);

export const badToken = (): Refusal =>
  refusal({ status: 401, message: 'Invalid credentials in Authorization header', headers: CHALLENGE }, true);

export const repoMissing = (hint = ''): Refusal =>
  refusal({ status: 404, message: `Repository not found${hint}`, code: 'RepoNotFound' }, true);

export const notFound = (): Refusal =>
  refusal({ status: 404, message: "Sorry, we can't find the page you are looking for." }, true);

export const badRequest = (message: string): Refusal => refusal({ status: 400, message }, true);

export const methodRefused = (): Refusal => refusal({ status: 405, message: 'Method not allowed' }, true);

export const disabled = (isApi: boolean): Refusal =>
  refusal({ status: 403, message: 'Access to this resource is disabled.' }, isApi);

/** What keeps the asker out: no (good) token, never asked for access, or asked and not answered yet. */
export type Gate = 'login' | 'ask' | 'pending';

export interface GatedResource {
  readonly type: 'model' | 'dataset';
  readonly id: string;
  /** Of the repository's page. */
  readonly page: string;
}

export const gated = ({ type, id, page }: GatedResource, gate: Gate, isApi: boolean): Refusal => {
  const messages: Readonly<Record<Gate, string>> = {
    login: `Access to ${type} ${id} is restricted. You must have access to it and be authenticated to access it. Please log in.`,
    ask: `Access to ${type} ${id} is restricted and you are not in the authorized list. Visit ${page} to ask for access.`,
    pending: `Your request to access ${type} ${id} is awaiting a review from the repo authors.`,
  };
  return refusal(
    {
      status: gate === 'login' ? 401 : 403,
      message: messages[gate],
      code: 'GatedRepo',
      ...(gate === 'login' && { headers: CHALLENGE }),
    },
    isApi,
  );
};
