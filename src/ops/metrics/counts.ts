import { ERROR_CODES } from '../../domain/errors.ts';
import { createCounter } from '../../lib/counting/counter.ts';
import { createHistogram, type Distribution } from '../../lib/counting/histogram.ts';
import type { RunEnd } from '../../queue/run/ending/run-end.ts';
import type { RunEvent } from '../../schedule/scheduler.ts';
import type { Sample } from './exposition.ts';

/** A call to Telegram, as the bot tells of it. */
interface Call {
  readonly method: string;
  readonly outcome: string;
  readonly durationMs: number;
}

/** A question to the Hub, as its source tells of it. */
interface HubRequest {
  readonly kind: string;
  readonly outcome: string;
}

/** What is counted as it happens, since the start: who does it tells, and knows of nothing else. */
export interface Counts {
  readonly runEnded: (end: RunEnd) => void;
  readonly schedule: (event: RunEvent) => void;
  readonly telegramCall: (call: Call) => void;
  readonly hubRequest: (request: HubRequest) => void;
  readonly read: () => CountsRead;
}

interface CountsRead {
  readonly hubgram_downloads_ended_total: readonly Sample[];
  readonly hubgram_download_errors_total: readonly Sample[];
  readonly hubgram_download_retries_total: readonly Sample[];
  readonly hubgram_schedule_openings_total: readonly Sample[];
  readonly hubgram_schedule_openings_missed_total: readonly Sample[];
  readonly hubgram_schedule_closings_total: readonly Sample[];
  readonly hubgram_telegram_calls_total: readonly Sample[];
  readonly hubgram_telegram_too_many_requests_total: readonly Sample[];
  readonly hubgram_telegram_call_duration_seconds: Distribution;
  readonly hubgram_hub_requests_total: readonly Sample[];
}

const CALL_BOUNDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** It is held open until there is an update. */
const WAITS_FOR_UPDATES = 'getUpdates';

const FAULT = 'fault';

/** Everything is zero at first. */
export const createCounts = (): Counts => {
  const ended = createCounter(['outcome'], [{ outcome: 'completed' }, { outcome: 'failed' }]);
  const errors = createCounter(
    ['kind'],
    [...ERROR_CODES, FAULT].map((kind) => ({ kind })),
  );
  const retries = createCounter([], [{}]);
  const opened = createCounter([], [{}]);
  const missed = createCounter([], [{}]);
  const closed = createCounter(['leftovers'], [{ leftovers: 'yes' }, { leftovers: 'no' }]);
  const calls = createCounter(['method', 'outcome']);
  const tooMany = createCounter([], [{}]);
  const durations = createHistogram(CALL_BOUNDS);
  const requests = createCounter(['kind', 'outcome']);
  return {
    runEnded: ({ kind, error }) => {
      if (kind === 'completed' || kind === 'failed') ended.add({ outcome: kind });
      if (kind === 'backoff') retries.add({});
      if (error !== undefined) errors.add({ kind: error });
    },
    schedule: (event) => {
      if (event.kind === 'closed') closed.add({ leftovers: event.leftOver > 0 ? 'yes' : 'no' });
      else (event.kind === 'opened' ? opened : missed).add({});
    },
    telegramCall: ({ method, outcome, durationMs }) => {
      calls.add({ method, outcome });
      if (outcome === 'too_many_requests') tooMany.add({});
      if (method !== WAITS_FOR_UPDATES) durations.observe(durationMs / 1000);
    },
    hubRequest: ({ kind, outcome }) => requests.add({ kind, outcome }),
    read: () => ({
      hubgram_downloads_ended_total: ended.counts(),
      hubgram_download_errors_total: errors.counts(),
      hubgram_download_retries_total: retries.counts(),
      hubgram_schedule_openings_total: opened.counts(),
      hubgram_schedule_openings_missed_total: missed.counts(),
      hubgram_schedule_closings_total: closed.counts(),
      hubgram_telegram_calls_total: calls.counts(),
      hubgram_telegram_too_many_requests_total: tooMany.counts(),
      hubgram_telegram_call_duration_seconds: durations.read(),
      hubgram_hub_requests_total: requests.counts(),
    }),
  };
};
