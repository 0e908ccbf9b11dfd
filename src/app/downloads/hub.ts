import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { createHubReach, type HubReach } from '../../library/watching/hub-reach.ts';
import type { Counts } from '../../ops/metrics/counts.ts';
import { createMachineToken } from '../../people/tokens/machine-token.ts';
import { withFallback } from '../../sources/huggingface/fallback.ts';
import type { HubRequest } from '../../sources/huggingface/http.ts';
import { createHub, type Hub } from '../../sources/huggingface/hub.ts';
import type { Source } from '../../sources/port.ts';
import type { Store } from '../../store/store.ts';
import type { Endpoints } from '../environment.ts';
import { hearing } from '../hosting/hub.ts';
import { userAgent } from '../version.ts';

interface HubFrame {
  readonly clock: Clock;
  readonly log: Log;
  readonly counts: Pick<Counts, 'hubRequest'>;
}

export interface OpenedHub {
  readonly hub: Source;
  readonly hubBudget: Hub['budgetLeft'];
  readonly hubReach: HubReach;
}

/** The Hub with the machine's own token, another one in its place while it is down, and what it still allows and whether it answers. */
export const openHub = (
  { hfEndpoint: endpoint, hfToken: token, fallbackEndpoint }: Endpoints,
  store: Store,
  { clock, log, counts }: HubFrame,
): OpenedHub => {
  const machineToken = createMachineToken({ store, token, log });
  machineToken.start();
  const hubReach = createHubReach({ clock, log });
  const hear = hearing(hubReach);
  const onRequest = (request: HubRequest): void => {
    counts.hubRequest(request);
    hear(request);
  };
  const hub = createHub({ endpoint, token, heardOfToken: machineToken.heard, userAgent, onRequest, clock });
  const hubBudget = hub.budgetLeft;
  if (fallbackEndpoint === undefined) return { hub, hubBudget, hubReach };
  const other = createHub({ endpoint: fallbackEndpoint, userAgent, onRequest, clock });
  return { hub: withFallback(hub, other, clock), hubBudget, hubReach };
};
