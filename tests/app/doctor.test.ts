import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SAMPLE_TOKENS } from '../../playground/hub/api/access.ts';
import { diskFindings } from '../../src/app/doctor/disk.ts';
import { diagnose } from '../../src/app/doctor/doctor.ts';
import type { Finding } from '../../src/app/doctor/finding.ts';
import { nodeFinding, serviceFinding } from '../../src/app/doctor/machine.ts';
import { askHub } from '../../src/app/doctor/network.ts';
import { createDisks } from '../../src/cache/disk.ts';
import { loadConfig } from '../../src/config/config.ts';
import { createTestClock, type TestClock } from '../helpers/clock.ts';
import { openTestStore } from '../helpers/database.ts';
import { FAT } from '../helpers/disks.ts';
import { freePort } from '../helpers/free-port.ts';
import { openStandIns, type StandIns } from '../helpers/stand-ins.ts';
import { openAppWorld } from '../helpers/app.ts';
import { ANN, openWorld } from '../helpers/world.ts';

let world: StandIns;
let clock: TestClock;
beforeEach(async () => {
  world = await openStandIns();
  clock = createTestClock(Date.now());
});
afterEach(() => world.close());

const HIDDEN = 'hf_thisIsNoTokenAtAll';

const run = async (env: Readonly<Record<string, string>> = {}, asJson = false) =>
  diagnose({
    read: () => loadConfig({ argv: [], env: { ...world.env, ...env }, cwd: world.folder }),
    asJson,
    clock,
  });

const findings = async (env: Readonly<Record<string, string>> = {}): Promise<readonly Finding[]> => {
  const { text } = await run(env, true);
  return (JSON.parse(text) as { findings: readonly Finding[] }).findings;
};

const about = async (what: string, env: Readonly<Record<string, string>> = {}): Promise<Finding | undefined> =>
  (await findings(env)).find((finding) => finding.about === what);

const database = (): string => join(world.dataDir, 'hubgram.db');

const makeDatabase = (): void => {
  mkdirSync(world.dataDir, { mode: 0o700 });
  openTestStore(database()).close();
};

/** All files below a folder with their sizes, save for what the bot writes: the log of the database, and its own. */
const lying = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('hubgram.db-') && path !== 'logs/hubgram.log')
    .map((path) => `${path} ${statSync(join(folder, path)).size}`)
    .toSorted();

/** An address of this machine at which nobody listens. */
const nobody = async (): Promise<string> => `http://127.0.0.1:${await freePort()}`;

