import { describe, expect, it } from 'vitest';
import type { SampleHub } from '../../hub/sample-hub.ts';
import { rawRequest } from '../raw-request.ts';
import { bearer, openHub } from './with-hub.ts';

interface Said {
  readonly status: number;
  readonly code: string | null;
  readonly message: string | null;
  readonly body: string;
  readonly headers: Headers;
}

const ask = async (hub: SampleHub, path: string, token?: string): Promise<Said> => {
  const response = await fetch(hub.url + path, {
    redirect: 'manual',
    headers: token === undefined ? {} : bearer(token),
  });
  const { status, headers } = response;
  const body = await response.text();
  return { status, headers, body, code: headers.get('x-error-code'), message: headers.get('x-error-message') };
};

describe('the first page', () => {
  it('leads to the pages of all repositories that anybody may see, and to the tokens', async () => {
    const hub = await openHub();
    const { body } = await ask(hub, '/');
    const links = [...body.matchAll(/<a href="([^"]+)">/g)].map(([, link = '']) => link);
    expect(links).toEqual(
      expect.arrayContaining(['/settings/tokens', '/sample/Retuned-GGUF', '/datasets/sample/tiny-dataset']),
    );
    for (const link of links) expect(await ask(hub, link)).toMatchObject({ status: 200 });
    expect(body).toContain('>sample/gated-llama</a> · gated');
    expect(body).not.toContain('private');
  });
});

describe('what is missing', () => {
  it('a file: 404 EntryNotFound in plain text, with the commit it is not in', async () => {
    const hub = await openHub();
    const said = await ask(hub, '/sample/tiny-llama/resolve/main/nothing.bin');
    expect(said).toMatchObject({
      status: 404,
      code: 'EntryNotFound',
      message: 'Entry not found',
      body: 'Entry not found',
    });
    expect(said.headers.get('x-repo-commit')).toBe(hub.commitOf('sample/tiny-llama').id);
  });

  it('a path of the tree: 404 EntryNotFound in JSON', async () => {
    const hub = await openHub();
    const said = await ask(hub, '/api/models/sample/tiny-llama/tree/main/nothing');
    expect(said).toMatchObject({ status: 404, code: 'EntryNotFound', message: 'nothing does not exist on "main"' });
    expect(JSON.parse(said.body)).toEqual({ error: 'nothing does not exist on "main"' });
  });

  it.each(['/sample/tiny-llama/resolve/nope/config.json', '/api/models/sample/tiny-llama/revision/nope'])(
    'a revision in %s: 404 RevisionNotFound in JSON',
    async (path) => {
      const hub = await openHub();
      const said = await ask(hub, path);
      expect(said).toMatchObject({ status: 404, code: 'RevisionNotFound', message: 'Invalid rev id: nope' });
      expect(JSON.parse(said.body)).toEqual({ error: 'Invalid rev id: nope' });
    },
  );

  it.each([
    '/api/models/sample/nothing',
    '/sample/nothing/resolve/main/config.json',
    '/api/models/sample/private-llama',
  ])('a repository without a token, %s: 401 without a code; with one: 404 RepoNotFound', async (path) => {
    const hub = await openHub();
    const anonymous = await ask(hub, path);
    expect(anonymous).toMatchObject({ status: 401, code: null, message: 'Invalid username or password.' });
    expect(JSON.parse(anonymous.body)).toEqual({ error: 'Invalid username or password.' });
    expect(anonymous.headers.get('www-authenticate')).toBe('Bearer realm="Authentication required", charset="UTF-8"');
    expect(await ask(hub, path, hub.tokens.stranger)).toMatchObject({ status: 404, code: 'RepoNotFound' });
  });
});

describe('tokens', () => {
  it('open private repositories to those they belong to', async () => {
    const hub = await openHub();
    expect(await ask(hub, '/api/models/sample/private-llama', hub.tokens.member)).toMatchObject({ status: 200 });
    const file = '/sample/private-llama/resolve/main/model.safetensors';
    expect(await ask(hub, file, hub.tokens.member)).toMatchObject({ status: 302 });
    expect(await ask(hub, file, hub.tokens.stranger)).toMatchObject({ status: 404, code: 'RepoNotFound' });
  });

  it('that nobody knows are refused, even for what is public', async () => {
    const hub = await openHub();
    const message = 'Invalid credentials in Authorization header';
    for (const path of [
      '/api/models/sample/tiny-llama',
      '/sample/tiny-llama/resolve/main/config.json',
      '/api/models?search=x',
    ]) {
      expect(await ask(hub, path, 'hf_wrong')).toMatchObject({ status: 401, code: null, message });
    }
  });

  it('say who one is', async () => {
    const hub = await openHub();
    expect(await ask(hub, '/api/whoami-v2')).toMatchObject({ status: 401, message: 'Invalid username or password.' });
    const said = await ask(hub, '/api/whoami-v2', hub.tokens.member);
    expect(JSON.parse(said.body)).toMatchObject({
      type: 'user',
      name: 'sample-person',
      auth: { type: 'access_token' },
    });
  });
});

