import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDice } from '../../tests/helpers/dice.ts';
import { mb, openUpdate, type Parts, sentSince } from './update.ts';

const SAMPLE_MS = 20;
/** What is written is noted once a second. */
const WINDOW_MS = 1000;
/** Of each of eight connections: slow enough that all kills fall into it. */
const THROTTLE = 1_000_000;

/** @param bytes of the file, of which a quarter is new in two places */
export const kills = async (bytes: number, count: number, seed: number): Promise<boolean> => {
  const dice = createDice(seed);
  const eighth = Math.round(bytes / 8);
  const kept = (from: number, size: number): Parts[number] => ({
    seed: 'kept',
    from: from * eighth,
    size: size * eighth,
  });
  const added = (name: string): Parts[number] => ({ seed: name, size: eighth });
  const before: Parts = ['header', kept(0, 6), { seed: 'gone', size: 2 * eighth }];
  const after: Parts = ['a longer header', kept(0, 2), added('one'), kept(2, 2), added('two'), kept(4, 2)];
  console.log(`kills: an update of ${mb(bytes)}, of which ${mb(2 * eighth)} are new; ${count} times kill -9`);
  const update = await openUpdate('model.gguf', before, { throttleBytesPerSecond: THROTTLE });
  const { hub } = update;
  const sent: { at: number; bytes: number }[] = [];
  const sampler = setInterval(() => sent.push({ at: performance.now(), bytes: hub.bytesSent() }), SAMPLE_MS);
  const sentAt = (moment: number): number => sent.findLast(({ at }) => at <= moment)?.bytes ?? 0;
  try {
    await update.run();
    await update.move(after);
    const since = hub.requests.length;
    let mayRepeat = 0;
    for (let killed = 0; killed < count; killed += 1) {
      const child = update.start();
      // Some of them while what lies here is copied, before anything has come.
      if (dice(3) > 0) await hub.waitForRequest(() => hub.traffic(since).file.bytes > 0);
      await sleep(dice(1500));
      mayRepeat += hub.bytesSent() - sentAt(performance.now() - WINDOW_MS);
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await update.run();
    const isRight = await update.isRight();
    const { file } = hub.traffic(since);
    // At the edges of what changed whole chunks are fetched, and with each start the list of files.
    const most = 2 * eighth + mayRepeat + 4e6;
    console.log(
      `  ${mb(file.bytes)} of the file sent, ${mb(sentSince(hub, since))} of all; may have been sent again: ${mb(mayRepeat)}; hash right: ${isRight}`,
    );
    return isRight && file.bytes <= most;
  } finally {
    clearInterval(sampler);
    await update.close();
  }
};
