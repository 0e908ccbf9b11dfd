import { systemClock } from '../../lib/clock.ts';
import { shown } from '../bytes/fault.ts';
import { goFirst } from '../loads/go-first.ts';
import { NotLoaded, UnknownKind } from '../loads/not-loaded.ts';
import { endWithTheBot } from '../with-the-bot.ts';
import { NotDone, openTalkingModel, type TalkingModel } from './talk-model.ts';
import type { TalkReply, TalkTask } from './wire.ts';

const REASON_MOST = 160;
/** Nobody is shown more of what is being written. */
const TELL_MS = 100;

const say = (reply: TalkReply): void => void process.send?.(reply);

const open = async (task: Extract<TalkTask, { kind: 'open' }>): Promise<TalkingModel | undefined> => {
  try {
    const model = await openTalkingModel(task, systemClock);
    say({ kind: 'opened', talk: model.talk, loadMs: model.loadMs });
    return model;
  } catch (error) {
    if (error instanceof NotLoaded) say({ kind: 'failed', reason: error.message });
    else if (error instanceof UnknownKind) say({ kind: 'unknown', reason: error.message });
    // The runtime is broken, or not for this machine.
    else say({ kind: 'unknown', reason: `could not be tried: ${shown(String(error), REASON_MOST)}` });
    return undefined;
  }
};

const ask = async (
  model: TalkingModel,
  { text, ...limits }: Extract<TalkTask, { kind: 'ask' }>,
  signal: AbortSignal,
): Promise<TalkReply> => {
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = (written: string): void => {
    const now = systemClock.monotonic();
    if (now - toldAt < TELL_MS) return;
    toldAt = now;
    say({ kind: 'writing', text: written });
  };
  return { kind: 'answered', answer: await model.ask(text, limits, tell, signal) };
};

const refusal = (error: unknown): TalkReply => ({
  kind: 'refused',
  reason: error instanceof NotDone ? error.message : `could not do that: ${shown(String(error), REASON_MOST)}`,
});

let model: TalkingModel | undefined;
let stopping = new AbortController();

const take = async (task: TalkTask): Promise<void> => {
  if (task.kind === 'open') model = await open(task);
  else if (task.kind === 'stop') stopping.abort();
  else if (model) {
    stopping = new AbortController();
    const done =
      task.kind === 'ask'
        ? ask(model, task, stopping.signal)
        : model.compare(task.first, task.second).then((cosine): TalkReply => ({ kind: 'compared', cosine }));
    say(await done.catch(refusal));
  }
};

endWithTheBot();
goFirst();
process.on('message', (task) => void take(task as TalkTask));
