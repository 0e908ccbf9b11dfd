import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { startSampleHub } from '../../playground/hub/sample-hub.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../helpers/database.ts';
import { leftIn, partialsIn } from '../helpers/partials.ts';
import { addTo, noticesIn, PATIENT, sampleModel } from './setup.ts';

const SIZE = 2_000_000;
/** So much comes before the kill. */
const HELD = 2 ** 20;
const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url));

it('what a killed process was downloading goes on in the next one, from where the disk was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-crash-'));
  const hub = await startSampleHub({ repos: [sampleModel('sample/big', SIZE)] });
  const letGo = hub.setFault({ kind: 'held', path: 'sample/big/model', bytes: HELD });
  const inStore = <T>(work: (store: Store) => T): T => {
    const store = openTestStore(join(folder, 'hubgram.db'));
    try {
      return work(store);
    } finally {
      store.close();
    }
  };
  const start = () => {
    const child = spawn(process.execPath, [CHILD, folder, hub.url], { stdio: ['ignore', 'ignore', 'inherit'] });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return { child, exited: once(child, 'exit') };
  };
  onTestFinished(async () => {
    await hub.close();
    await rm(folder, { recursive: true, force: true });
  });
  const { id } = inStore((store) => addTo(store, hub)(1, 'sample/big'));

  const first = start();
  // All of it is noted, as it is once a second.
  const noted = async (): Promise<number> =>
    (await partialsIn(join(folder, 'hub'))).reduce((sum, { bytes }) => sum + bytes, 0);
  await expect.poll(noted, PATIENT).toBe(HELD);
  first.child.kill('SIGKILL');
  await first.exited;
  expect(await partialsIn(join(folder, 'hub'))).toHaveLength(1);
  inStore((store) => {
    expect(store.models.getModel(id)?.status).toBe('downloading');
    expect(noticesIn(store, id)).toEqual([]);
  });

  letGo();
  const second = start();
  expect(await second.exited).toEqual([0, null]);
  expect(await leftIn(join(folder, 'hub'))).toEqual([]);
  // Nothing of it came twice.
  expect(hub.bytesSent()).toBeLessThan(SIZE + 500_000);
  const done = inStore((store) => {
    const sessions = store.sessions.getDownloadHistory(id);
    expect(sessions).toMatchObject([{ status: 'completed', retryCount: 0, bytesDownloaded: SIZE + 2 }]);
    expect(noticesIn(store, id)).toEqual(['completed']);
    return store.models.getModel(id);
  });
  const bytes = await readFile(join(done?.downloadPath ?? '', 'model.safetensors'));
  const { files } = hub.commitOf('sample/big');
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(
    files.find(({ path }) => path === 'model.safetensors')?.etag(),
  );
});
