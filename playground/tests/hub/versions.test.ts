import { describe, expect, it } from 'vitest';
import type { SampleHub } from '../../hub/sample-hub.ts';
import { openHub } from './with-hub.ts';

const ID = 'sample/Retuned-GGUF';
const WEIGHTS = 'Retuned-Q4_K_M.gguf';

const press = (hub: SampleHub, id = ID, method = 'POST'): Promise<Response> =>
  fetch(`${hub.url}/${id}/publish`, { method, redirect: 'manual' });

const etagOf = (hub: SampleHub): string =>
  hub
    .commitOf(ID)
    .files.find(({ path }) => path === WEIGHTS)!
    .etag();

describe('the page of a repository that is uploaded again and again', () => {
  it('has a button that publishes a version which differs a little', async () => {
    const hub = await openHub();
    const before = [hub.commitOf(ID).id, etagOf(hub)];
    expect(await (await fetch(`${hub.url}/${ID}`)).text()).toContain(`action="/${ID}/publish"`);
    const pressed = await press(hub);
    expect([pressed.status, pressed.headers.get('location')]).toEqual([303, `/${ID}`]);
    const after = [hub.commitOf(ID).id, etagOf(hub)];
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(await (await fetch(`${hub.url}/${ID}`)).text()).toContain('This is version 2 of it.');
    expect(hub.commitOf(ID).files).toHaveLength(3);
  });

  it('begins anew after the last one, each time with a commit of its own', async () => {
    const hub = await openHub();
    const [first, commits] = [etagOf(hub), new Set([hub.commitOf(ID).id])];
    for (const _ of Array.from({ length: 3 })) {
      await press(hub);
      commits.add(hub.commitOf(ID).id);
    }
    expect(commits.size).toBe(4);
    expect(etagOf(hub)).toBe(first);
  });

  it('takes nothing but a press of that button, and no other page has it', async () => {
    const hub = await openHub();
    expect((await press(hub, ID, 'GET')).status).toBe(405);
    expect((await press(hub, 'sample/tiny-llama')).status).toBe(404);
    expect(await (await fetch(`${hub.url}/sample/tiny-llama`)).text()).not.toContain('publish');
  });
});
