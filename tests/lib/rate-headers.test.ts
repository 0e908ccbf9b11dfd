import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../src/lib/net/rate-headers.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const asked = (headers: Readonly<Record<string, string>>): number | undefined =>
  retryAfterMs((name) => headers[name], NOW);

describe('how long the other side asks to wait', () => {
  it.each([
    [{ ratelimit: '"api";r=0;t=55' }, 56_000],
    [{ ratelimit: '"resolvers"; r=0; t=1' }, 2000],
    [{ ratelimit: '"api";r=12;t=55' }, undefined],
    [{ ratelimit: '"api";r=12;t=9, "resolvers";r=0;t=55' }, 56_000],
    [{ ratelimit: '"api";r=3;t=55', 'retry-after': '4' }, 4000],
    [{ ratelimit: 'x', 'retry-after': 'soon' }, undefined],
    [{ ratelimit: '"api";r=0;t=0', 'retry-after': '9' }, 1000],
    [{ 'retry-after': '9' }, 9000],
    [{ 'retry-after': ' 9 ' }, 9000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 12:00:07 GMT' }, 7000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 11:00:00 GMT' }, 0],
    // By its own clock, which is two hours ahead of ours, or behind.
    [{ 'retry-after': 'Thu, 01 Jan 2026 14:00:07 GMT', date: 'Thu, 01 Jan 2026 14:00:00 GMT' }, 7000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 10:00:07 GMT', date: 'Thu, 01 Jan 2026 10:00:00 GMT' }, 7000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 12:00:07 GMT', date: 'today' }, 7000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '999999' }, 3_600_000],
    [{}, undefined],
  ])('is read from %o as %s ms', (headers, expected) => {
    expect(asked(headers as Record<string, string>)).toBe(expected);
  });
});
