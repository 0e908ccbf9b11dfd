import type { Config } from '../../config/config.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { createHubReach, type HubReach } from '../../library/watching/hub-reach.ts';
import { withFallback } from '../../sources/huggingface/fallback.ts';
import type { HubRequest } from '../../sources/huggingface/http.ts';
import { createHub } from '../../sources/huggingface/hub.ts';
import type { Source } from '../../sources/port.ts';
import { userAgent } from '../version.ts';

/** Neither a server's own trouble is one, nor what was never asked. */
const ANSWERS: ReadonlySet<HubRequest['outcome']> = new Set(['ok', 'refused', 'too_many_requests']);

/** @returns is to be told of each question that a Hub is asked */
export const hearing =
  ({ heard }: Pick<HubReach, 'heard'>): ((request: HubRequest) => void) =>
  ({ outcome }) => {
    if (outcome !== 'held_back') heard(ANSWERS.has(outcome));
  };

/** The Hub as a host asks it, and whether it answers. */
export interface HostHub extends Pick<HubReach, 'silentSince'> {
  readonly hub: Source;
  /** Its host and port: what else may stand in an address is nobody's business. */
  readonly asked: string;
}

/** With this machine's own token, and another Hub in its place while it is down. */
export const openHostHub = (
  { hfEndpoint: endpoint, hfToken: token, fallbackEndpoint }: Config,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): HostHub => {
  const heardOfToken = (isRefused: boolean): void => {
    if (isRefused) log.error({}, 'The Hub does not accept the token of this host (HF_TOKEN): it is asked without one');
  };
  const reach = createHubReach({ clock, log });
  const by = { userAgent, clock, onRequest: hearing(reach) };
  const hub = createHub({ endpoint, token, heardOfToken, ...by });
  const about = { silentSince: reach.silentSince, asked: new URL(endpoint).host };
  if (fallbackEndpoint === undefined) return { hub, ...about };
  return { hub: withFallback(hub, createHub({ endpoint: fallbackEndpoint, ...by }), clock), ...about };
};
