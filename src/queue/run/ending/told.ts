import type { Log } from '../../../lib/log.ts';
import { idsOf, type Member } from '../member.ts';
import type { Settlement } from './settle.ts';

/** What the log says of how a run ended for a model, and how loudly: what a person may have to do something about is a warning. */
const SENTENCES: Readonly<Record<Settlement['kind'], readonly ['info' | 'warn', string]>> = {
  completed: ['info', 'A download is complete'],
  stopped: ['info', 'A download was stopped'],
  shutdown: ['info', 'A download is broken off by the end of the program'],
  host_away: ['info', 'A download waits for its host, which is away'],
  moved: ['info', 'A download begins anew: its branch has moved, and its commit is gone'],
  no_space: ['warn', 'A download waits for room on the disk'],
  backoff: ['info', 'A download is tried again later'],
  access: ['info', 'A download waits for access'],
  failed: ['warn', 'A download has failed'],
};

const moreOf = (settlement: Settlement): object => ({
  ...('sizeBytes' in settlement ? { bytes: settlement.sizeBytes } : {}),
  ...('retryCount' in settlement ? { retry: settlement.retryCount } : {}),
  ...('delayMs' in settlement ? { waitMs: settlement.delayMs } : {}),
  ...('code' in settlement ? { code: settlement.code } : {}),
  ...('message' in settlement ? { reason: settlement.message } : {}),
});

/** Tells the log what has become of each model of a run, once that is written down. */
export const tellEndings = (log: Log, settlements: ReadonlyMap<Member, Settlement>): void => {
  for (const [member, settlement] of settlements) {
    const [level, sentence] = SENTENCES[settlement.kind];
    log[level]({ ...idsOf(member), ...moreOf(settlement) }, sentence);
  }
};
