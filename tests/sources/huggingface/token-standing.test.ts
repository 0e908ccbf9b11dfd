import { afterEach, describe, expect, it } from 'vitest';
import { type SampleHub, startSampleHub } from '../../../playground/hub/sample-hub.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import type { Source } from '../../../src/sources/port.ts';
import { createTestClock, type TestClock } from '../../helpers/clock.ts';

const TOKEN = 'hf_sample';
const never = new AbortController().signal;
const PUBLIC = { type: 'model', id: 'sample/tiny-llama' } as const;
const GATED = { type: 'model', id: 'sample/gated-llama' } as const;
const PRIVATE = { type: 'model', id: 'sample/private-llama' } as const;

let hub: SampleHub;
let clock: TestClock;
let heard: boolean[];
afterEach(() => hub.close());

const open = async (): Promise<Source> => {
  clock = createTestClock();
  hub = await startSampleHub({ clock });
  heard = [];
  return createHub({
    endpoint: hub.url,
    token: TOKEN,
    heardOfToken: (isRefused) => void heard.push(isRefused),
    userAgent: 'hubgram-test/1',
    clock,
  });
};

const questions = (): number => hub.requests.filter(({ path }) => path === '/api/whoami-v2').length;
const withToken = (): number => hub.requests.filter(({ headers }) => headers.authorization !== undefined).length;

const locate = (source: Source, { type, id }: typeof PUBLIC | typeof GATED | typeof PRIVATE) =>
  source.locate({ type, id, commit: hub.commitOf(id).id, path: 'config.json' }, never);

describe('a token that the Hub does not accept any more', () => {
  it('is asked about once, and what is public goes on without it', async () => {
    const source = await open();
    hub.revokeToken(TOKEN);
    const found = await Promise.all([
      source.inspect(PUBLIC, never),
      source.head(PUBLIC, never),
      source.inspect(PUBLIC, never),
    ]);
    expect(found.map(({ canonicalId }) => canonicalId)).toEqual(Array(3).fill(PUBLIC.id));
    expect([questions(), heard]).toEqual([1, [true]]);
    const before = withToken();
    await source.inspect(PUBLIC, never);
    await source.inBackground.head(PUBLIC, never);
    expect((await locate(source, PUBLIC)).headers).toEqual({});
    expect(withToken()).toBe(before);
  });

  it('is what keeps it from gated files, and from a private repository whose files were listed', async () => {
    const source = await open();
    hub.revokeToken(TOKEN);
    const sentence = /does not accept the token in HF_TOKEN any more\. It needs a new one\.$/;
    await expect(locate(source, GATED)).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(sentence),
    });
    await expect(locate(source, PRIVATE)).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(sentence),
    });
    await expect(source.inspect(PRIVATE, never)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/or it is private: the token in HF_TOKEN is not accepted any more\./),
    });
    expect(heard).toEqual([true]);
  });

  it('is used again once the Hub accepts it, which is asked not before ten minutes', async () => {
    const source = await open();
    const takeBack = hub.setFault({ kind: 'status', status: 401, path: '/api/' });
    await source.inspect(PUBLIC, never).catch(() => undefined);
    takeBack();
    await expect(source.inspect(PRIVATE, never)).rejects.toMatchObject({ code: 'not_found' });
    expect(questions()).toBe(1);
    clock.pass(10 * 60_000);
    expect((await source.inspect(PRIVATE, never)).id).toBe(PRIVATE.id);
    expect(heard).toEqual([true, false]);
  });

  it('is believed in while the Hub cannot say', async () => {
    const source = await open();
    hub.setFault({ kind: 'status', status: 401, path: '/resolve/' });
    hub.setFault({ kind: 'status', status: 503, path: '/api/whoami-v2' });
    await expect(locate(source, PUBLIC)).rejects.toMatchObject({ code: 'not_found' });
    expect(heard).toEqual([]);
    expect((await source.inspect(PRIVATE, never)).id).toBe(PRIVATE.id);
  });
});

describe('a token that is accepted', () => {
  it('says before a gate whose account has to ask, and asks that once', async () => {
    const source = await open();
    for (let time = 0; time < 2; time += 1)
      await expect(locate(source, GATED)).rejects.toMatchObject({
        code: 'gated',
        message: expect.stringMatching(/the account of this machine’s token \(sample-person\) has no access yet/),
      });
    hub.setGate(GATED.id, TOKEN, 'pending');
    await expect(locate(source, GATED)).rejects.toThrow(
      /has been asked for by the account sample-person; its authors have not answered yet/,
    );
    expect([questions(), heard]).toEqual([1, [false]]);
  });

  it('and is revoked right after that is noticed at once', async () => {
    const source = await open();
    await expect(locate(source, GATED)).rejects.toMatchObject({ code: 'gated' });
    hub.revokeToken(TOKEN);
    expect((await source.inspect(PUBLIC, never)).id).toBe(PUBLIC.id);
    expect(heard).toEqual([false, true]);
  });

  it('is not doubted where a repository is not there', async () => {
    const source = await open();
    await expect(source.inspect({ type: 'model', id: 'sample/nothing' }, never)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(questions()).toBe(0);
  });

  it('that may not read any more what it could says that it was deleted or made private', async () => {
    const source = await open();
    const commit = hub.commitOf(PUBLIC.id).id;
    hub.removeRepo(PUBLIC.id);
    await expect(source.locate({ ...PUBLIC, commit, path: 'config.json' }, never)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(
        /does not show the model sample\/tiny-llama any more: it was deleted or made private\. The token in HF_TOKEN may not read it\.$/,
      ),
    });
  });
});
