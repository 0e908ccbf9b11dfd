import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type SampleHub, startSampleHub } from '../../../playground/hub/sample-hub.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { createPersonalTokens, type PersonalTokens } from '../../../src/people/tokens/personal-tokens.ts';
import { createVault } from '../../../src/people/tokens/vault.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import { type Bench, codeOf, openBench } from '../../store/setup.ts';

const ANN = 1001;
const BOB = 1002;
const UNKNOWN = `hf_${'x'.repeat(34)}`;

interface Desk extends Bench {
  readonly hub: SampleHub;
  readonly tokens: PersonalTokens;
  readonly keyFile: string;
  readonly give: (userId: number, token: string) => void;
  /** What people were told, the oldest first, as `user: outcome account`. */
  readonly told: () => string[];
  /** The same desk as after a restart. */
  readonly reopen: () => PersonalTokens;
}

const openDesk = async (): Promise<Desk> => {
  const bench = openBench();
  const { store, clock, path } = bench;
  for (const userId of [ANN, BOB]) {
    store.users.upsertUser({ userId, firstName: 'P', username: null });
    store.users.setRole(userId, 'member');
  }
  const hub = await startSampleHub();
  const source = createHub({ endpoint: hub.url, userAgent: 'test', clock });
  const keyFile = join(dirname(path), 'secret.key');
  const reopen = (): PersonalTokens => {
    const vault = createVault({ file: keyFile });
    const tokens = createPersonalTokens({
      store,
      source,
      vault,
      onAccepted: () => undefined,
      clock,
      log: silentLog,
    });
    tokens.start();
    onTestFinished(() => tokens.close());
    return tokens;
  };
  onTestFinished(() => hub.close());
  const tokens = reopen();
  return {
    ...bench,
    hub,
    tokens,
    keyFile,
    reopen,
    give: (userId, token) => {
      tokens.keep(userId, tokens.seal(userId, token));
      tokens.check();
    },
    told: () =>
      store.outbox
        .dueNotices(clock.iso(), 100)
        .flatMap(({ chatId, kind, payload }) =>
          kind === 'token_checked' ? [`${chatId}: ${payload.outcome} ${payload.account ?? payload.ending}`] : [],
        ),
  };
};

const tells = (desk: Desk, ...said: readonly string[]) => expect.poll(desk.told).toEqual(said);

it('a token that the Hub knows is used for its person, who is told whose it is', async () => {
  const desk = await openDesk();
  const { ann } = desk.hub.tokens;
  desk.give(ANN, ann);
  await tells(desk, `${ANN}: accepted sample-ann`);
  expect(desk.tokens.tokenOf(ANN)).toBe(ann);
  expect(desk.tokens.tokenOf(BOB)).toBeUndefined();
  expect(desk.tokens.listed(ANN)).toEqual([
    {
      state: 'valid',
      account: 'sample-ann',
      kind: 'read',
      ending: ann.slice(-4),
      createdAt: desk.clock.iso(),
      usedAt: desk.clock.iso(),
    },
  ]);
});

it('one that the Hub does not know is not kept, and the one before it stays in use', async () => {
  const desk = await openDesk();
  const { ann } = desk.hub.tokens;
  desk.give(ANN, ann);
  await tells(desk, `${ANN}: accepted sample-ann`);
  desk.give(ANN, UNKNOWN);
  await tells(desk, `${ANN}: accepted sample-ann`, `${ANN}: refused xxxx`);
  expect(desk.tokens.tokenOf(ANN)).toBe(ann);
  expect(desk.tokens.listed(ANN)).toHaveLength(1);
});

it('one that the Hub knows takes the place of the one before it', async () => {
  const desk = await openDesk();
  const { ann, bob } = desk.hub.tokens;
  desk.give(ANN, ann);
  await tells(desk, `${ANN}: accepted sample-ann`);
  desk.give(ANN, bob);
  await tells(desk, `${ANN}: accepted sample-ann`, `${ANN}: accepted sample-bob`);
  expect(desk.tokens.tokenOf(ANN)).toBe(bob);
  expect(desk.tokens.listed(ANN).map(({ account, kind }) => [account, kind])).toEqual([['sample-bob', 'write']]);
});

it('is kept while the Hub cannot be asked, told of once, and asked about again later, also after a restart', async () => {
  const desk = await openDesk();
  const { ann } = desk.hub.tokens;
  await desk.hub.takeDown('hub');
  desk.give(ANN, ann);
  await tells(desk, `${ANN}: later ${ann.slice(-4)}`);
  expect(desk.tokens.listed(ANN)[0]?.state).toBe('unchecked');
  desk.clock.move(31_000);
  desk.tokens.doubt(ANN);
  await desk.tokens.close();
  await tells(desk, `${ANN}: later ${ann.slice(-4)}`);
  await desk.hub.bringUp('hub');
  desk.reopen();
  await tells(desk, `${ANN}: later ${ann.slice(-4)}`, `${ANN}: accepted sample-ann`);
});

