import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Finding } from '../../src/app/doctor/finding.ts';
import { webhookFinding } from '../../src/app/doctor/webhook.ts';
import { loadConfig } from '../../src/config/config.ts';
import { freePort } from '../helpers/free-port.ts';
import { ANN, openStandIns, type StandIns } from '../helpers/stand-ins.ts';

let world: StandIns;
beforeEach(async () => {
  world = await openStandIns();
});
afterEach(() => world.close());

const found = (url?: string, env: Readonly<Record<string, string>> = {}): Promise<Finding> => {
  const wanted = url === undefined ? {} : { HUBGRAM_WEBHOOK_URL: url, HUBGRAM_HTTP_PORT: '8080' };
  return webhookFinding(loadConfig({ argv: [], env: { ...world.env, ...wanted, ...env }, cwd: world.folder }));
};

const set = (url: string): Promise<unknown> =>
  fetch(`${world.telegram.apiRoot}/bot${world.telegram.token}/setWebhook?url=${encodeURIComponent(url)}`);

it('says whether the webhook is the one that is wanted, by its host alone', async () => {
  const url = 'https://bot.example.org/secret-path';
  const asked: Finding[] = [await found(), await found(url)];
  await set('https://elsewhere.example.org/path-of-theirs');
  asked.push(await found(), await found(url));
  await set(url);
  asked.push(await found(url));
  expect(asked.map(({ state, says }) => `${state}: ${says}`)).toEqual([
    'left_out: There is none: updates are polled.',
    'warning: HUBGRAM_WEBHOOK_URL is set, and Telegram has not been told of it.',
    'warning: Telegram brings updates to elsewhere.example.org, and HUBGRAM_WEBHOOK_URL is not set.',
    'warning: Telegram brings updates to elsewhere.example.org, and not to HUBGRAM_WEBHOOK_URL.',
    'fine: Telegram brings updates to bot.example.org.',
  ]);
  expect(JSON.stringify(asked)).not.toMatch(/secret-path|path-of-theirs/);
});

it('says what Telegram says of updates that it cannot bring', async () => {
  const url = `http://127.0.0.1:${await freePort()}/telegram`;
  await set(url);
  expect(await found(url)).toMatchObject({ state: 'fine' });
  world.telegram.say(ANN, ANN, 'hello');
  await expect.poll(() => found(url).then(({ state }) => state)).toBe('wrong');
  expect((await found(url)).says).toMatch(
    /^Telegram has updates \(1\) that wait to be brought to 127\.0\.0\.1:\d+\. Its last error: Connection refused$/,
  );
});

it('leaves out what the playground has not, and what Telegram does not say', async () => {
  expect(await found(undefined, { BOT_TOKEN: '' })).toMatchObject({
    state: 'left_out',
    says: 'The playground has none.',
  });
  const nobody = `http://127.0.0.1:${await freePort()}`;
  for (const TELEGRAM_API_ROOT of [nobody, world.hub.url])
    expect(await found(undefined, { TELEGRAM_API_ROOT })).toMatchObject({
      state: 'left_out',
      says: 'Telegram did not say how it stands.',
    });
});
