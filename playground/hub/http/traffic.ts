import type { RequestRecord } from './request-log.ts';

/** What requests are for: files whole or in ranges, what is asked to have them by chunks, and all the rest. */
export type TrafficKind = 'token' | 'reconstruction' | 'xorb' | 'file' | 'other';

export interface Traffic {
  readonly requests: number;
  /** Of bodies, as they were sent. */
  readonly bytes: number;
}

const kindOf = ({ host, path }: RequestRecord): TrafficKind => {
  if (host === 'cas') return 'reconstruction';
  if (host === 'hub') return path.includes('/xet-read-token/') ? 'token' : 'other';
  return path.startsWith('/xorbs/') ? 'xorb' : 'file';
};

/** Counts requests and their bytes by what they were for. */
export const trafficOf = (records: readonly RequestRecord[]): Readonly<Record<TrafficKind, Traffic>> => {
  const nothing = { requests: 0, bytes: 0 };
  const sums: Record<TrafficKind, Traffic> = {
    token: nothing,
    reconstruction: nothing,
    xorb: nothing,
    file: nothing,
    other: nothing,
  };
  for (const record of records) {
    const { requests, bytes } = sums[kindOf(record)];
    sums[kindOf(record)] = { requests: requests + 1, bytes: bytes + record.bytesSent };
  }
  return sums;
};
