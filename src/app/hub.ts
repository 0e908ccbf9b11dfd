import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Counts } from '../ops/metrics/counts.ts';
import { createMachineToken } from '../people/tokens/machine-token.ts';
import { withFallback } from '../sources/huggingface/fallback.ts';
import { createHub, type Hub } from '../sources/huggingface/hub.ts';
import type { Source } from '../sources/port.ts';
import type { Store } from '../store/store.ts';
import type { Endpoints } from './environment.ts';
import { userAgent } from './version.ts';

interface HubFrame {
  readonly clock: Clock;
  readonly log: Log;
  readonly counts: Pick<Counts, 'hubRequest'>;
}

/** The Hub with the machine's own token, another one in its place while it is down, and what it still allows. */
export const openHub = (
  { hfEndpoint: endpoint, hfToken: token, fallbackEndpoint }: Endpoints,
  store: Store,
  { clock, log, counts }: HubFrame,
): { readonly hub: Source; readonly hubBudget: Hub['budgetLeft'] } => {
  const machineToken = createMachineToken({ store, token, log });
  machineToken.start();
  const onRequest = counts.hubRequest;
  const hub = createHub({ endpoint, token, heardOfToken: machineToken.heard, userAgent, onRequest, clock });
  const hubBudget = hub.budgetLeft;
  if (fallbackEndpoint === undefined) return { hub, hubBudget };
  const other = createHub({ endpoint: fallbackEndpoint, userAgent, onRequest, clock });
  return { hub: withFallback(hub, other, clock), hubBudget };
};
