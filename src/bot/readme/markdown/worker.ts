import { parentPort, workerData } from 'node:worker_threads';
import { NO_FACTS } from '../facts.ts';
import type { LaidOut, ToRead } from './laid-out.ts';
import { asPlain, pagesOf } from './pages.ts';

const { text, bases, asWritten = false } = workerData as ToRead;

/** The readers of YAML, Markdown and HTML take longer to load than most READMEs to be read: what is shown as it was written needs none of them. */
const read = async () => {
  const [{ readCard }, { layOut }] = await Promise.all([import('../front-matter.ts'), import('./lay-out.ts')]);
  const { facts, body } = readCard(text);
  return { facts, laid: bases ? layOut(body, bases) : asPlain(body) };
};

const { facts, laid } = asWritten ? { facts: NO_FACTS, laid: asPlain(text) } : await read();
parentPort?.postMessage({ facts, ...pagesOf(laid) } satisfies LaidOut);
