import { expect, test } from 'vitest';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { describeConfig } from '../../src/config/description.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { AppError } from '../../src/domain/errors.ts';

const TOKEN = 'a'.repeat(16);

const load = (env: Record<string, string>, files: Readonly<Record<string, string>> = {}): Config =>
  loadConfig({
    argv: [],
    env: { HOME: '/home/ann', ...env },
    cwd: '/srv',
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(), { code: 'ENOENT' });
      return text;
    },
  });

const refusal = (env: Record<string, string>): string => {
  try {
    load(env);
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
  throw new Error('It was taken');
};

test('jobs over HTTP are off without a port, and on this machine only unless told otherwise', () => {
  expect(load({})).toMatchObject({ apiPort: undefined, apiHost: '127.0.0.1', apiToken: undefined, warnings: [] });
  const config = load({ HUBGRAM_API_PORT: '8082', HUBGRAM_API_TOKEN: TOKEN });
  expect(config).toMatchObject({ apiPort: 8082, apiHost: '127.0.0.1', apiToken: TOKEN, warnings: [] });
  expect(describeConfig(config)).not.toContain(TOKEN);
});

test.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('%s is this machine', (host) => {
  expect(load({ HUBGRAM_API_PORT: '0', HUBGRAM_API_TOKEN: TOKEN, HUBGRAM_API_HOST: host }).warnings).toEqual([]);
});

test.each(['0.0.0.0', '::', '192.168.1.2', '127.example.org'])('of %s it is told who can reach it', (host) => {
  expect(load({ HUBGRAM_API_PORT: '0', HUBGRAM_API_TOKEN: TOKEN, HUBGRAM_API_HOST: host }).warnings).toEqual([
    `HUBGRAM_API_HOST is ${host}: other machines reach the jobs, and the token travels there unencrypted.`,
  ]);
});

test('a port needs a token, and a token does nothing without a port', () => {
  expect(refusal({ HUBGRAM_API_PORT: '8082' })).toContain(
    'HUBGRAM_API_PORT needs HUBGRAM_API_TOKEN, which whoever asks has to show. Expected: 16 letters, digits and signs or more',
  );
  expect(load({ HUBGRAM_API_TOKEN: TOKEN }).warnings).toEqual([
    'HUBGRAM_API_TOKEN is set, and HUBGRAM_API_PORT is not: nothing listens for the jobs of an inference server.',
  ]);
});

test.each(['a'.repeat(15), 'short', `${TOKEN} b`, `${TOKEN}ä`, `${TOKEN}"`, 'a'.repeat(1025)])(
  'the token %j is refused, and not shown',
  (token) => {
    const message = refusal({ HUBGRAM_API_PORT: '8082', HUBGRAM_API_TOKEN: token });
    expect(message).toContain('HUBGRAM_API_TOKEN has the wrong shape (it is not shown). Expected: 16 letters');
    expect(message).not.toContain(token);
  },
);

test('its port is not the one on which /healthz is', () => {
  const both = { HUBGRAM_API_PORT: '8082', HUBGRAM_API_TOKEN: TOKEN, HUBGRAM_HTTP_PORT: '8082' };
  const sentence = 'HUBGRAM_API_PORT and HUBGRAM_HTTP_PORT are both 8082. Expected: two ports. Example: 8082';
  expect(refusal(both)).toContain(sentence);
  expect(refusal({ ...both, HUBGRAM_HTTP_HOST: '0.0.0.0' })).toContain(sentence);
  // Each of these has one of its own.
  expect(load({ ...both, HUBGRAM_HTTP_HOST: '192.168.1.2' }).httpPort).toBe(8082);
  expect(load({ ...both, HUBGRAM_API_PORT: '0', HUBGRAM_HTTP_PORT: '0' }).apiPort).toBe(0);
});

test.each(Object.values(SETTINGS).map(({ name }) => name))(
  '%s that makes no sense is refused with a sentence, if it is, whatever else is set',
  (name) => {
    const others = {
      HUBGRAM_API_PORT: '8082',
      HUBGRAM_API_TOKEN: TOKEN,
      HUBGRAM_HTTP_PORT: '8080',
      HUBGRAM_WEBHOOK_URL: 'https://bot.example.org/telegram',
      HUBGRAM_REDIS_URL: 'rediss://redis.example.org',
    };
    const outcome = (): string => {
      try {
        return load({ ...others, [name]: '{ no: sense\0' }).configFile ?? 'taken';
      } catch (error) {
        if (error instanceof AppError) return error.message;
        throw error;
      }
    };
    expect(outcome()).toMatch(new RegExp(`^taken$|\\n- ${name} (?:is|has|needs|begins) `));
  },
);

test('the token may lie in a file', () => {
  const env = { HUBGRAM_API_PORT: '8082', HUBGRAM_API_TOKEN_FILE: 'api.token' };
  expect(load(env, { '/srv/api.token': `${TOKEN}b\n` }).apiToken).toBe(`${TOKEN}b`);
});
