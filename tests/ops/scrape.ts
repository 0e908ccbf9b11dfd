import { freePort } from '../helpers/free-port.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN } from '../helpers/stand-ins.ts';
import { createRunningClock, type TestClock } from '../helpers/clock.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';

/** Bytes of the model that comes. */
export const SIZE = 300_000;

const repos = [
  defineRepo({
    id: 'sample/one',
    files: [
      { path: 'config.json', content: '{}' },
      { path: 'model.safetensors', size: SIZE - 2, seed: 'one' },
    ],
  }),
];

export interface Scraped {
  readonly world: AppWorld;
  readonly clock: TestClock;
  /** What Prometheus would be given now. */
  readonly scrape: () => Promise<string>;
}

/** A running bot that has had all sorts of things to do: a download, one that waits for its schedule, a missing one, a 429. */
export const openBusyBot = async (): Promise<Scraped> => {
  const clock = createRunningClock(Date.UTC(2026, 10, 21, 12));
  const world = await openAppWorld({ clock, hub: { repos } });
  const port = await freePort();
  await world.start({ HUBGRAM_HTTP_PORT: String(port) });
  world.say('/schedule add daily 14:00 until 18:00');
  await world.sees(ANN, 'Next: today 14:00');
  world.say('/add sample/one now');
  await world.sees(ANN, 'verified and ready');
  world.say('/add sample/none');
  await world.sees(ANN, /sample\/none/);
  world.telegram.setFault({ method: 'sendMessage', kind: '429', times: 1 });
  world.say('/help');
  await world.sees(ANN, 'What I understand');
  const scrape = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return { world, clock, scrape };
};

/** The value of a line that begins so. */
export const valueIn = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};
