import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { type AppWorld, type AppWorldOptions, COUNTING, ONE_CONNECTION, openAppWorld } from '../helpers/app.ts';
import { ANN } from '../helpers/stand-ins.ts';

const SIZE = 8_000_000;
const repo = defineRepo({
  id: 'sample/large',
  files: [
    { path: 'config.json', content: '{}' },
    { path: 'model.safetensors', size: SIZE },
  ],
});

let world: AppWorld;
afterEach(async () => {
  await world?.close();
});

/** Half of it comes, and the rest when it may. */
let letGo: () => void;

const start = async (options: AppWorldOptions = {}): Promise<void> => {
  world = await openAppWorld({ hub: { repos: [repo] }, ...options });
  letGo = world.hub.setFault({ kind: 'held', bytes: SIZE / 2, path: 'sample/large/model' });
  await world.start(ONE_CONNECTION);
};

const press = (message: SimMessage, button: string): string =>
  world.telegram.press(ANN, ANN, message.message_id, button);

const answerTo = (id: string): Promise<string | undefined> =>
  world.telegram
    .waitFor((telegram) => telegram.answers.find((answer) => answer.callbackQueryId === id))
    .then(({ text }) => text);

const running = async (): Promise<SimMessage> => {
  world.telegram.say(ANN, ANN, '/add sample/large');
  return world.sees(ANN, /sample\/large · downloading\n.*[1-9]\d* %/);
};

describe('a download', () => {
  it('paused by a button keeps what has come, and goes on from there by another', async () => {
    await start(COUNTING);
    const card = await running();
    press(card, 'Pause');
    await world.sees(ANN, /sample\/large · paused\n[\d.]+ MB of 8 MB kept/);
    const again = press(card, 'Resume');
    expect(await answerTo(again)).toMatch(/goes on/);
    letGo();
    await world.sees(ANN, 'verified and ready');
    expect(world.hub.bytesSent()).toBeLessThan(SIZE + SIZE / 8);
  });

  it('pressed twice is paused once', async () => {
    await start();
    const card = await running();
    const [first, second] = [press(card, 'Pause'), press(card, 'Pause')];
    const answers = await Promise.all([answerTo(first), answerTo(second)]);
    expect(answers.filter((text) => text?.includes('What has arrived is kept'))).toHaveLength(1);
    expect(answers.filter((text) => text?.includes('nothing to do'))).toHaveLength(1);
  });

  it('is cancelled only after asking; then what had arrived is gone, and it can be downloaded again', async () => {
    await start();
    const card = await running();
    press(card, 'Cancel');
    const question = await world.sees(ANN, 'would be dropped');
    press(question, 'No, go on');
    await world.sees(ANN, 'Nothing was cancelled.');
    world.telegram.say(ANN, ANN, '/cancel #1');
    const second = await world.sees(ANN, 'would be dropped');
    press(second, 'Yes, cancel');
    await world.sees(ANN, 'is cancelled');
    await world.sees(ANN, /sample\/large · cancelled\nNothing of it was kept/);
    const partials = join(world.cacheDir, 'models--sample--large/.hubgram');
    await expect.poll(() => (existsSync(partials) ? readdir(partials) : [])).toEqual([]);
    letGo();
    press(card, 'Download again');
    await world.sees(ANN, 'verified and ready');
  });

  it('added for later waits for Start now', async () => {
    await start();
    world.telegram.say(ANN, ANN, '/add sample/tiny-llama later');
    const card = await world.sees(ANN, /tiny-llama · pending\nWaits until somebody starts it/);
    press(card, 'Start now');
    await world.sees(ANN, 'verified and ready');
  });

  it('is listed, paused and resumed with all others by commands', async () => {
    await start();
    await running();
    world.telegram.say(ANN, ANN, '/add sample/tiny-llama later');
    await world.sees(ANN, 'tiny-llama · pending');
    world.telegram.say(ANN, ANN, '/queue');
    await world.sees(
      ANN,
      /^Downloading\n#1 sample\/large · \d+ % of 8 MB[^]*Waiting\n#2 sample\/tiny-llama · [\d.]+ MB · waits to be started/,
    );
    world.telegram.say(ANN, ANN, '/pause all');
    await world.sees(ANN, '2 models paused.');
    world.telegram.say(ANN, ANN, '/resume all');
    await world.sees(ANN, '2 models resumed.');
    letGo();
    await world.sees(ANN, /sample\/tiny-llama · completed/);
    await world.sees(ANN, /sample\/large · completed/);
  });
});

describe('the library', () => {
  it('lists, shows a card anew, and removes entry and files after asking', async () => {
    await start();
    world.telegram.say(ANN, ANN, '/add sample/tiny-llama');
    await world.sees(ANN, 'files verified');
    world.telegram.say(ANN, ANN, '/library');
    const list = await world.sees(ANN, /^Library\n1 model/);
    press(list, '#1 sample/tiny-llama · completed · 3.02 MB');
    await world.sees(ANN, 'is further down now');
    const card = await world.telegram.waitFor(() =>
      world.shown(ANN).find(({ message_id: id, text }) => id > list.message_id && /files verified/.test(text ?? '')),
    );
    press(card, 'Remove');
    const question = await world.sees(ANN, /Remove sample\/tiny-llama\? Its entry only, or the files too\?/);
    press(question, 'Files too · 3.02 MB');
    const answered = await world.sees(ANN, '3.02 MB are free within the hour');
    press(answered, 'Free it now');
    await world.sees(ANN, '3.02 MB are free now');
    await expect.poll(() => readdir(world.cacheDir)).toEqual(['.locks', 'CACHEDIR.TAG']);
    const late = world.telegram.pressForged(ANN, ANN, question.message_id, 'erase:1');
    expect(await answerTo(late)).toMatch(/removed already/);
    world.telegram.say(ANN, ANN, '/library');
    await world.sees(ANN, 'This library is empty');
  });

  it('keeps the files that another chat uses', async () => {
    await start();
    const BEA = 1004;
    world.telegram.addUser({ id: BEA, firstName: 'Bea' });
    world.telegram.say(BEA, BEA, '/start');
    world.telegram.say(ANN, ANN, '/start');
    const request = await world.sees(ANN, /Bea.*asks/);
    press(request, 'Approve');
    await world.sees(BEA, 'owner of this bot let you in');
    world.telegram.say(BEA, BEA, '/add sample/tiny-llama');
    await world.sees(BEA, 'files verified');
    world.telegram.say(ANN, ANN, '/add sample/tiny-llama');
    await world.sees(ANN, 'files verified');
    world.telegram.say(ANN, ANN, '/remove sample/tiny-llama');
    const question = await world.sees(ANN, 'Its files stay: another chat uses them');
    press(question, 'Entry only');
    await world.sees(ANN, 'Its files stay on the disk');
    expect(existsSync(join(world.cacheDir, 'models--sample--tiny-llama/refs/main'))).toBe(true);
  });
});
