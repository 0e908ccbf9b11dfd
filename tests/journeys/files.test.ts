import { afterEach, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { textIn } from '../helpers/sent-document.ts';
import { ANN } from '../helpers/stand-ins.ts';

const REPO = defineRepo({ id: 'org/small', files: [{ path: 'config.json', content: '{"n_layer": 2}' }] });

let world: AppWorld;
afterEach(() => world?.close());

it('a file that is on its way when the bot stops comes after the next start, once', async () => {
  world = await openAppWorld({ hub: { repos: [REPO] } });
  const { telegram } = world;
  const first = await world.start();
  world.say('/add org/small');
  await world.sees(ANN, /^org\/small · completed/);
  telegram.setFault({ method: 'sendDocument', kind: 'timeout', times: Number.POSITIVE_INFINITY });
  world.say('/file org/small config');
  await telegram.waitFor((api) => api.calls.some(({ method }) => method === 'sendDocument'));
  await first.stop();
  telegram.clearFaults();
  const second = await world.start();
  const message = await telegram.waitFor(() => world.shown(ANN).find(({ document }) => document !== undefined));
  expect(await textIn(telegram, message)).toBe('{"n_layer": 2}');
  await second.stop();
  await world.start();
  world.say('/files org/small');
  await world.sees(ANN, /^org\/small · 1 file/);
  expect(world.shown(ANN).filter(({ document }) => document !== undefined)).toHaveLength(1);
});
