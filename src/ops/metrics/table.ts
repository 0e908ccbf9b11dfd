/* ops/metrics: every figure that is told, with its kind, its labels and what it means. */

import { STATUS_WORDS } from '../../domain/states/model.ts';

interface MetricKind {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** What tells its samples apart, and what each may say. */
  readonly labels?: Readonly<Record<string, string>>;
}

const CHECKS = '`telegram`, `database`, `disk`, `queue`, as in `/healthz`';
const STATUSES = STATUS_WORDS.map((word) => `\`${word}\``).join(', ');
const HOST = 'a machine that models lie on, as `/hosts` calls it';
const ERRORS = 'an error code such as `unreachable`, `stalled`, `no_space`, `gated`; `fault`: a fault of hubgram';
const ROLES = '`owner`, `member`, `viewer`, `pending`, `denied`';
const HUB_OUTCOMES =
  '`ok`, `refused` (4xx), `too_many_requests`, `server_error`, `no_answer`, `held_back` (not made, since the budget is used up)';

/**
 * Everything that `/metrics` tells. Names follow prometheus.io, “Metric and label naming”: base units, `_total` for what only
 * grows. No label says a name of a repository, of a person or of a chat: each would be series of its own, and none of Prometheus' business.
 */
export const METRICS = {
  hubgram_build_info: {
    type: 'gauge',
    help: 'Always 1; its labels say what runs.',
    labels: { version: 'of hubgram', node: 'of Node' },
  },
  hubgram_health_check_ok: {
    type: 'gauge',
    help: '1 if what was looked at is well, 0 if it needs a restart or help, by check.',
    labels: { check: CHECKS },
  },
  hubgram_models: { type: 'gauge', help: 'Models in all libraries, by status.', labels: { status: STATUSES } },
  hubgram_queue_waiting_models: {
    type: 'gauge',
    help: 'Models that wait to be downloaded, by what for.',
    labels: {
      reason:
        '`turn`, `retry` (its back-off), `access`, `space`, `schedule`, `person` (`/download`), `disabled`, `host` (its machine, which is away); `turn` holds those that wait for a quota too',
    },
  },
  hubgram_queue_held_back_models: {
    type: 'gauge',
    help: 'Models that wait for a quota: they are among those that wait for their turn.',
  },
  hubgram_queue_held: { type: 'gauge', help: '1 while an owner holds every download, 0 otherwise.' },
  hubgram_received_bytes_total: {
    type: 'counter',
    help: 'Bytes of models that came over the network, to all machines.',
  },
  hubgram_receiving_bytes_per_second: {
    type: 'gauge',
    help: 'How fast models come, over the last seconds; 0 while nothing is received.',
  },
  hubgram_downloads_ended_total: {
    type: 'counter',
    help: 'Models whose download ended, by how.',
    labels: { outcome: '`completed`, `failed`' },
  },
  hubgram_download_errors_total: {
    type: 'counter',
    help: 'Runs that an error ended for a model, whatever followed, by kind of error.',
    labels: { kind: ERRORS },
  },
  hubgram_download_retries_total: {
    type: 'counter',
    help: 'Downloads that were put back to be tried again by themselves.',
  },
  hubgram_host_up: {
    type: 'gauge',
    help: '1 if a machine is heard of, 0 if it is away: what is wanted of it waits then.',
    labels: { host: HOST },
  },
  hubgram_host_downloading_models: {
    type: 'gauge',
    help: 'Models that are downloaded there, or were when it went away.',
    labels: { host: HOST },
  },
  hubgram_host_received_bytes_total: {
    type: 'counter',
    help: 'Bytes of models that came there over the network.',
    labels: { host: HOST },
  },
  hubgram_host_disk_size_bytes: {
    type: 'gauge',
    help: 'The disk that models lie on there, when it was heard of last.',
    labels: { host: HOST },
  },
  hubgram_host_disk_free_bytes: {
    type: 'gauge',
    help: 'What was free on it then.',
    labels: { host: HOST },
  },
  hubgram_schedules_open: { type: 'gauge', help: 'Schedules that are open now.' },
  hubgram_schedule_openings_total: { type: 'counter', help: 'Openings of schedules.' },
  hubgram_schedule_openings_missed_total: {
    type: 'counter',
    help: 'Schedules whose window was over before hubgram could open it, since it was not running.',
  },
  hubgram_schedule_closings_total: {
    type: 'counter',
    help: 'Closings of schedules, by whether models were left for the next one.',
    labels: { leftovers: '`yes`, `no`' },
  },
  hubgram_telegram_calls_total: {
    type: 'counter',
    help: 'Calls to Telegram, by method and outcome.',
    labels: {
      method: 'as in the Bot API',
      outcome: '`ok`, `refused` (4xx), `too_many_requests`, `server_error`, `no_answer`',
    },
  },
  hubgram_telegram_too_many_requests_total: {
    type: 'counter',
    help: 'Calls that Telegram refused because there were too many (429).',
  },
  hubgram_telegram_call_duration_seconds: {
    type: 'histogram',
    help: 'How long calls to Telegram took, save those that wait for updates.',
  },
  hubgram_outbox_waiting_notices: { type: 'gauge', help: 'Notices that are still to be sent.' },
  hubgram_hub_requests_total: {
    type: 'counter',
    help: 'Questions to the Hub, by what the Hub counts them as, and outcome; the bytes of files are no questions.',
    labels: { kind: '`api`, `resolvers`', outcome: HUB_OUTCOMES },
  },
  hubgram_hub_budget_requests: {
    type: 'gauge',
    help: 'Requests that the Hub still allows in its present window; absent while it has not said so.',
    labels: { kind: '`api`, `resolvers`' },
  },
  hubgram_hub_token_refused: {
    type: 'gauge',
    help: '1 while the Hub does not accept the token of HF_TOKEN, 0 otherwise.',
  },
  hubgram_people: { type: 'gauge', help: 'People that hubgram knows, by role.', labels: { role: ROLES } },
  hubgram_refused_total: {
    type: 'counter',
    help: 'What was not done for who asked for it, by reason.',
    labels: { reason: '`stranger`, `denied`, `channel`, `bot`, `viewer`, `role`, `quota`, `too_fast`' },
  },
  hubgram_disk_size_bytes: { type: 'gauge', help: 'The disk that the models lie on.' },
  hubgram_disk_free_bytes: { type: 'gauge', help: 'What is free on it.' },
  hubgram_disk_least_free_bytes: { type: 'gauge', help: 'What stays free on it: with less, downloads wait for space.' },
  hubgram_stored_bytes: {
    type: 'gauge',
    help: 'Complete copies of models; a file that several of them share counts for each.',
  },
  hubgram_database_size_bytes: {
    type: 'gauge',
    help: 'The database, by file.',
    labels: { file: '`database`, `log` (what is written and not moved there yet)' },
  },
  hubgram_event_loop_delay_seconds: {
    type: 'histogram',
    help: 'For how long everybody was kept waiting at most, in each second.',
  },
  process_start_time_seconds: { type: 'gauge', help: 'When the process began, since the epoch.' },
  process_cpu_seconds_total: { type: 'counter', help: 'Processor time of the process.' },
  process_resident_memory_bytes: { type: 'gauge', help: 'Memory that the process holds.' },
} as const satisfies Readonly<Record<string, MetricKind>>;

