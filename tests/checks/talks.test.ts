import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createTalking,
  ModelGone,
  ModelRefused,
  type OpenModel,
  type TalkingOptions,
} from '../../src/checks/talks/talking.ts';
import { ANSWER_MOST } from '../../src/domain/talks/answer.ts';
import { hasRuntime, RUNTIMES_DIR } from '../helpers/checks.ts';
import { killTalks } from '../helpers/talk-processes.ts';
import { embedderGguf, loadableGguf, talkingGguf } from './loadable.ts';
import { copyOf } from './made.ts';

const NEVER = new AbortController().signal;

/** Puts a model into a cache, and opens it. */
const open = async (
  content: Buffer,
  options: Partial<TalkingOptions> & { contextTokens?: number } = {},
  signal: AbortSignal = NEVER,
): Promise<OpenModel> => {
  const copy = copyOf({ 'tiny.gguf': content });
  onTestFinished(copy.remove);
  const { loadable, need } = await copy.read();
  const talking = createTalking({ cacheDir: copy.cacheDir, runtimesDir: RUNTIMES_DIR, threads: 1, ...options });
  const { contextTokens = 512 } = options;
  const model = await talking.open(
    { ...copy.wanted, path: loadable?.path ?? 'tiny.gguf', neededBytes: need?.weightBytes ?? 0, contextTokens },
    signal,
  );
  onTestFinished(model.close);
  return model;
};

const HELLO = ['▁Hello', '▁there'];

describe.skipIf(!hasRuntime('gguf'))('a model that is open', () => {
  it('answers in a talk, if it says how one is put to it, for longer than it can hold, and says so of a text that is longer alone', async () => {
    const model = await open(talkingGguf(HELLO), { contextTokens: 1024 });
    expect(model).toMatchObject({ talk: 'chat', loadMs: expect.any(Number) });
    const seen: string[] = [];
    expect(await model.ask('Hi', (text) => seen.push(text), NEVER)).toEqual({
      text: expect.stringMatching(/^ ?Hello there$/),
      firstMs: expect.any(Number),
      tokensPerSecond: expect.any(Number),
      end: 'end',
    });
    expect(seen[0]).toMatch(/^ ?Hello/);
    expect(await model.ask('And again?', () => undefined, NEVER)).toMatchObject({
      text: expect.stringMatching(/^ ?Hello there$/),
    });
    for (let turn = 0; turn < 12; turn += 1)
      expect(await model.ask('x'.repeat(50), () => undefined, NEVER)).toMatchObject({ end: 'end' });
    // Each letter is a token of its own, and there is one in front of them.
    const refused = model.ask('x'.repeat(768), () => undefined, NEVER);
    await expect(refused).rejects.toThrow(/^reads texts of 768 tokens at most here, and yours has 7\d\d$/);
    await expect(refused).rejects.toBeInstanceOf(ModelRefused);
    expect(await model.ask('Hi', () => undefined, NEVER)).toMatchObject({ end: 'end' });
    // It is closed for good.
    model.close();
    expect((await model.gone).message).toBe('was closed');
  });

  it('goes on with a text otherwise', async () => {
    const model = await open(talkingGguf(HELLO, { template: '' }));
    expect(model.talk).toBe('completion');
    expect(await model.ask('Once', () => undefined, NEVER)).toMatchObject({
      text: expect.stringMatching(/^ ?Hello there$/),
      end: 'end',
    });
    await expect(model.compare('a', 'b')).rejects.toThrow('writes, and makes no numbers of texts');
  });

  it('ends what it writes when it is told to, and answers after that as before, until it is gone with its process: whoever waits for it is told', async () => {
    const model = await open(talkingGguf(HELLO, { ending: 'hang' }), { tokensMost: 1_000_000 });
    const stop = new AbortController();
    const stopped = await model.ask('Hi', () => stop.abort(), stop.signal);
    expect(stopped).toMatchObject({ end: 'stopped', text: expect.stringContaining('Hello') });
    const again = new AbortController();
    expect(await model.ask('Hi', () => again.abort(), again.signal)).toMatchObject({ end: 'stopped' });
    const asked = model.ask('Hi', killTalks, NEVER);
    await expect(asked).rejects.toThrow('was ended by the system, as it does where memory runs out');
    await expect(asked).rejects.toBeInstanceOf(ModelGone);
    expect((await model.gone).message).toMatch(/^was ended by the system/);
    await expect(model.ask('Hi', () => undefined, NEVER)).rejects.toThrow(/^was ended by the system/);
  });

  it('writes no more than a message holds, than it may have tokens, and than it has time', async () => {
    const endless = talkingGguf(['▁' + 'long'.repeat(50), '▁and'], { ending: 'again' });
    const long = await (await open(endless, { contextTokens: 4096 })).ask('Hi', () => undefined, NEVER);
    expect(long.end).toBe('long');
    expect(long.text).toHaveLength(ANSWER_MOST);
    const tokens = await (await open(endless, { tokensMost: 3 })).ask('Hi', () => undefined, NEVER);
    expect(tokens).toMatchObject({ end: 'long', text: expect.stringMatching(/^ ?(long){50} and (long){50}$/) });
    const late = await (await open(endless, { timeMostMs: 1 })).ask('Hi', () => undefined, NEVER);
    expect(late.end).toBe('late');
  });

  it('compares two texts where it makes numbers of them, and does nothing else', async () => {
    const model = await open(embedderGguf());
    expect(model.talk).toBe('vectors');
    expect(await model.compare('a b c', 'a b c')).toBeCloseTo(1, 3);
    expect(await model.compare('a b c', 'x y z')).toBeLessThan(0.9999);
    await expect(model.ask('a', () => undefined, NEVER)).rejects.toThrow('makes numbers of texts, and writes nothing');
    await expect(model.compare('a '.repeat(500), 'b')).rejects.toThrow(
      'reads texts of 128 tokens at most here, and yours has ',
    );
  });

  it('is none if llama.cpp does not open it', async () => {
    await expect(open(loadableGguf({ without: 'llama.block_count' }))).rejects.toThrow(
      /^is refused by llama\.cpp: .*llama\.block_count$/,
    );
    await expect(open(loadableGguf({ architecture: 'flux' }))).rejects.toThrow('is a model of the kind “flux”');
    await expect(open(talkingGguf(HELLO), { openMostMs: 1 })).rejects.toThrow('gave no answer within 0 s');
    await expect(open(talkingGguf(HELLO), { besideBytes: 1 })).rejects.toThrow(/^took more than .* of memory/);
    const left = new AbortController();
    const opening = open(talkingGguf(HELLO), {}, left.signal);
    left.abort(new Error('left'));
    await expect(opening).rejects.toThrow('left');
  });
});