describe('the doctor', () => {
  it('finds nothing wrong with a bot that runs, and leaves everything as it is', async () => {
    const bot = await openAppWorld();
    try {
      await bot.start({ HF_TOKEN: SAMPLE_TOKENS.member });
      mkdirSync(bot.cacheDir, { recursive: true });
      const before = [lying(bot.cacheDir), lying(bot.dataDir)];
      const { text, ok } = await diagnose({
        read: () => loadConfig({ argv: [], env: { ...bot.env, HF_TOKEN: SAMPLE_TOKENS.member }, cwd: bot.folder }),
        asJson: false,
        clock,
      });
      expect([lying(bot.cacheDir), lying(bot.dataDir)]).toEqual(before);
      expect(text).toMatch(/\n\nNothing is wrong; \d warnings?\.$|\n\nAll is well\.$/);
      expect(ok).toBe(true);
      expect(text).toMatch(/^fine {6}Telegram {5}It knows the token: the bot is @/m);
      expect(text).toMatch(/^fine {6}Hub {10}127\.0\.0\.1:\d+ knows the token: it is sample-person’s\.$/m);
      expect(text.replaceAll(/\s+/g, ' ')).toContain(`A hubgram uses the data folder: process ${process.pid} on `);
      // The file alone is a page of 4 kB as long as the rest stands in its log.
      expect(text.replaceAll(/\s+/g, ' ')).toMatch(/Database It was read to its end: [\d.]+ MB, version \d+\./);
      for (const secret of [bot.telegram.token, SAMPLE_TOKENS.member]) expect(text).not.toContain(secret);
      const short = text.split('\n').filter((line) => !line.includes('/'));
      expect(Math.max(...short.map(({ length }) => length))).toBeLessThanOrEqual(80);
    } finally {
      await bot.close();
    }
  });

  it('knows a machine on which nothing was started yet', async () => {
    const { ok } = await run();
    expect(ok).toBe(true);
    expect(await about('Data folder')).toMatchObject({
      state: 'fine',
      says: `${world.dataDir} is made at the first start.`,
    });
    expect(await about('Cache')).toMatchObject({
      state: 'fine',
      says: expect.stringContaining('is made with the first'),
    });
    expect(readdirSync(world.folder)).toEqual([]);
  });

  it('says which token is refused, without it', async () => {
    const refused = await about('Hub', { HF_TOKEN: HIDDEN });
    expect(refused).toMatchObject({ state: 'wrong', says: expect.stringMatching(/refused the token\.$/) });
    // Where its own Hub has them made, not another one.
    expect(refused?.remedy).toContain(`set HF_TOKEN. They are made at ${world.hub.url}/settings/tokens; if that`);
    const BOT_TOKEN = `1234:${'x'.repeat(35)}`;
    expect(await about('Telegram', { BOT_TOKEN })).toMatchObject({ state: 'wrong', says: 'It refused the bot token.' });
    const { text, ok } = await run({ BOT_TOKEN, HF_TOKEN: HIDDEN });
    expect(ok).toBe(false);
    expect(text).toMatch(/\n\n2 things are wrong; \d warnings?\.$/);
    for (const secret of [BOT_TOKEN, HIDDEN]) expect(text).not.toContain(secret);
  });

  it('says who cannot be reached, and where to look', async () => {
    const address = await nobody();
    const closed = { TELEGRAM_API_ROOT: address, HF_ENDPOINT: address };
    for (const what of ['Telegram', 'Hub']) {
      expect(await about(what, closed)).toMatchObject({
        state: 'wrong',
        says: `${new URL(address).host} cannot be reached: it refuses connections.`,
        remedy: expect.stringContaining('HTTPS_PROXY'),
      });
    }
    expect(await about('Clock', closed)).toMatchObject({ state: 'left_out' });
    expect(await about('Telegram', { TELEGRAM_API_ROOT: world.hub.url })).toMatchObject({ state: 'wrong' });
  });

  it('says that the playground goes on without the Hub, unless that was named', async () => {
    const env = { ...world.env, HF_ENDPOINT: await nobody() };
    const config = loadConfig({ argv: [], env, cwd: world.folder });
    const saidOf = async (hfEndpoint: 'default' | 'environment') => {
      const { findings: found } = await askHub(
        { ...config, botToken: undefined, origins: { ...config.origins, hfEndpoint } },
        clock,
      );
      return `${found[0]?.state}: ${found[0]?.says}`;
    };
    expect(await saidOf('default')).toMatch(
      /^warning: .* cannot be reached: .*\. The playground uses a sample Hub then\.$/,
    );
    expect(await saidOf('environment')).toMatch(/^wrong: (?!.*playground)/);
  });

  it('finds the clock that is fast or slow, by what others say', async () => {
    expect(await about('Clock')).toMatchObject({ state: 'fine' });
    clock.turn(600_000);
    expect(await about('Clock')).toMatchObject({
      state: 'wrong',
      says: expect.stringMatching(/^It is (?:10|9) min.* fast/),
    });
    clock.turn(-1_200_000);
    expect(await about('Clock')).toMatchObject({ state: 'wrong', says: expect.stringMatching(/ slow: /) });
  });

  it('finds a mistake in the configuration, and what can be looked at without one', async () => {
    const found = await findings({ HUBGRAM_CONNECTIONS: 'many' });
    const { text, ok } = await run({ HUBGRAM_CONNECTIONS: 'many' });
    expect([ok, text]).toEqual([false, expect.stringContaining('1 thing is wrong')]);
    expect(found.map(({ about: what }) => what)).toEqual(['Node', 'Settings']);
    expect(found[1]).toMatchObject({ state: 'wrong', says: expect.stringContaining('HUBGRAM_CONNECTIONS is “many”') });
  });

  it('passes on what the configuration warns of', async () => {
    writeFileSync(join(world.folder, '.env'), 'HF_TOKEN=hf_secretsecret\n');
    chmodSync(join(world.folder, '.env'), 0o644);
    expect(await about('Settings')).toMatchObject({
      state: 'warning',
      says: expect.stringContaining('chmod 600 .env'),
    });
  });
});