describe('a gated repository', () => {
  const FILE = '/sample/gated-llama/resolve/main/model.safetensors';
  const LOGIN =
    'Access to model sample/gated-llama is restricted. You must have access to it and be authenticated to access it. Please log in.';

  it('shows its information and its list of files to everybody', async () => {
    const hub = await openHub();
    const info = await ask(hub, '/api/models/sample/gated-llama');
    expect(JSON.parse(info.body)).toMatchObject({ gated: 'manual' });
    expect(await ask(hub, '/api/models/sample/gated-llama/tree/main')).toMatchObject({ status: 200 });
    expect(await ask(hub, '/api/models/sample/gated-llama/commits/main')).toMatchObject({
      status: 401,
      code: 'GatedRepo',
    });
  });

  it.each([undefined, 'hf_wrong'])('wants the token %s to log in: 401 GatedRepo', async (token) => {
    const hub = await openHub();
    expect(await ask(hub, FILE, token)).toMatchObject({ status: 401, code: 'GatedRepo', message: LOGIN, body: LOGIN });
  });

  it('sends those without access to its page: 403 GatedRepo', async () => {
    const hub = await openHub();
    const message = `Access to model sample/gated-llama is restricted and you are not in the authorized list. Visit ${hub.url}/sample/gated-llama to ask for access.`;
    expect(await ask(hub, FILE, hub.tokens.member)).toMatchObject({ status: 403, code: 'GatedRepo', message });
  });

  it('opens to those who have access, and to others when it is given', async () => {
    const hub = await openHub();
    expect(await ask(hub, FILE, hub.tokens.gated)).toMatchObject({ status: 302 });
    hub.setGate('sample/gated-llama', hub.tokens.member, 'pending');
    const waiting = await ask(hub, FILE, hub.tokens.member);
    expect(waiting.message).toBe(
      'Your request to access model sample/gated-llama is awaiting a review from the repo authors.',
    );
    hub.setGate('sample/gated-llama', hub.tokens.member, 'granted');
    expect(await ask(hub, FILE, hub.tokens.member)).toMatchObject({ status: 302 });
  });

  it('keeps the second hop of small files closed too', async () => {
    const hub = await openHub();
    const { id } = hub.commitOf('sample/gated-llama');
    const path = `/api/resolve-cache/models/sample/gated-llama/${id}/config.json`;
    expect(await ask(hub, path)).toMatchObject({ status: 401, code: 'GatedRepo' });
    expect(await ask(hub, path, hub.tokens.gated)).toMatchObject({ status: 200 });
  });
});

it('a disabled repository says so in its information and refuses its files', async () => {
  const hub = await openHub();
  const info = await ask(hub, '/api/models/sample/disabled-llama');
  expect([info.status, JSON.parse(info.body).disabled]).toEqual([200, true]);
  const refused = { status: 403, message: 'Access to this resource is disabled.' };
  expect(await ask(hub, '/sample/disabled-llama/resolve/main/config.json')).toMatchObject(refused);
  expect(await ask(hub, '/api/models/sample/disabled-llama/tree/main')).toMatchObject(refused);
});

describe('rate limits', () => {
  const leftOf = (said: Said): string => said.headers.get('ratelimit') ?? '';

  it('are counted down on every answer, redirects and errors too, and not enforced unless asked', async () => {
    const now = Date.now();
    const hub = await openHub({ clock: { now: () => now }, limits: { quotas: { api: 4 } } });
    const paths = [
      '/api/models/gpt2',
      '/api/models/sample/nothing',
      '/api/models/sample/tiny-llama',
      '/api/models/gpt2',
    ];
    const seen: string[] = [];
    for (const path of paths) seen.push(leftOf(await ask(hub, path)));
    expect(seen).toEqual(['"api";r=3;t=300', '"api";r=2;t=300', '"api";r=1;t=300', '"api";r=3;t=300']);
    expect(leftOf(await ask(hub, '/sample/tiny-llama/resolve/main/config.json'))).toBe('"resolvers";r=2999;t=300');
  });

  it('end in 429 with the seconds to wait and no Retry-After, until the window is over', async () => {
    let now = Date.now();
    const hub = await openHub({ clock: { now: () => now }, limits: { quotas: { api: 1 }, enforced: true } });
    expect(await ask(hub, '/api/models/sample/tiny-llama')).toMatchObject({ status: 200 });
    now += 245_000;
    const refused = await ask(hub, '/api/models/sample/tiny-llama');
    expect(refused.status).toBe(429);
    expect(leftOf(refused)).toBe('"api";r=0;t=55');
    expect(refused.headers.get('ratelimit-policy')).toBe('"fixed window";"api";q=1;w=300');
    expect(refused.headers.get('retry-after')).toBeNull();
    expect(await ask(hub, '/api/models/sample/tiny-llama', hub.tokens.member)).toMatchObject({ status: 200 });
    now += 55_000;
    expect(await ask(hub, '/api/models/sample/tiny-llama')).toMatchObject({ status: 200 });
  });
});

