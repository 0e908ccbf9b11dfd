import { describe, expect, test } from 'vitest';
import { AppError, isTransient } from '../../../src/domain/errors.ts';
import { parseRepoRef } from '../../../src/domain/repo/repo.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import type { Source } from '../../../src/sources/port.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { type Answer, COMMIT, type OddHub, startClosedHub, startOddHub } from './odd-hub.ts';

const never = new AbortController().signal;

const hubAt = ({ url }: Pick<OddHub, 'url'>, token?: string, timeoutMs?: number): Source =>
  createHub({ endpoint: url, token, userAgent: 'hubgram-test/1', timeoutMs, clock: systemClock });

const failureOf = async (work: Promise<unknown>): Promise<AppError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw new Error('It did not fail as it should', { cause: error });
};

const inspecting = async (answer: Answer, token?: string, text = 'org/name'): Promise<AppError> => {
  const server = await startOddHub(() => answer);
  const error = await failureOf(hubAt(server, token).inspect(parseRepoRef(text), never));
  expect(error.message).not.toContain(token ?? 'hf_');
  return error;
};

const locating = async (answer: Answer, token?: string): Promise<AppError> => {
  const server = await startOddHub(() => answer);
  return failureOf(
    hubAt(server, token).locate({ type: 'model', id: 'org/name', commit: COMMIT, path: 'a/b.bin' }, never),
  );
};

const UNAUTHORIZED: Answer = {
  status: 401,
  headers: {
    'x-error-message': 'Invalid username or password.',
    'www-authenticate': 'Bearer realm="Authentication required", charset="UTF-8"',
  },
  body: { error: 'Invalid username or password.' },
};
const gated = (status: number, message: string): Answer => ({
  status,
  headers: { 'x-error-code': 'GatedRepo', 'x-error-message': message },
  body: { error: message },
});

