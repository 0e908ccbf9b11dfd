import { MACHINES } from './machines.ts';
import { of, OF, rate } from './selectors.ts';
import type { Row } from './panels.ts';

/** How much a counter grew in what one point of a graph stands for. */
const growth = (series: string): string => `increase(${series}[$__rate_interval])`;

/** What the dashboard shows, from top to bottom. */
export const ROWS: readonly Row[] = [
  {
    title: 'Is it well',
    panels: [
      {
        kind: 'stat',
        title: 'Well',
        description: '1 if all that /healthz looks at is well.',
        unit: 'short',
        queries: [{ expr: `min(hubgram_health_check_ok${OF})`, legend: 'well' }],
        badBelow: 1,
      },
      {
        kind: 'stat',
        title: 'Runs since',
        description: 'How long ago the process began.',
        unit: 's',
        queries: [{ expr: `time() - process_start_time_seconds${of('job="hubgram"')}`, legend: '{{instance}}' }],
      },
      {
        kind: 'stat',
        title: 'Receives',
        description: 'How fast models come now.',
        unit: 'Bps',
        queries: [{ expr: `sum(hubgram_receiving_bytes_per_second${OF})`, legend: 'now' }],
      },
      {
        kind: 'stat',
        title: 'Waiting models',
        description: 'Whatever they wait for.',
        unit: 'short',
        queries: [{ expr: `sum(hubgram_queue_waiting_models${OF})`, legend: 'waiting' }],
      },
      {
        kind: 'stat',
        title: 'Free on the disk',
        description: 'Of the disk that the models lie on.',
        unit: 'bytes',
        queries: [{ expr: `hubgram_disk_free_bytes${OF}`, legend: '{{instance}}' }],
      },
      {
        kind: 'stat',
        title: 'Token of the Hub refused',
        description: '1 if the Hub does not accept HF_TOKEN any more.',
        unit: 'short',
        queries: [{ expr: `max(hubgram_hub_token_refused${OF})`, legend: 'refused' }],
        badFrom: 1,
      },
      {
        kind: 'timeseries',
        title: 'What /healthz looks at',
        description: '1 is well. A fall to 0 needs a restart or somebody’s help.',
        unit: 'short',
        queries: [{ expr: `hubgram_health_check_ok${OF}`, legend: '{{check}}' }],
      },
    ],
  },
  {
    title: 'What comes in',
    panels: [
      {
        kind: 'timeseries',
        title: 'Speed',
        description: 'Bytes of models over the network, in a second.',
        unit: 'Bps',
        queries: [{ expr: rate(`hubgram_received_bytes_total${OF}`), legend: '{{instance}}' }],
      },
      {
        kind: 'timeseries',
        title: 'Received in a day',
        description: 'In the 24 hours before each point.',
        unit: 'bytes',
        queries: [{ expr: `increase(hubgram_received_bytes_total${OF}[1d])`, legend: '{{instance}}' }],
      },
    ],
  },
  {
    title: 'Queue',
    panels: [
      {
        kind: 'timeseries',
        title: 'Models by status',
        description: 'In all libraries.',
        unit: 'short',
        queries: [{ expr: `sum by (status) (hubgram_models${OF})`, legend: '{{status}}' }],
        isStacked: true,
      },
      {
        kind: 'timeseries',
        title: 'What models wait for',
        description: 'Space and access need somebody; the rest goes on by itself, or waits for whoever has put it off.',
        unit: 'short',
        queries: [
          { expr: `sum by (reason) (hubgram_queue_waiting_models${OF})`, legend: '{{reason}}' },
          { expr: `sum(hubgram_queue_held_back_models${OF})`, legend: 'quota (also among turn)' },
        ],
      },
      {
        kind: 'timeseries',
        title: 'Held by an owner',
        description: '1 while an owner has stopped every download (/hold).',
        unit: 'short',
        queries: [{ expr: `hubgram_queue_held${OF}`, legend: '{{instance}}' }],
      },
    ],
  },
  {
    title: 'Ends and errors',
    panels: [
      {
        kind: 'timeseries',
        title: 'Downloads that ended',
        description: 'Models, by how.',
        unit: 'short',
        queries: [
          { expr: `sum by (outcome) (${growth(`hubgram_downloads_ended_total${OF}`)})`, legend: '{{outcome}}' },
        ],
      },
      {
        kind: 'timeseries',
        title: 'Errors by kind',
        description: 'Of runs, whatever followed. What each kind means stands in docs/metrics.md.',
        unit: 'short',
        queries: [{ expr: `sum by (kind) (${growth(`hubgram_download_errors_total${OF}`)}) > 0`, legend: '{{kind}}' }],
      },
      {
        kind: 'timeseries',
        title: 'Tried again',
        description: 'Downloads put back to be tried again by themselves.',
        unit: 'short',
        queries: [{ expr: growth(`hubgram_download_retries_total${OF}`), legend: '{{instance}}' }],
      },
    ],
  },
  {
    title: 'Schedules',
    panels: [
      {
        kind: 'timeseries',
        title: 'Open now',
        description: 'Schedules whose window is open.',
        unit: 'short',
        queries: [{ expr: `hubgram_schedules_open${OF}`, legend: '{{instance}}' }],
      },
      {
        kind: 'timeseries',
        title: 'Opened, missed, closed with leftovers',
        description: 'Missed: hubgram was not running. Leftovers go on at the next opening.',
        unit: 'short',
        queries: [
          { expr: growth(`hubgram_schedule_openings_total${OF}`), legend: 'opened' },
          { expr: `hubgram_schedule_openings_missed_total${OF}`, legend: 'missed before this start' },
          { expr: growth(`hubgram_schedule_closings_total${of('leftovers="yes"')}`), legend: 'closed with leftovers' },
        ],
      },
    ],
  },
  {
    title: 'Telegram',
    panels: [
      {
        kind: 'timeseries',
        title: 'Calls by outcome',
        description: 'In a second. Telegram allows about thirty.',
        unit: 'reqps',
        queries: [{ expr: `sum by (outcome) (${rate(`hubgram_telegram_calls_total${OF}`)})`, legend: '{{outcome}}' }],
      },
      {
        kind: 'timeseries',
        title: 'How long calls take',
        description: 'Of a hundred calls fifty and ninety-nine were as fast as this.',
        unit: 's',
        queries: ['0.5', '0.99'].map((part) => ({
          expr: `histogram_quantile(${part}, sum by (le) (${rate(`hubgram_telegram_call_duration_seconds_bucket${OF}`)}))`,
          legend: part,
        })),
      },
      {
        kind: 'timeseries',
        title: 'Too many requests, and notices that wait',
        description: 'Both are to be near zero.',
        unit: 'short',
        queries: [
          { expr: growth(`hubgram_telegram_too_many_requests_total${OF}`), legend: '429' },
          { expr: `hubgram_outbox_waiting_notices${OF}`, legend: 'notices' },
        ],
      },
    ],
  },
  {
    title: 'Hub',
    panels: [
      {
        kind: 'timeseries',
        title: 'Questions by outcome',
        description: 'In a second; the bytes of files are no questions.',
        unit: 'reqps',
        queries: [{ expr: `sum by (outcome) (${rate(`hubgram_hub_requests_total${OF}`)})`, legend: '{{outcome}}' }],
      },
      {
        kind: 'timeseries',
        title: 'What the Hub still allows',
        description: 'Requests in its present window; absent while it has not said so.',
        unit: 'short',
        queries: [{ expr: `hubgram_hub_budget_requests${OF}`, legend: '{{kind}}' }],
      },
    ],
  },
  MACHINES,
  {
    title: 'Machine and people',
    panels: [
      {
        kind: 'timeseries',
        title: 'Disk',
        description: 'Below what stays free downloads wait.',
        unit: 'bytes',
        queries: [
          { expr: `hubgram_disk_size_bytes${OF}`, legend: 'size' },
          { expr: `hubgram_disk_free_bytes${OF}`, legend: 'free' },
          { expr: `hubgram_disk_least_free_bytes${OF}`, legend: 'stays free' },
          { expr: `hubgram_stored_bytes${OF}`, legend: 'models' },
        ],
      },
      {
        kind: 'timeseries',
        title: 'Event loop: seconds with a stall of more than half a second',
        description: 'Everybody waits for as long.',
        unit: 'percentunit',
        queries: [
          {
            expr: `1 - ${rate(`hubgram_event_loop_delay_seconds_bucket${of('le="0.5"')}`)} / on (instance) ${rate(`hubgram_event_loop_delay_seconds_count${OF}`)}`,
            legend: '{{instance}}',
          },
        ],
      },
      {
        kind: 'timeseries',
        title: 'Processor',
        description: '1 is one core.',
        unit: 'short',
        queries: [{ expr: rate(`process_cpu_seconds_total${of('job="hubgram"')}`), legend: '{{instance}}' }],
      },
      {
        kind: 'timeseries',
        title: 'Memory',
        description: 'That the process holds.',
        unit: 'bytes',
        queries: [{ expr: `process_resident_memory_bytes${of('job="hubgram"')}`, legend: '{{instance}}' }],
      },
      {
        kind: 'timeseries',
        title: 'Database',
        description: 'A log that grows and never shrinks: something keeps the database open for reading.',
        unit: 'bytes',
        queries: [{ expr: `hubgram_database_size_bytes${OF}`, legend: '{{file}}' }],
      },
      {
        kind: 'timeseries',
        title: 'People, and what was refused',
        description: 'People by role; refusals in a second.',
        unit: 'short',
        queries: [
          { expr: `sum by (role) (hubgram_people${OF})`, legend: '{{role}}' },
          { expr: `sum by (reason) (${growth(`hubgram_refused_total${OF}`)}) > 0`, legend: 'refused: {{reason}}' },
        ],
      },
    ],
  },
];
