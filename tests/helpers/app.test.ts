import { expect, it } from 'vitest';
import { openAppWorld } from './app.ts';

it('tells at its end of an app that has failed meanwhile, though nobody has stopped it', async () => {
  const world = await openAppWorld();
  const { ended } = await world.start();
  // Whoever answers so for good has taken the token back.
  world.telegram.setFault({ method: '*', kind: '401', times: Number.POSITIVE_INFINITY });
  world.telegram.deliver('message', {});
  await expect(ended).rejects.toMatchObject({ code: 'refused_token' });
  await expect(world.close()).rejects.toMatchObject({ code: 'refused_token' });
});

it('has nothing to tell of one that was stopped, or that ends with it', async () => {
  const world = await openAppWorld();
  const { stop } = await world.start();
  await stop();
  await world.start();
  await expect(world.close()).resolves.toBe(undefined);
});