it('that the Hub took once and takes no more is used no more, and its person is told once', async () => {
  const desk = await openDesk();
  const { ann } = desk.hub.tokens;
  desk.give(ANN, ann);
  await tells(desk, `${ANN}: accepted sample-ann`);
  desk.tokens.doubt(ANN);
  await expect.poll(desk.store.personalTokens.tokensToCheck).toEqual([]);
  expect(desk.tokens.tokenOf(ANN)).toBe(ann);
  desk.hub.revokeToken(ann);
  desk.tokens.doubt(ANN);
  await tells(desk, `${ANN}: accepted sample-ann`, `${ANN}: revoked sample-ann`);
  expect(desk.tokens.tokenOf(ANN)).toBeUndefined();
  desk.tokens.doubt(ANN);
  expect(desk.store.personalTokens.tokensToCheck()).toEqual([]);
  expect(desk.tokens.listed(ANN)[0]?.state).toBe('revoked');
});

it('is forgotten when its person says so, also while the Hub is being asked about it', async () => {
  const desk = await openDesk();
  const asked = desk.hub.waitForRequest(({ path }) => path.includes('whoami'));
  const release = desk.hub.setFault({ kind: 'held', path: 'whoami', bytes: 0 });
  desk.give(ANN, desk.hub.tokens.ann);
  await asked;
  desk.give(BOB, desk.hub.tokens.bob);
  expect(desk.tokens.forget(ANN)).toBe(true);
  release();
  await tells(desk, `${BOB}: accepted sample-bob`);
  expect(desk.tokens.tokenOf(ANN)).toBeUndefined();
  expect(desk.tokens.forget(ANN)).toBe(false);
});

it('that another key has sealed is said to be unreadable, and a new one takes its place', async () => {
  const desk = await openDesk();
  desk.give(ANN, desk.hub.tokens.ann);
  await tells(desk, `${ANN}: accepted sample-ann`);
  rmSync(desk.keyFile);
  const later = desk.reopen();
  expect(later.tokenOf(ANN)).toBeUndefined();
  expect(later.listed(ANN).map(({ state, account }) => [state, account])).toEqual([['unreadable', 'sample-ann']]);
  later.keep(ANN, later.seal(ANN, desk.hub.tokens.ann));
  later.check();
  await tells(desk, `${ANN}: accepted sample-ann`, `${ANN}: accepted sample-ann`);
  expect(later.tokenOf(ANN)).toBe(desk.hub.tokens.ann);
});

it('of somebody who was sent away is used no more, until they are let in again', async () => {
  const desk = await openDesk();
  desk.give(ANN, desk.hub.tokens.ann);
  await tells(desk, `${ANN}: accepted sample-ann`);
  desk.store.users.setRole(ANN, 'denied');
  expect(desk.tokens.tokenOf(ANN)).toBeUndefined();
  desk.store.users.setRole(ANN, 'member');
  expect(desk.tokens.tokenOf(ANN)).toBe(desk.hub.tokens.ann);
});

it('is refused if it is no word, and if somebody else’s seal is on it', async () => {
  const desk = await openDesk();
  for (const text of ['short', 'two words of it', `${'x'.repeat(501)}`, 'hf_üüüüüüüü'])
    expect(codeOf(() => desk.give(ANN, text))).toBe('validation');
  expect(codeOf(() => desk.tokens.keep(BOB, desk.tokens.seal(ANN, desk.hub.tokens.ann)))).toBe('validation');
  expect(desk.store.personalTokens.tokensToCheck()).toEqual([]);
});

it('what the Hub says of a token that is gone meanwhile is said of no other, also under its number', () => {
  const { store } = openBench();
  const rows = store.personalTokens;
  const put = (userId: number, sealed: string) => {
    rows.putToken({ userId, sealed, ending: 'last' });
    const [token] = rows.tokensOf(userId);
    if (!token) throw new Error('It is not there.');
    return token;
  };
  const asked = put(ANN, 'sealed of Ann');
  rows.dropTokensOf(ANN);
  const other = put(BOB, 'sealed of Bob');
  expect(other.id).toBe(asked.id);
  expect(rows.acceptToken(asked, { name: 'sample-ann', kind: 'read' })).toBe(false);
  expect(rows.revokeToken(asked)).toBe(false);
  expect(rows.dropToken(asked)).toBe(false);
  expect(rows.tokensOf(BOB)).toEqual([other]);
  expect(rows.acceptToken(other, { name: 'sample-bob', kind: 'read' })).toBe(true);
});
