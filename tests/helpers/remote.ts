import { expect } from 'vitest';
import { connect } from '../../src/hosts/connection.ts';
import { openRemoteHost, type RemoteHost } from '../../src/hosts/remote/remote-host.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Scope } from '../../src/lib/scope.ts';

/** What the bot has of a machine called nas, once that is there. @param url where their Redis is */
export const openNas = async (scope: Scope, url: string): Promise<RemoteHost> => {
  const endpoint = { url };
  const [redis, patient] = [connect(endpoint, false, () => undefined), connect(endpoint, true, () => undefined)];
  scope.defer(() => redis.disconnect());
  scope.defer(() => patient.disconnect());
  const remote = scope.use(openRemoteHost({ name: 'nas', redis, patient, clock: systemClock, log: silentLog }));
  await expect.poll(() => remote.standing().kind, { timeout: 60_000, interval: 20 }).toBe('there');
  return remote;
};
