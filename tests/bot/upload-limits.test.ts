import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const NAME = 'org/large';
const SMALL = '{"n_layer": 2}';
const REPO = defineRepo({
  id: NAME,
  files: [
    { path: 'config.json', content: SMALL },
    { path: 'model.safetensors', size: 3000 },
  ],
});
const PATIENT = { interval: 10, timeout: 60_000 } as const;
/** Nothing is written there before a file is asked for. */
const OWN_SERVER = { localFolder: join(tmpdir(), 'hubgram-no-such-folder') };

let bench: BotBench;
afterEach(() => bench?.close());

interface Opened {
  readonly id: number;
  readonly pass: (ms: number) => void;
  /** Makes the model's file as large as this. @param sha256 that of its zeros, unless nobody gets to read it */
  readonly resize: (size: number, sha256?: string) => void;
}

const open = async (server: { readonly localFolder?: string } = {}): Promise<Opened> => {
  const clock = createRunningClock();
  bench = await openBot({ hub: { repos: [REPO] }, clock, ...server });
  await bench.say(`/add ${NAME} quantize=all`);
  await bench.sees(/^org\/large:all · completed\n[^\n]+, verified/);
  const model = bench.store.models.getModelByName(ANN, NAME);
  const place = realpathSync(join(model?.downloadPath ?? '', 'model.safetensors'));
  return {
    id: model?.id ?? 0,
    pass: clock.pass,
    resize: (size, sha256) => {
      truncateSync(place, size);
      const hash = sha256 ?? createHash('sha256').update(readFileSync(place)).digest('hex');
      bench.store.copies.setLearned(model?.copyId ?? 0, { 'model.safetensors': { sha256: hash, size } });
    },
  };
};

const documents = (chatId = ANN): readonly SimMessage[] =>
  bench.shown(chatId).filter(({ document }) => document !== undefined);

const TOO_LARGE = /^model\.safetensors is 20 MB: that is more than Telegram takes\.\nIt lies on the machine: \//;

/** Lets the next try come, until something is the case. */
const untilTried = async (pass: Opened['pass'], attempts: number): Promise<void> => {
  await expect.poll(() => bench.store.fileSends.listFileSends(1)[0]?.attempts, PATIENT).toBe(attempts);
  pass(120_000);
};

/** Lets the next try come whenever one has failed. Time passes no faster: what is under way would seem to stall. */
const nextTries = (pass: Opened['pass'], failed = 0): (() => void) => {
  let tried = failed;
  return () => {
    const { attempts = 0 } = bench.store.fileSends.listFileSends(1)[0] ?? {};
    if (attempts > tried) pass(120_000);
    tried = Math.max(tried, attempts);
  };
};

describe('a server that takes less than a file has', () => {
  it('says so while more comes and hangs up: the chat is told where the file lies, and the next one comes', async () => {
    const { id, resize, pass } = await open(OWN_SERVER);
    resize(20_000_000);
    bench.telegram.limitUploads(1_000_000, 'told');
    await bench.say(`/file #${id} model`);
    // What it said may have been lost with the connection: then it is told after the second time.
    const next = nextTries(pass);
    const isTold = (): boolean => {
      next();
      return bench.shown().some(({ text }) => TOO_LARGE.test(text ?? ''));
    };
    await expect.poll(isTold, PATIENT).toBe(true);
    await expect.poll(() => bench.store.fileSends.countFileSends(ANN), PATIENT).toBe(0);
    await bench.say(`/file #${id} config.json`);
    await bench.telegram.waitFor(() => documents().length === 1);
  });

  it('is understood without a word where it is one’s own: it hangs up in the middle twice in a row', async () => {
    const { id, resize, pass } = await open(OWN_SERVER);
    resize(20_000_000);
    bench.telegram.limitUploads(1_000_000, 'broken');
    await bench.say(`/file #${id} model`);
    await untilTried(pass, 1);
    await bench.sees(TOO_LARGE);
    await expect.poll(() => bench.store.fileSends.countFileSends(ANN), PATIENT).toBe(0);
  });

  it('is no reason to give up soon where Telegram itself hangs up, nor for others to wait', async () => {
    const { id, resize, pass } = await open();
    resize(20_000_000);
    bench.telegram.limitUploads(1_000_000, 'broken');
    await bench.say(`/file #${id} model`);
    for (let attempts = 1; attempts < 3; attempts += 1) await untilTried(pass, attempts);
    bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    bench.store.users.setRole(BOB, 'member');
    bench.store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
    expect(await bench.ask('/library', { userId: BOB })).toMatch(/^This library is empty/);
    await expect.poll(() => bench.store.fileSends.listFileSends(1)[0]?.attempts, PATIENT).toBe(3);
    // The way is whole again: nothing of the wish was lost. What was left of a broken connection may break one more try.
    bench.telegram.limitUploads(50_000_000, 'told');
    const next = nextTries(pass, 2);
    const came = (): SimMessage | undefined => {
      next();
      return documents()[0];
    };
    await expect.poll(came, PATIENT).toMatchObject({ document: { file_size: 20_000_000 } });
  });
});

describe('a Bot API server of one’s own', () => {
  it('takes what Telegram does not', async () => {
    const { id, resize } = await open(OWN_SERVER);
    resize(53_000_000);
    await bench.say(`/file #${id} model`);
    const message = await bench.telegram.waitFor(() => documents()[0]);
    expect(message.document?.file_size).toBe(53_000_000);
  });

  it('is asked for two gigabytes, and not for a byte more', async () => {
    const { id, resize } = await open(OWN_SERVER);
    const hash = '0'.repeat(64);
    resize(2_000_000_001, hash);
    expect(await bench.ask(`/file #${id} model`)).toMatch(
      /^model\.safetensors is 2 GB: as a document I may send 2 GB at most\.\n/,
    );
    resize(2_000_000_000, hash);
    const goOn = bench.telegram.holdUploads(1_000_000);
    await bench.say(`/file #${id} model`);
    await expect.poll(() => bench.store.fileSends.countFileSends(ANN), PATIENT).toBe(1);
    bench.telegram.limitUploads(1_000_000, 'told');
    goOn();
  });
});