describe('of the data folder the doctor', () => {
  it('finds what others may read, with the command that closes it', async () => {
    makeDatabase();
    expect(await about('Secrets')).toMatchObject({ state: 'fine' });
    chmodSync(database(), 0o644);
    writeFileSync(join(world.dataDir, 'secret.key'), 'key', { mode: 0o640 });
    mkdirSync(join(world.dataDir, 'logs'));
    writeFileSync(join(world.dataDir, 'logs', 'hubgram.log'), '', { mode: 0o644 });
    expect(await about('Secrets')).toEqual({
      about: 'Secrets',
      state: 'wrong',
      says: 'Others may read hubgram.db and 2 more.',
      remedy: `chmod 600 ${[database(), ...['secret.key', 'logs/hubgram.log'].map((name) => join(world.dataDir, name))].join(' ')}`,
    });
    chmodSync(world.dataDir, 0o755);
    expect(await about('Data folder')).toMatchObject({ state: 'warning', remedy: `chmod 700 ${world.dataDir}` });
  });

  it('also what a restore has put aside, and goes on where a file has gone meanwhile', async () => {
    makeDatabase();
    symlinkSync(join(world.dataDir, 'gone'), join(world.dataDir, 'hubgram.db-wal'));
    expect(await about('Secrets')).toMatchObject({ state: 'fine' });
    const aside = join(world.dataDir, 'before-restore-2026-11-29T12-00-00-000Z.db');
    writeFileSync(aside, 'old');
    chmodSync(aside, 0o644);
    expect(await about('Secrets')).toMatchObject({ state: 'wrong', remedy: `chmod 600 ${aside}` });
  });

  it('finds a damaged database, and one of a newer hubgram', async () => {
    makeDatabase();
    const db = new Database(database());
    db.pragma('journal_mode = DELETE');
    db.exec("INSERT INTO schema_migrations VALUES (9999, 'x', 'y')");
    db.close();
    const newer = await about('Database');
    expect(newer).toMatchObject({
      state: 'wrong',
      says: expect.stringContaining('it has version 9999, this one knows'),
    });
    truncateSync(database(), statSync(database()).size - 8192);
    const damaged = await about('Database');
    expect(damaged).toMatchObject({ state: 'wrong', says: expect.stringContaining('is damaged: ') });
    expect(damaged?.remedy).toContain('npm start -- restore FILE');
  });

  it('knows how old the newest backup is', async () => {
    makeDatabase();
    expect(await about('Backups')).toMatchObject({ state: 'fine', says: expect.stringContaining('in the night') });
    expect(await about('Backups', { HUBGRAM_BACKUPS_KEPT: '0' })).toMatchObject({ state: 'warning' });
    const store = openTestStore(database());
    const { file } = await store.backups.takeBackup(new AbortController().signal);
    store.close();
    expect(await about('Backups')).toMatchObject({ state: 'fine', says: expect.stringContaining(`of 1 is ${file}`) });
    clock.turn(4 * 86_400_000);
    expect(await about('Backups')).toMatchObject({ state: 'warning', remedy: expect.stringContaining('/backup') });
  });

  it('finds that it is a file', async () => {
    writeFileSync(world.dataDir, '', { mode: 0o600 });
    expect(await about('Data folder')).toMatchObject({ state: 'wrong', says: `${world.dataDir} is no folder.` });
  });

  it('looks at all else where one place cannot be looked at', async () => {
    makeDatabase();
    for (const name of ['logs', 'backups']) writeFileSync(join(world.dataDir, name), '', { mode: 0o600 });
    const cannot = `${join(world.dataDir, 'backups')} cannot be looked at (ENOTDIR).`;
    expect(await about('Secrets')).toMatchObject({ state: 'wrong', says: cannot });
    expect(await about('Backups')).toMatchObject({ state: 'wrong', says: cannot });
    expect(await about('Database')).toMatchObject({ state: 'fine' });
    expect(await about('Cache')).toBeDefined();
  });

  it('finds no hubgram where none runs', async () => {
    makeDatabase();
    expect(await about('Running')).toMatchObject({ says: 'No hubgram uses the data folder now.' });
  });
});