export type MetricName = keyof typeof METRICS;

const { hubgram_build_info, hubgram_receiving_bytes_per_second, ...OTHERS } = METRICS;

/** What a machine that is no bot tells of itself: what it has in common with one, and how it stands with Redis. */
export const HOST_METRICS = {
  hubgram_build_info,
  hubgram_health_check_ok: {
    ...OTHERS.hubgram_health_check_ok,
    labels: { check: '`redis`, `data`, `queue`, `disk`, as in `/healthz`' },
  },
  hubgram_redis_up: { type: 'gauge', help: '1 if Redis lets this machine in, 0 if it cannot be reached.' },
  hubgram_runs: {
    type: 'gauge',
    help: 'What it does for its bot now, by what that is.',
    labels: { kind: '`copy` (made), `verify` (read again)' },
  },
  hubgram_received_bytes_total: { type: 'counter', help: 'Bytes of models that came over the network.' },
  hubgram_receiving_bytes_per_second,
  hubgram_disk_size_bytes: OTHERS.hubgram_disk_size_bytes,
  hubgram_disk_free_bytes: OTHERS.hubgram_disk_free_bytes,
  hubgram_disk_least_free_bytes: OTHERS.hubgram_disk_least_free_bytes,
  hubgram_event_loop_delay_seconds: OTHERS.hubgram_event_loop_delay_seconds,
  process_start_time_seconds: OTHERS.process_start_time_seconds,
  process_cpu_seconds_total: OTHERS.process_cpu_seconds_total,
  process_resident_memory_bytes: OTHERS.process_resident_memory_bytes,
} as const satisfies Readonly<Record<string, MetricKind>>;

export type HostMetricName = keyof typeof HOST_METRICS;
type OfType<Type> = { [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never }[MetricName];
export type HistogramName = OfType<'histogram'>;
export type PlainName = OfType<'counter' | 'gauge'>;
