import { keepLoaded } from '../../../checks/keep-loaded.ts';
import { goFirst } from '../../../checks/loads/go-first.ts';
import { endWithTheBot } from '../../../checks/with-the-bot.ts';
import { NO_FACTS } from '../facts.ts';
import type { LaidOut, ToRead } from './laid-out.ts';
import { asPlain, pagesOf } from './pages.ts';

/** Bot → this process, once; it answers with a `LaidOut`. */
export interface LayOutTask extends ToRead {
  /** Of a processor's time. */
  readonly longestMs: number;
}

/** The readers of YAML, Markdown and HTML take longer to load than most READMEs to be read: what is shown as it was written needs none of them. */
const read = async ({ text, bases }: ToRead) => {
  const [{ readCard }, { layOut }] = await Promise.all([import('../front-matter.ts'), import('./lay-out.ts')]);
  keepLoaded();
  const { facts, body } = readCard(text);
  return { facts, laid: bases ? layOut(body, bases) : asPlain(body) };
};

const watch = endWithTheBot();
goFirst();

/** What goes wrong ends this process: whoever waits for it is told. */
const answer = async (task: LayOutTask): Promise<void> => {
  watch.endAfter(task.longestMs);
  const { facts, laid } = task.asWritten === true ? { facts: NO_FACTS, laid: asPlain(task.text) } : await read(task);
  process.send?.({ facts, ...pagesOf(laid) } satisfies LaidOut);
};

process.once('message', (task) => void answer(task as LayOutTask));
