import { describe, expect, it, onTestFinished } from 'vitest';
import { openSystemd } from '../helpers/service-manager.ts';
import { findTool } from '../helpers/tools.ts';
import { openWorld, type World } from '../helpers/world.ts';

const open = async (): Promise<World> => {
  const world = await openWorld();
  onTestFinished(() => world.close());
  return world;
};

// Needs the program by which systemd is told.
describe.skipIf(findTool('systemd-notify') === undefined)('under systemd', () => {
  it('the bot says that it is up when Telegram has answered, that it is not stuck, and that it ends', async () => {
    const [world, systemd] = [await open(), await openSystemd()];
    const bot = world.start({ NOTIFY_SOCKET: systemd.socket, WATCHDOG_USEC: '1000000' });
    await systemd.hears('READY=1');
    expect(bot.output()).toContain('is running as');
    await systemd.hears('STATUS=nothing to do');
    await systemd.hears('WATCHDOG=1');
    expect(await bot.kill('SIGTERM')).toBe(0);
    await systemd.hears('STOPPING=1');
  });

  it('one that Telegram refuses never says that it is up', async () => {
    const [world, systemd] = [await open(), await openSystemd()];
    const env = { NOTIFY_SOCKET: systemd.socket, BOT_TOKEN: '1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' };
    expect(await world.start(env).exited).toBe(3);
    expect(systemd.heard.join()).not.toContain('READY');
  });
});

it('a machine without systemd-notify is told of once, and the bot runs', async () => {
  const world = await open();
  const bot = world.start({ NOTIFY_SOCKET: '/nowhere/notify', PATH: '/nowhere' });
  await bot.printed('there is no program systemd-notify');
  await bot.printed('is running as');
  expect(await bot.kill('SIGTERM')).toBe(0);
  expect(bot.output().match(/systemd-notify; with/g)).toHaveLength(1);
});