describe('of the disk the doctor', () => {
  const disk = async (minFreeBytes = 0, ...disks: Parameters<typeof createDisks>): Promise<readonly Finding[]> => {
    mkdirSync(world.cacheDir);
    return diskFindings(world.cacheDir, minFreeBytes, createDisks(...disks));
  };

  it('tells what it cannot do, and leaves nothing there', async () => {
    const [, found] = await disk(0, FAT);
    expect(found).toMatchObject({
      state: 'warning',
      says: expect.stringMatching(/^It has no symbolic links: .+; no hard links: .+\.$/),
    });
    expect(readdirSync(world.cacheDir)).toEqual([]);
  });

  it('finds that less is free than is to stay free', async () => {
    const [, , space] = await disk(1e18);
    expect(space).toMatchObject({ state: 'wrong', says: expect.stringContaining('nothing is downloaded') });
  });

  it('finds that nothing can be written there', async () => {
    const file = join(world.folder, 'file');
    writeFileSync(file, '');
    const [, found] = await diskFindings(file, 0);
    expect(found).toMatchObject({
      state: 'wrong',
      says: `Nothing can be written to ${file}: In ${file} something lies where a folder must be.`,
    });
  });
});

it('the doctor knows an older Node, and a unit that is not of this version', () => {
  expect(nodeFinding('24.0.0').state).toBe('fine');
  expect(nodeFinding('22.18.0')).toMatchObject({ state: 'warning', says: 'It is 22.18.0; hubgram is tried with 24.' });
  const unit = join(world.folder, 'hubgram.service');
  expect(serviceFinding('hubgram', unit).state).toBe('left_out');
  writeFileSync(unit, '[Unit]\n');
  expect(serviceFinding('hubgram', unit)).toMatchObject({
    state: 'warning',
    remedy: expect.stringContaining('drop-in'),
  });
  expect(serviceFinding('hubgram', unit, unit).state).toBe('fine');
});

it('the doctor is a command of its own: what it prints, for people and for programs, and its exit code', async () => {
  const other = await openWorld();
  try {
    const well = other.start({ HTTPS_PROXY: 'http://ann:secret@127.0.0.1:9' }, ['doctor']);
    expect([await well.exited, well.output()]).toEqual([
      0,
      expect.stringMatching(/^fine {6}Proxies {6}HTTPS_PROXY is set\.$/m),
    ]);
    expect(well.output()).not.toContain('ann:secret');
    const bot = other.start();
    await bot.printed('is running');
    const beside = other.start({}, ['doctor']);
    expect([await beside.exited, beside.output().replaceAll(/\s+/g, ' ')]).toEqual([
      0,
      expect.stringContaining(`A hubgram uses the data folder: process ${bot.child.pid} on `),
    ]);
    other.telegram.say(ANN, ANN, '/help');
    await other.sees(ANN, '/add');
    expect(await bot.kill('SIGTERM')).toBe(0);
    const ill = other.start({ HF_TOKEN: HIDDEN }, ['doctor', '--json']);
    expect(await ill.exited).toBe(1);
    const { ok, findings: found } = JSON.parse(ill.output()) as { ok: boolean; findings: readonly Finding[] };
    expect(ok).toBe(false);
    expect(found.filter(({ state }) => state === 'wrong').map(({ about: what }) => what)).toEqual(['Hub']);
  } finally {
    await other.close();
  }
});
