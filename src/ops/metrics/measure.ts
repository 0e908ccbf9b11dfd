import { stat } from 'node:fs/promises';
import type { Executor } from '../../copies/executor.ts';
import type { Hosts } from '../../copies/hosts.ts';
import { type Host, THIS_HOST } from '../../domain/hosts/host.ts';
import { oneAtATime } from '../../lib/async/one-at-a-time.ts';
import { within } from '../../lib/async/within.ts';
import type { Distribution } from '../../lib/counting/histogram.ts';
import type { Log } from '../../lib/log.ts';
import type { Refusals } from '../../people/refusals.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Store } from '../../store/store.ts';
import type { HealthReport } from '../health/health.ts';
import type { Counts } from './counts.ts';
import type { EventLoopWatch } from './event-loop.ts';
import type { Metric, Sample } from './exposition.ts';
import { type HistogramName, METRICS, type MetricName, type PlainName } from './table.ts';

export interface MeasureDeps {
  readonly store: Pick<Store, 'models' | 'watching' | 'tokenRefusals' | 'hosts'>;
  readonly queue: Pick<Queue, 'bytesPerSecond' | 'bytesReceived' | 'isHeld'>;
  readonly copies: Pick<Executor, 'room'>;
  readonly hosts: Pick<Hosts, 'of' | 'isThere'>;
  readonly refusals: Pick<Refusals, 'counts'>;
  /** What the Hub still allows, by what it counts. */
  readonly hubBudget: () => Readonly<Record<string, number | undefined>>;
  readonly counts: Pick<Counts, 'read'>;
  readonly eventLoop: Pick<EventLoopWatch, 'delays'>;
  readonly health: () => Promise<HealthReport>;
  readonly minFreeBytes: () => number;
  readonly databaseFile: string;
  readonly version: string;
  readonly log: Log;
}

/** A sample or a distribution for each name of the table: what is forgotten here does not compile. */
type Measured = Readonly<Record<PlainName, readonly Sample[]>> & Readonly<Record<HistogramName, Distribution>>;

/** A metric that has one value. */
export const one = (value: number): readonly Sample[] => [{ value }];
const flag = (isSo: boolean): readonly Sample[] => one(isSo ? 1 : 0);

const by = (label: string, values: Readonly<Record<string, number | undefined>>): readonly Sample[] =>
  Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : { value, labels: { [label]: name } }));

/** Of a machine, by its name; what is not known of one is left out. */
const byHost = (hosts: readonly Host[], valueOf: (host: Host) => number | null | undefined): readonly Sample[] =>
  hosts.flatMap((host) => {
    const value = valueOf(host) ?? undefined;
    return value === undefined ? [] : { value, labels: { host: host.name } };
  });

/** undefined: nothing leads there any more, as where Redis was taken out of the configuration. */
const receivedAt = (hosts: MeasureDeps['hosts'], hostId: number): number | undefined => {
  try {
    return hosts.of(hostId).bytesReceived();
  } catch {
    return undefined;
  }
};

/** How it is on each machine, its disk aside. */
const fromHosts = ({ store, hosts }: MeasureDeps, joined: readonly Host[]) => {
  const downloading = store.watching.countDownloading();
  return {
    hubgram_host_up: byHost(joined, ({ id }) => (hosts.isThere(id) ? 1 : 0)),
    hubgram_host_downloading_models: byHost(joined, ({ id }) => downloading[String(id)] ?? 0),
    hubgram_host_received_bytes_total: byHost(joined, ({ id }) => receivedAt(hosts, id)),
  };
};

const joinedHosts = ({ store }: MeasureDeps): readonly Host[] =>
  store.hosts.listHosts().filter(({ state }) => state === 'joined');

const fromRows = ({ store: { models, watching, tokenRefusals }, queue }: MeasureDeps, away: readonly number[]) => ({
  hubgram_models: by('status', watching.countModels()),
  hubgram_queue_waiting_models: by('reason', watching.countWaiting(away)),
  hubgram_queue_held_back_models: one(models.countHeldByQuota()),
  hubgram_queue_held: flag(queue.isHeld()),
  hubgram_schedules_open: one(watching.countOpenRuns()),
  hubgram_outbox_waiting_notices: one(watching.countNotices()),
  hubgram_people: by('role', watching.countPeople()),
  hubgram_hub_token_refused: flag(tokenRefusals.isAnyRefused()),
  hubgram_stored_bytes: one(watching.storedBytes()),
});

/** What is free on each disk. That of this machine is measured; others have told of theirs. */
const disksOf = (
  joined: readonly Host[],
  own: { readonly size: number | undefined; readonly free: number | undefined },
) => ({
  hubgram_host_disk_size_bytes: byHost(joined, ({ id, totalBytes }) => (id === THIS_HOST ? own.size : totalBytes)),
  hubgram_host_disk_free_bytes: byHost(joined, ({ id, freeBytes }) => (id === THIS_HOST ? own.free : freeBytes)),
});

