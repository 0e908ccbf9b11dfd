import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Faults, Hit } from '../faults.ts';
import type { OpenRecord, RequestLog } from './request-log.ts';

/** One request under way, and what its answer is sent with. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly hit: Hit;
  readonly record: OpenRecord;
  readonly log: RequestLog;
  readonly faults: Faults;
  /** Of one connection. */
  readonly bytesPerSecond: number | undefined;
  /** Aborted when the connection is gone. */
  readonly gone: AbortSignal;
}
