import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { openAppWorld } from '../helpers/app.ts';
import { ANN, openWorld, type World } from '../helpers/world.ts';

/** A completed session and its notice. */
interface End {
  readonly name: string;
  /** null until the bot has written down that Telegram took it. */
  readonly messageId: number | null;
}

const ENDS = `SELECT model_name AS name, message_id AS messageId
  FROM download_sessions LEFT JOIN outbox ON outbox.session_id = download_sessions.id WHERE status = 'completed'
  ORDER BY download_sessions.id`;

/** What is on the disk of a bot that runs or was killed. */
const endsOf = ({ dataDir }: Pick<World, 'dataDir'>): End[] => {
  const db = new Database(join(dataDir, 'hubgram.db'), { readonly: true });
  try {
    return db.prepare<[], End>(ENDS).all();
  } finally {
    db.close();
  }
};

/** The bot's notices of an end: its audible messages; cards are silent. */
const told = (world: Pick<World, 'shown'>, name: string): SimMessage[] =>
  world.shown(ANN).filter(({ silent, text }) => !silent && text?.includes(`${name} · completed`) === true);

/** So many have ended, and each is marked as told. */
const allMarked = (world: Pick<World, 'dataDir'>, count: number): Promise<void> =>
  expect.poll(() => endsOf(world).filter(({ messageId }) => messageId !== null)).toHaveLength(count);

const small = ['one', 'two', 'three'].map((name) =>
  defineRepo({ id: `sample/${name}`, files: [{ path: 'model.safetensors', size: 1000, seed: name }] }),
);

// Hundreds of kills, at any time: see bench/storm.ts.
it('a bot that is killed tells each end, and twice only what Telegram took and the bot could not mark', async () => {
  const world = await openWorld({ hub: { repos: small } });
  onTestFinished(() => world.close());
  const bot = world.start();
  await bot.printed('is running');
  world.telegram.say(ANN, ANN, '/add sample/one');
  await allMarked(world, 1);
  // The very moment in which Telegram has taken the notice and has not answered yet.
  const unsubscribe = world.telegram.onChange(() => {
    if (told(world, 'sample/two').length === 0) return;
    unsubscribe();
    bot.child.kill('SIGKILL');
  });
  world.telegram.say(ANN, ANN, '/add sample/two');
  expect(await bot.exited).toBe('SIGKILL');
  expect(endsOf(world)).toMatchObject([{ name: 'sample/one' }, { name: 'sample/two', messageId: null }]);
  world.start();
  await allMarked(world, 2);
  world.telegram.say(ANN, ANN, '/add sample/three');
  await allMarked(world, 3);
  for (const [index, count] of [1, 2, 1].entries()) {
    const { name, messageId } = endsOf(world)[index] ?? { name: '' };
    const notices = told(world, name);
    expect(notices).toHaveLength(count);
    expect(messageId).toBe(notices.at(-1)?.message_id);
  }
});

it('an end whose message Telegram took, and whose answer was lost, is told twice and marked as the second message', async () => {
  const repo = defineRepo({ id: 'sample/medium', files: [{ path: 'model.safetensors', size: 4_000_000 }] });
  const world = await openAppWorld({ hub: { repos: [repo] } });
  onTestFinished(() => world.close());
  const letGo = world.hub.setFault({ kind: 'held', bytes: 2_000_000, path: 'sample/medium/model' });
  await world.start();
  world.telegram.say(ANN, ANN, '/add sample/medium');
  await world.sees(ANN, 'sample/medium · downloading');
  world.telegram.setFault({ method: 'sendMessage', kind: 'reset_after_accept', times: 1 });
  letGo();
  await expect.poll(() => endsOf(world)[0]?.messageId).toBeTypeOf('number');
  const notices = told(world, 'sample/medium');
  expect(notices).toHaveLength(2);
  expect(endsOf(world)).toMatchObject([{ name: 'sample/medium', messageId: notices[1]?.message_id }]);
});
