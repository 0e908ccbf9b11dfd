import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { defineRepo } from '../../../playground/hub/sample-hub.ts';
import { ONE_CONNECTION } from '../../helpers/app.ts';
import { diagnose } from '../../../src/app/doctor/doctor.ts';
import { type Config, loadConfig } from '../../../src/config/config.ts';
import { describeConfig } from '../../../src/config/description.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { Places, Secret } from '../../helpers/leaks.ts';
import { BOB } from '../../helpers/stand-ins.ts';
import { ANN, openWorld, type RunningProcess, type World } from '../../helpers/world.ts';

export const GROUP = -1_001_000_000_077;
export const SIZE = 1_000_000;
export const WRONG_TOKEN = 'hf_WrongTokenThatTheHubHasNeverSeen00';
export const OFFERED_TOKEN = 'hf_OfferedTokenThatNobodyAskedFor0000';
const SECRET_KEY = 'Secret-Key-Words-0123456789-abcdefghij+/';
export const WEBHOOK_SECRET = 'Webhook-Secret-0123456789-abcdef';
const API_TOKEN = 'Api-Token-0123456789-abcdefghijkl';
const PROXY_PASSWORD = 'Proxy-Password-0123456789';
const S3_SIGNATURE = 'abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789';
export const S3_QUERY = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIASAMPLEKEY%2F20261129&X-Amz-Date=20261129T000000Z&X-Amz-Security-Token=Sec%2Brity-Token-0123456789&X-Amz-Signature=${S3_SIGNATURE}&X-Xet-Cas-Uid=cas-user-0123456789`;

const named = (name: string) =>
  defineRepo({
    id: `sample/${name}`,
    files: [
      { path: 'model.safetensors', size: SIZE, seed: name },
      { path: 'config.json', content: '{}' },
    ],
  });
/** Each is fetched under a fault of its own. */
export const NAMES = ['expired', 'refused', 'reset', 'broken', 'elsewhere', 'nowhere', 'talkative', 'killed'];

export interface Run {
  readonly world: World;
  /** What every process has printed. */
  readonly runs: RunningProcess[];
  readonly secrets: readonly Secret[];
}

/** The bot between its stand-ins, and all that must not be found afterwards. */
export const open = async (): Promise<Run> => {
  const world = await openWorld({ hub: { repos: NAMES.map(named) } });
  onTestFinished(() => world.close());
  world.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
  const { telegram, hub } = world;
  const body = (token: string): string => token.replace(/^hf_/, '');
  const secrets = [
    { name: 'the bot token', text: telegram.token.split(':')[1] ?? '' },
    { name: 'the machine’s token', text: body(hub.tokens.bob) },
    { name: 'a personal token', text: body(hub.tokens.ann) },
    { name: 'a wrong token', text: body(WRONG_TOKEN) },
    { name: 'an offered token', text: body(OFFERED_TOKEN) },
    { name: 'the key', text: SECRET_KEY },
    { name: 'the secret of a webhook', text: WEBHOOK_SECRET },
    { name: 'the token of the jobs over HTTP', text: API_TOKEN },
    { name: 'the password of a proxy', text: PROXY_PASSWORD },
    { name: 'a signature', text: S3_SIGNATURE },
  ];
  return { world, runs: [], secrets };
};

/** Thrown in the midst of the process by a signal: what nobody catches, with all that errors carry. */
const strayError = ({ telegram, hub }: World): string => {
  const thrown = `const cause = new Error('GET ${hub.cdnUrl}/x?${S3_QUERY} failed, authorization: Bearer ${hub.tokens.bob}');
    throw Object.assign(new Error('POST ${telegram.apiRoot}/bot${telegram.token}/getMe failed', { cause }), { url: '${S3_QUERY}' })`;
  return `--import=data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${thrown} })`)}`;
};

/** As talkative as it can be, with a secret wherever one can be given. */
const settings = (world: World): Readonly<Record<string, string>> => ({
  HF_TOKEN: world.hub.tokens.bob,
  HUBGRAM_LOG_LEVEL: 'trace',
  HUBGRAM_SECRET_KEY: SECRET_KEY,
  HUBGRAM_API_PORT: '0',
  HUBGRAM_API_TOKEN: API_TOKEN,
  HTTPS_PROXY: `http://someone:${PROXY_PASSWORD}@proxy.example:3128`,
  HUBGRAM_MAX_RETRIES: '0',
  NODE_OPTIONS: strayError(world),
  ...ONE_CONNECTION,
});

/** Starts it with these settings and others. */
export const begin = (
  { world, runs }: Run,
  env: Record<string, string> = {},
  flags: readonly string[] = [],
): RunningProcess => {
  const started = world.start({ ...settings(world), ...env }, flags);
  runs.push(started);
  return started;
};

/** What `doctor --json` and `--check-config` print: `main.ts` prints it as it is. */
export const toldOfSettings = async ({ world }: Run): Promise<Places> => {
  const given = { ...world.env, ...settings(world) };
  const read = (): Config => loadConfig({ argv: [], env: given, cwd: world.folder });
  const { text } = await diagnose({ read, asJson: true, clock: systemClock });
  return new Map([
    ['what doctor --json prints', Buffer.from(text)],
    ['what --check-config prints', Buffer.from(describeConfig(read()))],
  ]);
};

const thrownBy = (work: () => unknown): string => {
  try {
    work();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/**
 * Starts that are refused for what a secret looks like, or for what stands beside it.
 * @returns what is said of those that need no program for that: `main.ts` says what `loadConfig` throws, and nothing else
 */
export const startWrongly = async (run: Run): Promise<Places> => {
  const { world } = run;
  const { telegram, hub, folder } = world;
  const given = { ...world.env, ...settings(world) };
  const file = join(folder, 'wrong.yaml');
  await writeFile(file, `bot_token: ${telegram.token} : [\nhf_token: {${hub.tokens.bob}\n`);
  for (const wrong of [{ HUBGRAM_CONFIG: file }, { BOT_TOKEN: `${telegram.token} x` }])
    expect(await begin(run, wrong).exited).not.toBe(0);
  const said = [
    { HUBGRAM_WEBHOOK_SECRET: `${WEBHOOK_SECRET} x` },
    { HUBGRAM_API_PORT: '0', HUBGRAM_API_TOKEN: `${API_TOKEN} x` },
    { HUBGRAM_SECRET_KEY: SECRET_KEY.slice(0, 20) },
    { HF_TOKEN: `${hub.tokens.bob} x` },
    { HF_ENDPOINT: `ftp://someone:${PROXY_PASSWORD}@hub.example` },
    { HTTPS_PROXY: `someone:${PROXY_PASSWORD}@proxy.example:3128` },
    { HTTPS_PROXY: `http://someone:${PROXY_PASSWORD}@more@proxy.example:port` },
  ].map((wrong) => {
    const start = (): unknown => loadConfig({ argv: [], env: { ...given, ...wrong }, cwd: folder });
    return [`what is said of ${Object.keys(wrong).at(-1)}`, Buffer.from(thrownBy(start))] as const;
  });
  expect(said.filter(([, { length }]) => length === 0)).toEqual([]);
  return new Map(said.map(([name, bytes], at) => [`${name}, ${at}`, bytes]));
};
