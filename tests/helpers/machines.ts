import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { repoFolderName } from '../../src/domain/repo/repo.ts';
import { ONE_CONNECTION } from './app.ts';
import { blobNameOf } from './blob-name.ts';
import { leftIn, partialsIn } from './partials.ts';
import type { TestRedis } from './redis.ts';
import { ANN, type StandIns } from './stand-ins.ts';
import type { Processes, RunningProcess } from './world.ts';

/** Machines that join a bot, each a process of its own, with a real Redis between them. */
export interface Machines {
  /** Of the address of Redis, as the bot is told it. */
  readonly env: Record<string, string>;
  /** Of a machine: what it is started with beside the address of Redis. */
  readonly folders: (name: string) => Record<string, string>;
  /** One that has joined. Resolves when Redis has let it in. */
  readonly start: (name: string, env?: Record<string, string>) => Promise<RunningProcess>;
  /** Has Ann invite it, and does what the bot says. */
  readonly join: (name: string, env?: Record<string, string>) => Promise<RunningProcess>;
  readonly cacheOf: (name: string) => string;
  /** Bytes of what is not whole there yet, as its control files claim them. */
  readonly partialBytes: (name: string) => Promise<number>;
  /** Of partial files, and all that belongs to them. */
  readonly leftOn: (name: string) => Promise<string[]>;
  /** Every file of a repository lies there by its hash. */
  readonly isRightOn: (name: string, id: string) => Promise<void>;
}

/** @param env what tells the bot and its machines of Redis, if not the path of its socket */
export const createMachines = (
  standIns: Pick<StandIns, 'telegram' | 'hub' | 'folder' | 'sees'>,
  { start: startProcess }: Pick<Processes, 'start'>,
  redis: Pick<TestRedis, 'path'>,
  env: Record<string, string> = { HUBGRAM_REDIS_URL: redis.path },
): Machines => {
  const { telegram, hub, folder, sees } = standIns;
  const cacheOf = (name: string): string => join(folder, `${name}-hub`);
  const folders = (name: string): Record<string, string> => ({
    HUBGRAM_DATA_DIR: join(folder, name),
    HF_HUB_CACHE: cacheOf(name),
  });
  const begin = async (
    name: string,
    flags: readonly string[],
    more: Record<string, string>,
  ): Promise<RunningProcess> => {
    const machine = startProcess({ ...ONE_CONNECTION, ...folders(name), ...more }, ['host', ...flags]);
    await machine.printed(`is the host ${name}.`);
    return machine;
  };
  return {
    env,
    cacheOf,
    folders,
    start: (name, more = {}) => begin(name, [], more),
    join: async (name, more = {}) => {
      const { message_id: asked } = telegram.say(ANN, ANN, `/hosts add ${name}`);
      const code = await telegram.waitFor(() =>
        telegram
          .messages(ANN)
          .filter(({ message_id: id }) => id > asked)
          .map(({ text = '' }) => /--join ([0-9a-f]{32})/.exec(text)?.[1])
          .find((found) => found !== undefined),
      );
      const machine = await begin(name, ['--join', code], { ...env, HUBGRAM_HOST_NAME: name, ...more });
      await sees(ANN, `${name} · has joined`);
      return machine;
    },
    partialBytes: async (name) =>
      (await partialsIn(cacheOf(name)).catch(() => [])).reduce((sum, { bytes }) => sum + bytes, 0),
    leftOn: (name) => leftIn(cacheOf(name)),
    isRightOn: async (name, id) => {
      const { id: commit, files } = hub.commitOf(id);
      const snapshot = join(cacheOf(name), repoFolderName({ type: 'model', id }), 'snapshots', commit);
      for (const file of files)
        expect(blobNameOf(await readFile(join(snapshot, file.path)), file.etag())).toBe(file.etag());
    },
  };
};