describe('what the Hub refuses is told apart', () => {
  test('a repository that is missing or private, asked for without a token', async () => {
    const error = await inspecting(UNAUTHORIZED);
    expect(error.code).toBe('not_found');
    expect(error.message).toMatch(
      /knows no model org\/name, or it is private: then HF_TOKEN has to be set.*datasets\/org\/name/,
    );
  });

  test.each([
    'Invalid username or password',
    'Invalid username or password.',
    'Invalid username or password. Ask Ann.',
  ])('a repository that is missing does not sound like a wrong password: %s', async (said) => {
    const headers = { ...UNAUTHORIZED.headers, 'x-error-message': said };
    const { message } = await inspecting({ status: 401, headers, body: { error: said } });
    expect(message).not.toContain('password');
    expect(message.endsWith('Ask Ann.')).toBe(said.endsWith('Ask Ann.'));
  });

  test('a repository that is missing, asked for with a token', async () => {
    const error = await inspecting(
      { status: 404, headers: { 'x-error-code': 'RepoNotFound' }, body: { error: 'x' } },
      'hf_x',
      'datasets/org/name',
    );
    expect(error.code).toBe('not_found');
    expect(error.message).toMatch(/knows no dataset org\/name, or it is private and the token may not read it/);
    expect(error.message).not.toContain('A dataset is written');
  });

  test('a revision that is missing', async () => {
    const headers = { 'x-error-code': 'RevisionNotFound', 'x-error-message': 'Invalid rev id: v9' };
    const error = await inspecting({ status: 404, headers, body: { error: 'x' } }, undefined, 'org/name@v9');
    expect(error).toMatchObject({ code: 'not_found', message: 'The model org/name has no revision “v9”.' });
  });

  test('a file that is missing', async () => {
    const error = await locating({
      status: 404,
      headers: { 'x-error-code': 'EntryNotFound', 'x-repo-commit': COMMIT },
      body: 'Entry not found',
    });
    expect(error).toMatchObject({
      code: 'gone',
      message: 'The model org/name has no file “a/b.bin” at this revision.',
    });
  });

  test('a place that is no Hub', async () => {
    const error = await inspecting({ status: 404, body: 'Not Found' });
    expect(error.code).toBe('not_found');
    expect(error.message).toMatch(/Is HF_ENDPOINT right\?/);
    const headers = { 'x-error-code': 'RepoNotFound' };
    expect((await inspecting({ status: 404, headers, body: {} })).message).not.toContain('HF_ENDPOINT');
  });

  test('a gated one without a token: what to accept and where', async () => {
    const error = await locating(gated(401, 'Access to model org/name is restricted. Please log in.'));
    expect(error.code).toBe('gated');
    expect(error.message).toMatch(
      /is gated\. Accept its terms at http:\/\/127\.0\.0\.1:\d+\/org\/name and give me a token of that account: yours with \/token in your own chat, or the machine’s in HF_TOKEN\.$/,
    );
  });

  test('a gated one with a token that is not valid', async () => {
    expect(await locating(gated(401, 'Access to model org/name is restricted.'), 'hf_bad')).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('does not accept the token'),
    });
  });

  test('a gated one with a token whose account has no access yet', async () => {
    const error = await locating(
      gated(403, 'Access to model org/name is restricted and you are not in the authorized list.'),
      'hf_x',
    );
    expect(error.code).toBe('gated');
    expect(error.message).toMatch(
      /the account of this machine’s token has no access yet\. Accept its terms at http:\/\/127\.0\.0\.1:\d+\/org\/name, then try again, or give me a token of your own account: \/token in our own chat\./,
    );
  });

  test('a gated one whose authors have yet to answer', async () => {
    const error = await locating(
      gated(403, 'Your request to access model org/name is awaiting a review from the repo authors.'),
      'hf_x',
    );
    expect(error.message).toContain('have not answered yet');
  });

  test('a gated one and a token that may not read any', async () => {
    const error = await locating(
      gated(403, 'Please enable access to public gated repositories in your fine-grained token settings.'),
      'hf_x',
    );
    expect(error.message).toMatch(
      /Allow it at http:\/\/127\.0\.0\.1:\d+\/settings\/tokens; if that is a mirror, at https:\/\/huggingface\.co\/settings\/tokens\.$/,
    );
  });

  test('a token that is not valid', async () => {
    const headers = { 'x-error-message': 'Invalid credentials in Authorization header' };
    expect(await inspecting({ status: 401, headers, body: { error: 'x' } }, 'hf_bad')).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('does not accept the token'),
    });
  });

  test('a disabled one', async () => {
    const error = await locating({
      status: 403,
      headers: { 'x-error-message': 'Access to this resource is disabled.' },
    });
    expect(error).toMatchObject({ code: 'forbidden', message: expect.stringContaining('has been disabled') });
  });

  test("another refusal is passed on in the Hub's words, on one line", async () => {
    const error = await inspecting({ status: 403, headers: { 'x-error-message': 'Your IP\tis blocked' }, body: 'x' });
    expect(error.code).toBe('forbidden');
    expect(error.message).toMatch(/does not let us read the model org\/name: Your IP is blocked\.$/);
    expect((await inspecting({ status: 400, headers: { 'x-error-message': 'Bad expand' } })).code).toBe('operational');
  });

  test('any other reason, without what it repeats of a token or a signed URL', async () => {
    const said = 'Bad hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567 for https://cdn.example/x?X-Amz-Signature=deadbeef&y=1';
    const { message } = await inspecting({ status: 400, headers: { 'x-error-message': said } });
    expect(message).toMatch(/\(status 400\): Bad \[hf token\] for https:\S+\?X-Amz-Signature=\[signed\]&y=1\.$/);
  });

  test('too many requests: how long to stay away', async () => {
    const headers = { ratelimit: '"api";r=0;t=55', 'ratelimit-policy': '"fixed window";"api";q=500;w=300' };
    const error = await inspecting({ status: 429, headers, body: { error: 'x' } });
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 56_000 });
    expect(error.message).toContain('takes more in 56 s. With HF_TOKEN set');
    expect(await inspecting({ status: 429 }, 'hf_x')).toMatchObject({ code: 'rate_limited', retryAfterMs: undefined });
  });

  test.each([500, 502, 503, 504, 408])('an ailing Hub (%i)', async (status) => {
    const error = await inspecting({ status, headers: { 'retry-after': '7' }, body: '<html>' });
    expect(error).toMatchObject({ code: 'unavailable', retryAfterMs: 7000 });
    expect(isTransient(error)).toBe(true);
  });
});

