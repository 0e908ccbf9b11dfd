import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { entryOnHost } from '../../src/library/moving/entry-host.ts';
import { joinHost } from '../helpers/hosts.ts';
import { textIn } from '../helpers/sent-document.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

const repos = ['org/far', 'org/near'].map((id) => defineRepo({ id, files: [{ path: 'config.json', content: '{}' }] }));

let bench: BotBench;
let nas: number;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0, hub: { repos } });
  nas = joinHost(bench.store);
});
afterEach(() => bench.close());

const file = (...models: object[]): string => JSON.stringify({ models });
const send = async (data: string, caption?: string): Promise<void> => {
  bench.telegram.sendDocument(ANN, ANN, { data, name: 'models.json', ...(caption === undefined ? {} : { caption }) });
  await bench.telegram.waitFor((api) => api.pendingUpdates().length === 0);
  await vi.waitUntil(() => bench.store.updates.waitingUpdates().length === 0, { timeout: 60_000, interval: 5 });
};
const bringIn = async (): Promise<void> => {
  await bench.press(await bench.sees(/^models\.json · import\?/), 'Import');
  await bench.sees(/^models\.json · imported/);
};
const places = (): Record<string, number> =>
  Object.fromEntries(bench.store.models.listModels(ANN).map(({ name, hostId }) => [name, hostId]));

describe('the machine of a model in a models.json', () => {
  it('is written down, and comes again', async () => {
    bench.store.models.createModel({ chatId: ANN, name: 'org/far', hostId: nas });
    bench.store.models.createModel({ chatId: ANN, name: 'org/near' });
    const [answer] = await bench.say('/export');
    const text = await textIn(bench.telegram, answer);
    const { models } = JSON.parse(text) as { models: { name: string; host?: string }[] };
    expect(Object.fromEntries(models.map(({ name, host }) => [name, host]))).toEqual({
      'org/far': 'nas',
      'org/near': undefined,
    });
    for (const { id } of bench.store.models.listModels(ANN)) bench.store.models.removeModel(id);
    await send(text);
    await bringIn();
    expect(places()).toEqual({ 'org/far': nas, 'org/near': 1 });
    // What is here as the file has it stays as it is.
    await send(text);
    expect((await bench.sees(/^models\.json · imported\n.*nothing/i)).text).toContain('2 here already');
  });

  it('that is none of the bot’s is told before anything comes, and then the usual one is taken', async () => {
    await bench.say('/settings default_host=nas');
    await send(file({ name: 'org/far', host: 'attic' }, { name: 'org/near', host: 'Attic' }));
    const card = await bench.sees(/^models\.json · import\?/);
    expect(card.text).toContain(
      '\nNo machine of mine has any of these names: Attic (1 model), attic (1 model). What the file has there comes onto nas. For another one, answer the file with /import on= and its name.\n',
    );
    expect(places()).toEqual({});
    await bringIn();
    expect(places()).toEqual({ 'org/far': nas, 'org/near': nas });
  });

  it('can be said for all of it behind /import', async () => {
    await send(file({ name: 'org/far', host: 'attic' }, { name: 'org/near' }), '/import on=attic');
    await bench.sees('No machine is called “attic”. There are here, nas.');
    await send(file({ name: 'org/far', host: 'attic' }, { name: 'org/near' }), '/import on=NAS');
    await bringIn();
    expect(places()).toEqual({ 'org/far': nas, 'org/near': nas });
    await send(file({ name: 'org/far' }), '/import far');
    await bench.sees('“far” means nothing behind /import. on=nas says on which machine');
  });

  it('keeps a model of its own there, beside the one that is here', async () => {
    bench.store.models.createModel({ chatId: ANN, name: 'org/far' });
    await send(file({ name: 'org/far', host: 'nas' }, { name: 'org/far' }));
    const card = await bench.sees(/^models\.json · import\?/);
    expect(card.text).toContain('1 new model: org/far.\n1 here already');
    await bringIn();
    expect(bench.store.models.findModels(ANN, 'org/far').map(({ hostId }) => hostId)).toEqual([nas, 1]);
  });

  it('that is gone before its turn keeps the model from coming elsewhere', async () => {
    await send(file({ name: 'org/far', host: 'nas' }));
    const card = await bench.sees(/^models\.json · import\?/);
    bench.store.hosts.letHostGo(nas);
    await bench.press(card, 'Import');
    await bench.sees('No machine is called “nas”.');
    expect(places()).toEqual({});
  });

  it('of a file from a web address is refused, and of a file that nobody is asked about', async () => {
    await send(file({ name: 'files/text/a.gguf', source_url: 'https://example.org/a.gguf', host: 'nas' }));
    await bench.sees('host is for what comes from the Hub');
    const entry = { type: 'model', name: 'org/far', host: 'attic', details: {} } as const;
    expect(entryOnHost(bench.store, entry, false).refusal).toMatch(/^no machine of mine is called “attic”: the owner/);
    expect(entryOnHost(bench.store, { ...entry, host: 'nas' }, false)).toMatchObject({ hostId: nas });
  });
});
