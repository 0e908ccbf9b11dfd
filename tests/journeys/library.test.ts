import { afterEach, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN } from '../helpers/stand-ins.ts';

let world: AppWorld;
afterEach(async () => {
  await world?.close();
});

const repos = ['one', 'two'].map((name) =>
  defineRepo({ id: `sample/${name}`, files: [{ path: 'model.safetensors', size: 20_000, seed: name }] }),
);

it('what people keep of their models outlives a restart, and so do a filtered list and a menu half-way', async () => {
  world = await openAppWorld({ hub: { repos } });
  const first = await world.start();
  for (const { id } of repos) {
    world.say(`/add ${id}`);
    await world.sees(ANN, new RegExp(`^${id} · completed`));
  }
  world.say('/edit sample/one title="The first" tags=nlp,demo pinned=yes');
  await world.sees(ANN, 'sample/one · title “The first” · tags nlp, demo · pinned');
  world.say('/library #nlp');
  const list = await world.sees(ANN, /^Library\n#nlp\n1 model/);
  world.say('/edit sample/two');
  const menu = await world.sees(ANN, /^What shall change about sample\/two\?/);
  world.telegram.press(ANN, ANN, menu.message_id, 'Title');
  await world.sees(ANN, /^What shall sample\/two be called\?/);
  await first.stop();
  await world.start();
  world.say('The second');
  await world.sees(ANN, 'sample/two · title “The second”');
  world.telegram.press(ANN, ANN, list.message_id, 'Sort');
  await world.sees(ANN, /^Library · sort/);
  world.telegram.press(ANN, ANN, list.message_id, 'By name');
  await world.sees(ANN, /^Library\n#nlp · by name\n1 model/);
  world.say('/history');
  const history = await world.sees(ANN, /^History\n2 downloads/);
  expect(history.text).toMatch(/sample\/two · completed[^]*sample\/one · completed/);
});

it('a tag that is tapped is there once the program is back, though the tap was handled twice', async () => {
  world = await openAppWorld({ hub: { repos }, callTimeoutSeconds: 60 });
  const first = await world.start();
  for (const { id } of repos) {
    world.say(`/add ${id}`);
    await world.sees(ANN, new RegExp(`^${id} · completed`));
  }
  world.say('/edit sample/one tags=nlp');
  await world.sees(ANN, 'sample/one · tags nlp');
  world.say('/edit sample/two');
  const menu = await world.sees(ANN, /^What shall change about sample\/two\?/);
  world.telegram.press(ANN, ANN, menu.message_id, 'Tags');
  await world.sees(ANN, /^Which tags shall sample\/two have\? It has none/);
  world.telegram.setFault({ method: 'editMessageText', chatId: ANN, kind: 'timeout', times: 1 });
  world.telegram.press(ANN, ANN, menu.message_id, '#nlp');
  await world.waitFor(({ calls }) => calls.some(({ description }) => description === 'timeout'));
  await first.stop();
  await world.start();
  await world.sees(ANN, /^Which tags shall sample\/two have\? It has nlp/);
});