describe('no answer', () => {
  test('because nobody listens', async () => {
    const { url, host } = await startClosedHub();
    const error = await failureOf(hubAt({ url }).inspect(parseRepoRef('gpt2'), never));
    expect(error).toMatchObject({ code: 'unreachable', message: `${host} cannot be reached: it refuses connections.` });
  });

  test('because the name is not known', async () => {
    const error = await failureOf(hubAt({ url: 'http://no-such-host.invalid' }).inspect(parseRepoRef('gpt2'), never));
    expect(error.code).toBe('unreachable');
    expect(error.message).toMatch(/^no-such-host\.invalid cannot be reached: its name/);
  });

  test('because the connection breaks', async () => {
    const server = await startOddHub((request) => {
      request.socket.destroy();
      return undefined;
    });
    expect(await failureOf(hubAt(server).inspect(parseRepoRef('gpt2'), never))).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('the connection broke'),
    });
  });

  test('because it breaks in the middle of the answer', async () => {
    const server = await startOddHub((request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"id":', () => request.socket.destroy());
      return undefined;
    });
    expect((await failureOf(hubAt(server).inspect(parseRepoRef('gpt2'), never))).code).toBe('unreachable');
  });

  test('in time', async () => {
    const server = await startOddHub(() => undefined);
    expect(await failureOf(hubAt(server, undefined, 50).inspect(parseRepoRef('gpt2'), never))).toMatchObject({
      code: 'stalled',
      message: expect.stringContaining('did not answer in time'),
    });
  });

  test('to the end in time', async () => {
    const server = await startOddHub((_request, response) => {
      response.writeHead(200).write('{');
      return undefined;
    });
    expect(await failureOf(hubAt(server, undefined, 100).inspect(parseRepoRef('gpt2'), never))).toMatchObject({
      code: 'stalled',
      message: expect.stringContaining('did not answer in time'),
    });
  });
});

describe('whoever gives up gets their own reason back', () => {
  test('before the answer, in the middle of it, and before the question', async () => {
    const reason = new Error('shutdown');
    const abort = new AbortController();
    const silent = await startOddHub(() => {
      abort.abort(reason);
      return undefined;
    });
    await expect(hubAt(silent).inspect(parseRepoRef('gpt2'), abort.signal)).rejects.toBe(reason);

    const later = new AbortController();
    const halting = await startOddHub((_request, response) => {
      response.writeHead(200).write('{', () => later.abort(reason));
      return undefined;
    });
    await expect(hubAt(halting).inspect(parseRepoRef('gpt2'), later.signal)).rejects.toBe(reason);
    await expect(
      hubAt(halting).locate({ type: 'model', id: 'gpt2', commit: COMMIT, path: 'a' }, AbortSignal.abort(reason)),
    ).rejects.toBe(reason);
    expect(halting.seen).toHaveLength(1);
  });
});

test("a repository's page is below the endpoint, with or without a slash at its end", () => {
  const hub = hubAt({ url: 'https://huggingface.co/' });
  expect(hub.repoUrl({ type: 'model', id: 'gpt2' })).toBe('https://huggingface.co/gpt2');
  expect(hub.repoUrl({ type: 'dataset', id: 'org/name' })).toBe('https://huggingface.co/datasets/org/name');
});
