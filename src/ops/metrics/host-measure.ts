import type { Executor } from '../../copies/executor.ts';
import { within } from '../../lib/async/within.ts';
import { oneAtATime } from '../../lib/async/one-at-a-time.ts';
import type { Distribution } from '../../lib/counting/histogram.ts';
import type { HealthReport } from '../health/health.ts';
import type { EventLoopWatch } from './event-loop.ts';
import type { Metric, Sample } from './exposition.ts';
import { ofProcess, one } from './measure.ts';
import { HOST_METRICS, type HostMetricName } from './table.ts';

export interface HostMeasureDeps {
  /** undefined: it carries out nothing yet. */
  readonly copies: () => Pick<Executor, 'bytesReceived' | 'room'> | undefined;
  readonly runs: () => readonly { readonly kind: 'copy' | 'verify' }[];
  readonly bytesPerSecond: () => number;
  readonly isReached: () => boolean;
  readonly eventLoop: Pick<EventLoopWatch, 'delays'>;
  readonly health: () => Promise<HealthReport>;
  readonly minFreeBytes: number;
  readonly version: string;
}

type Measured = Readonly<
  Record<Exclude<HostMetricName, 'hubgram_event_loop_delay_seconds'>, readonly Sample[]> & {
    readonly hubgram_event_loop_delay_seconds: Distribution;
  }
>;

/** A disk that hangs is left out: `/healthz` says so. */
const DISK_MS = 2000;

const metricOf = (measured: Measured, name: HostMetricName): Metric => {
  const { help } = HOST_METRICS[name];
  if (name === 'hubgram_event_loop_delay_seconds')
    return { name, help, type: 'histogram', distribution: measured[name] };
  return { name, help, type: HOST_METRICS[name].type, samples: measured[name] };
};

/** @returns measures everything of the table of hosts, in its order; never rejects */
export const createHostMeasure = (deps: HostMeasureDeps): (() => Promise<readonly Metric[]>) => {
  const { copies, runs, bytesPerSecond, isReached, eventLoop, health, minFreeBytes, version } = deps;
  const room = oneAtATime(async () => copies()?.room());
  return async () => {
    const [{ checks }, disk] = await Promise.all([health(), within(DISK_MS, room).catch(() => undefined)]);
    const count = (kind: 'copy' | 'verify'): Sample => ({
      value: runs().filter((run) => run.kind === kind).length,
      labels: { kind },
    });
    const measured: Measured = {
      hubgram_build_info: [{ value: 1, labels: { version, node: process.versions.node } }],
      hubgram_health_check_ok: Object.entries(checks).map(([check, { ok }]) => ({
        value: ok ? 1 : 0,
        labels: { check },
      })),
      hubgram_redis_up: one(isReached() ? 1 : 0),
      hubgram_runs: [count('copy'), count('verify')],
      hubgram_received_bytes_total: one(copies()?.bytesReceived() ?? 0),
      hubgram_receiving_bytes_per_second: one(bytesPerSecond()),
      hubgram_disk_size_bytes: disk ? one(disk.totalBytes) : [],
      hubgram_disk_free_bytes: disk ? one(disk.freeBytes) : [],
      hubgram_disk_least_free_bytes: one(minFreeBytes),
      hubgram_event_loop_delay_seconds: eventLoop.delays(),
      ...ofProcess(),
    };
    return (Object.keys(HOST_METRICS) as HostMetricName[]).map((name) => metricOf(measured, name));
  };
};