const NO_ROWS = {
  hubgram_models: [],
  hubgram_queue_waiting_models: [],
  hubgram_queue_held_back_models: [],
  hubgram_queue_held: [],
  hubgram_schedules_open: [],
  hubgram_outbox_waiting_notices: [],
  hubgram_people: [],
  hubgram_hub_token_refused: [],
  hubgram_stored_bytes: [],
  hubgram_host_up: [],
  hubgram_host_downloading_models: [],
  hubgram_host_received_bytes_total: [],
} as const satisfies ReturnType<typeof fromRows> & ReturnType<typeof fromHosts>;

/** A database that cannot be read now hides nothing else: the one who looks wants to know why it cannot. */
const readRows = (deps: MeasureDeps) => {
  try {
    const joined = joinedHosts(deps);
    const away = joined.map(({ id }) => id).filter((id) => !deps.hosts.isThere(id));
    return { joined, rows: { ...fromRows(deps, away), ...fromHosts(deps, joined) } };
  } catch (error) {
    deps.log.warn({ err: error }, 'What is counted of the database is missing in the metrics');
    return { joined: [], rows: NO_ROWS };
  }
};

/** A disk that hangs is left out, as is one that cannot be asked: `/healthz` says so. */
const DISK_MS = 2000;

const sizeOf = async (file: string): Promise<number | undefined> => {
  try {
    return (await stat(file)).size;
  } catch {
    // SQLite makes its log when it writes first.
    return undefined;
  }
};

const createDisk = ({ copies, databaseFile, minFreeBytes, log }: MeasureDeps) => {
  const ask = oneAtATime(async () => {
    const [room, database, logFile] = await Promise.all([
      copies.room(),
      sizeOf(databaseFile),
      sizeOf(`${databaseFile}-wal`),
    ]);
    return {
      hubgram_disk_size_bytes: one(room.totalBytes),
      hubgram_disk_free_bytes: one(room.freeBytes),
      hubgram_database_size_bytes: by('file', { database, log: logFile }),
    };
  });
  const unknown = { hubgram_disk_size_bytes: [], hubgram_disk_free_bytes: [], hubgram_database_size_bytes: [] };
  return async () => {
    const found = await within(DISK_MS, ask).catch((error: unknown) => {
      log.debug({ err: error }, 'The disk could not be measured');
    });
    return { ...(found ?? unknown), hubgram_disk_least_free_bytes: one(minFreeBytes()) };
  };
};

/** What the system tells of this process. */
export const ofProcess = () => {
  const { user, system } = process.cpuUsage();
  return {
    process_start_time_seconds: one(performance.timeOrigin / 1000),
    process_cpu_seconds_total: one((user + system) / 1e6),
    process_resident_memory_bytes: one(process.memoryUsage.rss()),
  };
};

const isHistogram = (name: MetricName): name is HistogramName => METRICS[name].type === 'histogram';

const metricOf = (measured: Measured, name: MetricName): Metric => {
  const { help } = METRICS[name];
  if (isHistogram(name)) return { name, help, type: 'histogram', distribution: measured[name] };
  return { name, help, type: METRICS[name].type, samples: measured[name] };
};

/** @returns measures everything of the table, in its order; never rejects */
export const createMeasure = (deps: MeasureDeps): (() => Promise<readonly Metric[]>) => {
  const { queue, refusals, hubBudget, counts, eventLoop, health, version } = deps;
  const measureDisk = createDisk(deps);
  return async () => {
    const [{ checks }, disk] = await Promise.all([health(), measureDisk()]);
    const { joined, rows } = readRows(deps);
    const [size, free] = [disk.hubgram_disk_size_bytes, disk.hubgram_disk_free_bytes].map(
      (samples) => samples[0]?.value,
    );
    const measured: Measured = {
      hubgram_build_info: [{ value: 1, labels: { version, node: process.versions.node } }],
      hubgram_health_check_ok: Object.entries(checks).map(([check, { ok }]) => ({
        value: ok ? 1 : 0,
        labels: { check },
      })),
      hubgram_received_bytes_total: one(queue.bytesReceived()),
      hubgram_receiving_bytes_per_second: one(queue.bytesPerSecond()),
      hubgram_hub_budget_requests: by('kind', hubBudget()),
      hubgram_refused_total: by('reason', refusals.counts()),
      hubgram_event_loop_delay_seconds: eventLoop.delays(),
      ...rows,
      ...disk,
      ...disksOf(joined, { size, free }),
      ...counts.read(),
      ...ofProcess(),
    };
    return (Object.keys(METRICS) as MetricName[]).map((name) => metricOf(measured, name));
  };
};
