import { afterEach, describe, expect, it } from 'vitest';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN } from '../helpers/stand-ins.ts';

let world: AppWorld;
afterEach(async () => {
  await world?.close();
});

describe('a search', () => {
  it('leads from words to a model on the disk, over an end of the program in between', async () => {
    world = await openAppWorld();
    const first = await world.start();
    world.say('/search tiny-llama');
    const list = await world.sees(ANN, /^Search: tiny-llama · trending first[^]*\n1 sample\//);
    await first.stop();
    await world.start();
    const number = /^(\d) sample\/tiny-llama$/m.exec(list.text ?? '')?.[1];
    world.telegram.press(ANN, ANN, list.message_id, `Add ${number}`);
    expect((await world.sees(ANN, 'sample/tiny-llama · completed')).text).toContain('verified');
  });

  it('that has no answer when the program ends gets it after the next start, in the same message', async () => {
    world = await openAppWorld();
    const release = world.hub.setFault({ kind: 'silence', path: '/api/models' });
    const first = await world.start();
    world.say('/search tiny-diffusion');
    const { message_id: shown } = await world.sees(ANN, 'Search: tiny-diffusion · searching');
    await first.stop();
    release();
    await world.start();
    expect((await world.sees(ANN, '1 sample/tiny-diffusion')).message_id).toBe(shown);
  });
});
