import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const PRIVATE = 'sample-ann/private-llama';
const GATED = 'sample/gated-llama';
const PUBLIC = 'sample/tiny-llama';

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot();
  bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  bench.store.users.setRole(BOB, 'member');
  bench.store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
});
afterEach(() => bench?.close());

const give = async (userId: number, token: string): Promise<void> => {
  await bench.say(`/token ${token}`, { userId });
  await bench.sees(/^The Hub knows your token/, userId);
};

const model = (name: string, userId = ANN) => bench.store.models.getModelByName(userId, name);

/** Which tokens came with requests that speak of this, at either host. */
const tokensSeen = (about: string): (string | undefined)[] => [
  ...new Set(bench.hub.requests.filter(({ path }) => path.includes(about)).map(({ headers }) => headers.authorization)),
];

describe('a private repository of somebody', () => {
  it('is found and fetched with their token, which goes to the Hub itself and nowhere else', async () => {
    await give(ANN, bench.hub.tokens.ann);
    await bench.say(`/add ${PRIVATE}`);
    await bench.sees(new RegExp(`^${PRIVATE} · completed`));
    expect(model(PRIVATE)?.tokenOf).toBe(ANN);
    const bearer = `Bearer ${bench.hub.tokens.ann}`;
    const asked = bench.hub.requests.filter(({ host, headers }) => host === 'hub' && headers.authorization === bearer);
    expect(asked.some(({ path }) => path.includes('/resolve/'))).toBe(true);
    expect(bench.hub.requests.filter(({ host }) => host === 'cdn')).not.toEqual([]);
    expect(bench.hub.requests.filter(({ host, headers }) => host === 'cdn' && headers.authorization)).toEqual([]);
  });

  it('stays hidden from others, also when it lies here', async () => {
    await give(ANN, bench.hub.tokens.ann);
    await bench.say(`/add ${PRIVATE}`);
    await bench.sees(new RegExp(`^${PRIVATE} · completed`));
    await bench.say(`/add ${PRIVATE}`, { userId: BOB });
    await bench.sees(new RegExp(`^${PRIVATE} · failed\\n[^]*knows no model`), BOB);
    await give(BOB, bench.hub.tokens.bob);
    await bench.say(`/add ${PRIVATE}@main`, { userId: BOB });
    await bench.sees(/· failed\n[^]*the token may not read it/, BOB);
    expect(model(PRIVATE, BOB)).toBeUndefined();
    await bench.say('/search private-llama', { userId: BOB });
    await bench.sees(/^Search: private-llama · [^\n]*\n[^]*[Nn]othing/, BOB);
  });

  it('is one copy for all whose own token shows it', async () => {
    await give(ANN, bench.hub.tokens.ann);
    await bench.say(`/add ${PRIVATE}`);
    await bench.sees(new RegExp(`^${PRIVATE} · completed`));
    await give(BOB, bench.hub.tokens.ann);
    await bench.say(`/add ${PRIVATE}`, { userId: BOB });
    await bench.sees(new RegExp(`^${PRIVATE} · completed`), BOB);
    expect(model(PRIVATE, BOB)).toMatchObject({ tokenOf: BOB, copyId: model(PRIVATE)?.copyId });
  });
});

it('a gated repository is fetched with the token of who was let in, and of nobody else', async () => {
  await give(ANN, bench.hub.tokens.ann);
  await give(BOB, bench.hub.tokens.bob);
  await bench.say(`/add ${GATED}`);
  await bench.sees(new RegExp(`^${GATED} · completed`));
  await bench.say(`/add ${GATED}`, { userId: BOB });
  const card = await bench.sees(/gated-llama[^\n]*\n[^]*no access yet/, BOB);
  expect(card.text).not.toContain('completed');
  expect(model(GATED, BOB)).toBeUndefined();
});

it('what the machine itself may read is asked for without anybody’s token', async () => {
  await give(ANN, bench.hub.tokens.ann);
  await bench.say(`/add ${PUBLIC}`);
  await bench.sees(new RegExp(`^${PUBLIC} · completed`));
  expect(tokensSeen('tiny-llama')).toEqual([undefined]);
  expect(model(PUBLIC)?.tokenOf).toBeNull();
});

describe('a model that needs a token which is gone', () => {
  const addAndRemove = async (): Promise<void> => {
    await give(ANN, bench.hub.tokens.ann);
    bench.queue.hold();
    await bench.say(`/add ${PRIVATE}`);
    await bench.sees(new RegExp(`^${PRIVATE} · pending\\n[^]*by a personal token`));
  };

  it('waits, says why, and goes on with another one', async () => {
    await addAndRemove();
    bench.tokens.forget(ANN);
    bench.queue.unhold();
    await bench.sees(/private-llama · [^]*is gone, or the Hub does not accept it\. Whoever added it gives/);
    expect(model(PRIVATE)?.status).toBe('pending');
    await give(ANN, bench.hub.tokens.ann);
    await bench.sees(new RegExp(`^${PRIVATE} · completed`));
  });

  it('the same when the Hub takes it no more, of which its person is told', async () => {
    await addAndRemove();
    bench.hub.revokeToken(bench.hub.tokens.ann);
    bench.queue.unhold();
    await bench.sees(/^The Hub does not accept your token any more \(sample-ann/);
    // The Hub is asked about the token while the run ends.
    await bench.sees(new RegExp(`^${PRIVATE} · pending\\n[^]*gives? another one`));
    expect(model(PRIVATE)?.status).toBe('pending');
    expect(bench.tokens.tokenOf(ANN)).toBeUndefined();
  });
});
