import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createIdleness } from '../../../src/lib/async/idleness.ts';
import type { Content } from '../repos/content.ts';
import type { Measured } from './measure.ts';

interface Entry {
  readonly found: Promise<Measured>;
  measured?: Measured;
}

/** Of contents with the same key the bytes are the same; what has none is known by itself. */
const byKey = new Map<string, Entry>();
const byContent = new WeakMap<Content, Entry>();

const entryOf = (content: Content): Entry | undefined =>
  content.key === undefined ? byContent.get(content) : byKey.get(content.key);

let worker: Worker | undefined;
let waiting = 0;
let turn: Promise<unknown> = Promise.resolve();

const end = (): void => {
  void worker?.terminate();
  worker = undefined;
};

/** What a thread has compiled of all this is gone with it, and takes longer than a small file. */
const idleness = createIdleness(end);

const ask = async (content: Content): Promise<Measured> => {
  worker ??= new Worker(new URL('measure-worker.ts', import.meta.url));
  worker.ref();
  worker.postMessage(content.recipe);
  // An error of the worker rejects this.
  const [measured] = (await once(worker, 'message')) as [Measured];
  return measured;
};

/** One after the other; the thread is there for a while longer, and keeps no program from its end. */
const inTurn = (content: Content): Promise<Measured> => {
  waiting += 1;
  idleness.ends();
  const measured = turn.then(() => ask(content));
  turn = measured.catch(end).finally(() => {
    waiting -= 1;
    if (waiting > 0) return;
    worker?.unref();
    idleness.begins();
  });
  return measured;
};

/** The chunks of a content, found in another thread; the second time they are known. */
export const measureOnce = async (content: Content): Promise<Measured> => {
  const known = entryOf(content);
  if (known) return known.found;
  const entry: Entry = { found: inTurn(content) };
  if (content.key === undefined) byContent.set(content, entry);
  else byKey.set(content.key, entry);
  entry.measured = await entry.found;
  return entry.measured;
};

/** The true Xet hash, once the content was measured. */
export const knownXetHash = (content: Content): string | undefined => entryOf(content)?.measured?.xetHash;
