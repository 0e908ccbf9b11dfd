import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ANN, openWorld } from '../helpers/world.ts';

/** A view of the files in which nothing can be written but in one folder, as `read_only` with its volumes makes it. */
const SEALED = `mount --bind "$1" "$1" && mount -o remount,bind,ro / && shift && exec "$@"`;
const inside = (folder: string): readonly string[] => ['unshare', '--mount', 'sh', '-c', SEALED, 'sh', folder];

const canSeal = (): boolean => {
  const [command = '', ...words] = inside('/tmp');
  return spawnSync(command, [...words, 'true']).status === 0;
};

// Needs `unshare` and the right to use it.
describe.skipIf(!canSeal())('where nothing can be written but to its volumes', () => {
  it('the bot downloads, draws, makes a backup and ends as anywhere else', async () => {
    const world = await openWorld();
    onTestFinished(() => world.close());
    for (const folder of [world.dataDir, world.cacheDir]) mkdirSync(folder, { recursive: true });
    const probe = spawnSync('unshare', [
      ...inside(world.folder).slice(1),
      'sh',
      '-c',
      'touch "$0/in" && ! touch /out',
      world.folder,
    ]);
    expect(probe.status).toBe(0);
    const bot = world.start({}, [], inside(world.folder));
    world.telegram.say(ANN, ANN, '/add sample/tiny-embeddings now');
    await world.sees(ANN, 'sample/tiny-embeddings · completed');
    world.telegram.say(ANN, ANN, '/storage picture');
    await world.telegram.waitFor(() => world.shown(ANN).some(({ photo }) => photo !== undefined));
    world.telegram.say(ANN, ANN, '/backup');
    await world.telegram.waitFor(() =>
      world.shown(ANN).some(({ document }) => document?.file_name?.endsWith('.db.gz')),
    );
    expect(await bot.kill('SIGTERM')).toBe(0);
    expect(bot.output()).not.toMatch(/EROFS|"level":"(?:warn|error)"/);
  });
});
