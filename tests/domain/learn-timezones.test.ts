import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

/** In a thread of its own: nobody has asked for any zone there. */
const CODE = `
  import { parentPort } from 'node:worker_threads';
  import { learnTimezones, timezonesByLocalTime } from ${JSON.stringify(new URL('../../src/domain/schedule/timezone.ts', import.meta.url).href)};
  let [made, most] = [0, 0];
  Intl.DateTimeFormat = class extends Intl.DateTimeFormat {
    constructor(...options) {
      super(...options);
      made += 1;
    }
  };
  let before = 0;
  const count = () => {
    most = Math.max(most, made - before);
    before = made;
    turn = setImmediate(count);
  };
  let turn = setImmediate(count);
  await learnTimezones();
  clearImmediate(turn);
  const learnt = made;
  const found = timezonesByLocalTime('13:00', Date.UTC(2024, 0, 15, 12), 1);
  await learnTimezones();
  parentPort.postMessage({ most, learnt, later: made - learnt, found });
`;

it('what all zones need is made a few at a time, once, and whoever asks for all of them then makes nothing', async () => {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(CODE)}`));
  const { promise, resolve, reject } = Promise.withResolvers<object>();
  worker.on('message', resolve).on('error', reject);
  const told = (await promise) as { readonly most: number; readonly learnt: number };
  await worker.terminate();
  expect(told).toMatchObject({ later: 0, found: ['Europe/Berlin'] });
  expect(told.learnt).toBeGreaterThan(300);
  expect(told.most).toBeLessThan(30);
});
