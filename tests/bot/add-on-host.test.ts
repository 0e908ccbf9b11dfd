import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

const GB = 1_000_000_000;

const repos = [
  defineRepo({ id: 'org/model', files: [{ path: 'config.json', content: '{}' }] }),
  defineRepo({
    id: 'org/gguf',
    files: ['Q4_K_M', 'Q8_0'].map((label) => ({ path: `name-${label}.gguf`, size: 5000, seed: label })),
  }),
];

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ hub: { repos }, concurrency: 0 });
});
afterEach(() => bench.close());

const join = (name: string): number => {
  const { hosts } = bench.store;
  const codeHash = name.padEnd(64, '0');
  hosts.inviteHost({ name, createdBy: ANN, codeHash, codeEndsAt: '2999-01-01T00:00:00.000Z' });
  const { id = 0 } = hosts.joinHost(codeHash) ?? {};
  const memory = { totalBytes: 16 * GB, freeBytes: 8 * GB, gpus: [{ name: 'RTX 4090', totalBytes: 24 * GB }] };
  hosts.noteSeen(id, { version: '1.2.3', freeBytes: 300 * GB, totalBytes: 4000 * GB, memory });
  return id;
};

const placesOf = (name: string): number[] => bench.store.models.findModels(ANN, name).map(({ hostId }) => hostId);

describe('/add with a machine', () => {
  it('puts the model there, says so on its card, and a second one elsewhere', async () => {
    const nas = join('nas');
    await bench.say('/add org/model on=NAS');
    await bench.sees('org/model on nas · pending');
    expect(placesOf('org/model')).toEqual([nas]);
    await bench.say('/add org/model');
    await bench.sees(/^org\/model · already in this library\nIt waits\. nas is away since .*\nIts machine is nas\./);
    expect(placesOf('org/model')).toEqual([nas]);
    await bench.say('/add org/model on=here');
    await bench.sees(/^org\/model · pending/);
    expect(placesOf('org/model')).toEqual([1, nas]);
    const copies = placesOf('org/model').map((_, at) => bench.store.copies.getCopy(at + 1)?.hostId);
    expect(copies).toEqual([nas, 1]);
  });

  it('goes to the usual machine though it was cancelled on another one', async () => {
    const nas = join('nas');
    await bench.say('/add org/model on=nas');
    await bench.sees('org/model on nas · pending');
    await bench.press((await bench.say('/cancel org/model'))[0], 'Yes, cancel');
    await bench.sees(/^org\/model on nas is cancelled/);
    await bench.say('/add org/model');
    await bench.sees(/^org\/model · pending/);
    expect(placesOf('org/model')).toEqual([1, nas]);
  });

  it('goes where the chat has it by default, unless something else is said', async () => {
    expect(await bench.ask('/settings')).not.toContain('Machine');
    const nas = join('nas');
    const [settings] = await bench.say('/settings');
    expect(settings?.text).toContain('Machine · the one that I run on');
    await bench.press(settings, 'Machine');
    await bench.press(bench.shown().at(-1), 'nas');
    expect(await bench.ask('/settings')).toContain('Machine · nas');
    await bench.say('/add org/model');
    await bench.sees('org/model on nas · pending');
    await bench.say('/add https://127.0.0.1:1/model.gguf');
    expect(placesOf('org/model')).toEqual([nas]);
    bench.store.hosts.letHostGo(nas);
    expect(await bench.ask('/settings')).not.toContain('Machine');
    await bench.say('/add org/gguf:Q8_0');
    await bench.sees(/^org\/gguf:Q8_0 · pending/);
    expect(await bench.ask('/settings default_host=attic')).toBe(
      'There is no machine “attic”. /hosts lists those that there are.',
    );
  });

  it('says in the question which one what fits on that machine, and keeps to it', async () => {
    const nas = join('nas');
    await bench.say('/add org/gguf quantize=ask on=nas');
    const question = await bench.sees('org/gguf · which one?');
    expect(question.text).toContain('It shall lie on nas.');
    expect(question.text).toMatch(
      /free for it on the disk of nas\nnas has 16 GB of memory, 8 GB of it free · 24 GB on RTX 4090/,
    );
    bench.settings.setChat(ANN, 'default_host', 'here');
    await bench.press(question, 'Q8_0 · 5 kB · GPU');
    await bench.sees(/^org\/gguf:Q8_0 on nas · pending/);
    expect(placesOf('org/gguf')).toEqual([nas]);
  });

  it('counts what is to stay free on this machine as not free for it', async () => {
    bench.settings.setSystem('min_free_space', '1000TB');
    await bench.say('/add org/gguf quantize=ask');
    const question = await bench.sees('org/gguf · which one?');
    expect(question.text).toMatch(/^None of them fits on the disk\b/m);
    expect(question.text).toContain('\n0 B free for it on the disk\n');
  });

  it('tells of what was chosen what stays free of the whole disk, as of what needed no choice', async () => {
    bench.settings.setSystem('min_free_space', '1GB');
    await bench.say('/add org/gguf quantize=ask');
    const question = await bench.sees('org/gguf · which one?');
    const choices = bench.store.addRequests.getAddRequest(1)?.choices;
    await bench.press(question, 'Q8_0 · 5 kB');
    await bench.sees(/^org\/gguf:Q8_0 · pending/);
    const [model] = bench.store.models.findModels(ANN, 'org/gguf');
    const free = choices?.kind === 'quants' ? choices.freeBytes : Number.NaN;
    expect((model?.metadata?.freeAfterBytes ?? 0) + (model?.sizeBytes ?? 0)).toBe(free + 1_000_000_000);
  });

  it('refuses what there is not, and what cannot be there', async () => {
    expect(await bench.ask('/add org/model on=attic')).toBe(
      'No machine is called “attic”. There is no other machine than this one.',
    );
    join('nas');
    expect(await bench.ask('/add org/model on=attic')).toBe('No machine is called “attic”. There are here, nas.');
    expect(await bench.ask('/add https://example.org/model.gguf on=nas')).toBe(
      'Files from web addresses, torrents and what is sent to be kept come onto the machine that I run on. Leave out on=.',
    );
    expect(placesOf('org/model')).toEqual([]);
  });
});
