import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { leftIn, partialsIn } from '../helpers/partials.ts';
import { openChildQueues } from './child-queue.ts';
import { addTo, noticesIn, sampleModel } from './setup.ts';

const SIZE = 2_000_000;
/** So much comes before the kill. */
const HELD = 2 ** 20;

it('what a killed process was downloading goes on in the next one, from where the disk was', async () => {
  const { hub, cacheDir, inStore, runToItsEnd, killAt } = await openChildQueues(sampleModel('sample/big', SIZE));
  const letGo = hub.setFault({ kind: 'held', path: 'sample/big/model', bytes: HELD });
  const { id } = inStore((store) => addTo(store, hub)(1, 'sample/big'));

  await killAt(HELD);
  expect(await partialsIn(cacheDir)).toHaveLength(1);
  inStore((store) => {
    expect(store.models.getModel(id)?.status).toBe('downloading');
    expect(noticesIn(store, id)).toEqual([]);
  });

  letGo();
  expect(await runToItsEnd()).toBe(0);
  expect(await leftIn(cacheDir)).toEqual([]);
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
