import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { textIn } from '../helpers/sent-document.ts';
import { ANN } from '../helpers/stand-ins.ts';

let world: AppWorld;
afterEach(async () => {
  await world?.close();
});

const NAMES = Array.from({ length: 12 }, (_, index) => `sample/model-${index}`);
const repos = NAMES.map((id) => defineRepo({ id, files: [{ path: 'model.safetensors', size: 2000, seed: id }] }));
const GROUP = -1_001_000_000_321;

it('a library goes from one chat to another through a file, and a restart half-way takes nothing from it', async () => {
  world = await openAppWorld({ hub: { repos } });
  const { telegram, hub } = world;
  const first = await world.start();
  for (const id of NAMES) {
    world.say(`/add ${id} later description="${id} <b>&</b>" priority=low`);
    await world.sees(ANN, new RegExp(`^${id} · pending`));
  }
  world.say('/edit all tags=moved,nlp');
  await world.sees(ANN, '12 models changed.');
  world.say('/export');
  const sent = await world.waitFor(() =>
    world.shown(ANN).find(({ document }) => document?.file_name === 'models.json'),
  );
  const file = await textIn(telegram, sent);

  telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN], type: 'supergroup' });
  world.say('/start@hubgram_bot', ANN, GROUP);
  await world.waitFor(() => world.shown(GROUP).length > 0);
  telegram.sendDocument(ANN, GROUP, { data: file, name: 'models.json', caption: '/import@hubgram_bot' });
  const card = await world.sees(GROUP, /^models\.json · import\?\n12 new models: sample\/model-0, /);
  // The Hub says nothing of these: the import stands still half-way.
  hub.setFault({ kind: 'silence', path: /sample\/model-(?:[6-9]|1\d)/ });
  telegram.press(ANN, GROUP, card.message_id, 'Import');
  await world.sees(GROUP, /^models\.json · importing\n[6-9] of 12 are done/);
  await first.stop();
  hub.clearFaults();
  await world.start();
  const done = await world.sees(GROUP, 'models.json · imported\n12 new models in this library, waiting for /download.');
  expect(done.message_id).toBe(card.message_id);
  expect(world.shown(GROUP).filter(({ text = '' }) => text.startsWith('sample/'))).toEqual([]);

  world.say('/export@hubgram_bot', ANN, GROUP);
  const again = await world.waitFor(() => world.shown(GROUP).find(({ document }) => document !== undefined));
  const models = (text: string): object[] =>
    (JSON.parse(text) as { models: { name: string }[] }).models.toSorted((left, right) =>
      left.name.localeCompare(right.name),
    );
  expect(models(await textIn(telegram, again))).toEqual(models(file));
});

it('a file of the machine comes into the owner’s library, and again when it changes', async () => {
  world = await openAppWorld({ hub: { repos } });
  world.say('/start');
  const path = join(world.folder, 'models.json');
  const write = (...names: string[]): void =>
    writeFileSync(path, JSON.stringify({ models: names.map((name) => ({ name, enabled: true })) }));
  write(...NAMES.slice(0, 2));
  const env = { HUBGRAM_MODELS_FILE: 'models.json' };
  const first = await world.start(env);
  for (const id of NAMES.slice(0, 2)) await world.sees(ANN, new RegExp(`^${id} · completed`));
  await world.sees(ANN, 'models.json of this machine · imported\n2 new models in this library.');
  // What is taken out of the file stays in the library.
  write(...NAMES.slice(1, 3));
  await world.sees(ANN, new RegExp(`^${NAMES[2]} · completed`));
  await world.sees(ANN, 'models.json of this machine · imported\n1 new model in this library.\n1 here already');
  await first.stop();
  await world.start(env);
  world.say('/library');
  await world.sees(ANN, /^Library\n3 models/);
  expect(world.shown(ANN).filter(({ text = '' }) => text.startsWith('models.json'))).toHaveLength(2);
});
