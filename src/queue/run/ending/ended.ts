import type { Log } from '../../../lib/log.ts';
import type { Member } from '../member.ts';
import type { RunEnd } from './run-end.ts';
import type { Settlement } from './settle.ts';
import { tellEndings } from './told.ts';

const errorOf = (settlement: Settlement): RunEnd['error'] => {
  switch (settlement.kind) {
    case 'no_space':
      return 'no_space';
    case 'access':
      return settlement.access.code;
    case 'backoff':
    case 'failed':
      return settlement.code ?? 'fault';
    case 'completed':
    case 'host_away':
    case 'moved':
    case 'shutdown':
    case 'stopped':
      return undefined;
  }
};

interface EndedDeps {
  readonly log: Log;
  readonly onEnded?: ((end: RunEnd) => void) | undefined;
}

/**
 * Tells of what is written down: the log, and who counts it.
 * @param besides models that had not begun, and are complete with it
 */
export const tellEnded = (
  { log, onEnded }: EndedDeps,
  settlements: ReadonlyMap<Member, Settlement>,
  besides: number,
): void => {
  tellEndings(log, settlements);
  for (const settlement of settlements.values()) onEnded?.({ kind: settlement.kind, error: errorOf(settlement) });
  for (let count = 0; count < besides; count += 1) onEnded?.({ kind: 'completed', error: undefined });
};