it('a Host header that is not this machine gets nothing', async () => {
  const hub = await openHub();
  const headers = { host: 'evil.example' };
  expect((await rawRequest(hub.url, '/api/models/sample/tiny-llama', { headers })).status).toBe(421);
});

it('its buttons are pressed by its own pages alone', async () => {
  const hub = await openHub();
  const { host } = new URL(hub.url);
  const press = async (headers: Record<string, string>): Promise<number> =>
    (await rawRequest(hub.url, '/settings/tokens/stranger', { method: 'POST', headers: { host, ...headers } })).status;
  expect(await press({ origin: 'https://evil.example' })).toBe(403);
  expect(await press({ origin: 'null' })).toBe(403);
  expect(await press({ 'sec-fetch-site': 'same-site' })).toBe(403);
  expect((await ask(hub, '/api/whoami-v2', hub.tokens.stranger)).status).toBe(200);
  expect(await press({ origin: hub.url, 'sec-fetch-site': 'same-origin' })).toBe(303);
  expect((await ask(hub, '/api/whoami-v2', hub.tokens.stranger)).status).toBe(401);
  const { headers } = await ask(hub, '/settings/tokens');
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
});

describe('the page of a gated repository', () => {
  const post = (hub: SampleHub, path: string): Promise<Response> =>
    fetch(hub.url + path, { method: 'POST', redirect: 'manual' });
  const file = (id: string): string => `/${id}/resolve/main/config.json`;

  it('lets in who accepts, at once', async () => {
    const hub = await openHub();
    expect((await ask(hub, '/sample/terms-llama')).body).toContain('action="/sample/terms-llama/accept/stranger"');
    expect((await ask(hub, file('sample/terms-llama'), hub.tokens.stranger)).status).toBe(403);
    const said = await post(hub, '/sample/terms-llama/accept/stranger');
    expect([said.status, said.headers.get('location')]).toEqual([303, '/sample/terms-llama']);
    expect((await ask(hub, file('sample/terms-llama'), hub.tokens.stranger)).status).toBe(307);
    expect((await ask(hub, file('sample/terms-llama'), hub.tokens.member)).status).toBe(403);
    expect((await ask(hub, '/sample/terms-llama')).body).toContain('stranger has access');
  });

  it('asks the authors where they decide, and has their answer too', async () => {
    const hub = await openHub();
    await post(hub, '/sample/gated-llama/accept/stranger');
    expect((await ask(hub, file('sample/gated-llama'), hub.tokens.stranger)).message).toMatch(/awaiting a review/);
    await post(hub, '/sample/gated-llama/accept/stranger');
    expect((await ask(hub, file('sample/gated-llama'), hub.tokens.stranger)).status).toBe(307);
  });

  it('knows no account that is not there, no open repository, and no other way than its button', async () => {
    const hub = await openHub();
    const said = [
      await post(hub, '/sample/terms-llama/accept/nobody'),
      await post(hub, '/sample/tiny-llama/accept/stranger'),
      await fetch(`${hub.url}/sample/terms-llama/accept/stranger`),
    ];
    expect(said.map(({ status }) => status)).toEqual([404, 404, 405]);
  });
});

describe('the page of tokens', () => {
  it('revokes those of an account, which are nobody’s from then on', async () => {
    const hub = await openHub();
    const { body } = await ask(hub, '/settings/tokens');
    expect(body).toContain('action="/settings/tokens/stranger"');
    expect(body).toContain('ann: <code>hf_SampleTokenOfAnnWhoReadsGatedOnes0</code>');
    expect((await ask(hub, '/api/whoami-v2', hub.tokens.stranger)).status).toBe(200);
    const said = await fetch(`${hub.url}/settings/tokens/stranger`, { method: 'POST', redirect: 'manual' });
    expect(said.status).toBe(303);
    expect((await ask(hub, '/api/whoami-v2', hub.tokens.stranger)).status).toBe(401);
    expect((await ask(hub, '/api/whoami-v2', hub.tokens.member)).status).toBe(200);
    expect((await ask(hub, '/settings/tokens')).body).toContain('stranger: its tokens are revoked');
    expect((await ask(hub, '/settings/tokens/nobody')).status).toBe(404);
  });
});
