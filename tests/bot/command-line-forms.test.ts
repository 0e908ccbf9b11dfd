import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

/*
 * People who come from a downloader with a command line write here what they wrote there: its options with two dashes, its
 * quotes, its verbs. Every command of the data model’s downloader about models and schedules has its equivalent.
 */

let bench: BotBench;
beforeEach(async () => {
  const bert = defineRepo({
    id: 'bert-base-uncased',
    files: [
      { path: 'config.json', content: '{"model_type":"bert"}' },
      { path: 'model.safetensors', content: 'weights'.repeat(100) },
    ],
  });
  bench = await openBot({ hub: { repos: [bert] } });
});
afterEach(() => bench?.close());

const bert = () => bench.store.models.listModels(ANN).find(({ name }) => name === 'bert-base-uncased');

describe('models', () => {
  it('add "bert-base-uncased" --description "BERT base model", update --status completed, list --status, remove', async () => {
    await bench.say('/add "bert-base-uncased" --description "BERT base model"');
    await bench.sees('bert-base-uncased · completed');
    expect(bert()?.description).toBe('BERT base model');

    expect(await bench.ask('/library --status completed')).toMatch(/^Library\ncompleted\n1 model/);
    expect(await bench.ask('/library --status pending')).toContain('Nothing waits in this library');
    expect(await bench.ask('/models')).toMatch(/^Library\n1 model/);

    expect(await bench.ask('/edit "bert-base-uncased" --status completed')).toContain('bert-base-uncased');
    expect(bert()?.status).toBe('completed');

    const [asked] = await bench.say('/remove "bert-base-uncased"');
    expect(asked?.text).toMatch(/^Remove bert-base-uncased/);
  });

  it('update --status completed is believed only when the files are there', async () => {
    bench.put('org/elsewhere', 'pending');
    await bench.say('/edit org/elsewhere --status completed');
    expect(bench.store.models.listModels(ANN).find(({ name }) => name === 'org/elsewhere')?.status).not.toBe(
      'completed',
    );
  });
});

describe('schedules', () => {
  it('create, list, enable, disable and set-active, one enabled at a time', async () => {
    expect(await bench.ask('/schedule create --type daily --time "23:00" --name "nightly"')).toContain(
      'nightly · #1 · on',
    );
    expect(await bench.ask('/schedule create --type weekly --time "14:00" --day fri --name "friday"')).toContain(
      'friday · #2 · off',
    );
    expect(await bench.ask('/schedule list')).toMatch(/nightly[^]*friday|friday[^]*nightly/);
    expect(await bench.ask('/schedule disable 1')).toContain('is off');
    expect(await bench.ask('/schedule enable 1')).toContain('is on');
    expect(await bench.ask('/schedule set-active 2')).toContain('is on');
    const enabled = bench.store.schedules.listSchedules(ANN).filter((schedule) => schedule.enabled);
    expect(enabled.map(({ name }) => name)).toEqual(['friday']);
  });

  it('a day as a bare number is asked back: where it begins the week, people disagree', async () => {
    expect(await bench.ask('/schedule create --type weekly --time "14:00" --day 5 --name "friday"')).toContain('fri');
    expect(bench.store.schedules.listSchedules(ANN)).toEqual([]);
  });
});
