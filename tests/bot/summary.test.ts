import { expect, it } from 'vitest';
import { summaryCard } from '../../src/bot/board/summary.ts';
import { sampleModel, sampleSnapshot, shown } from './samples.ts';

const running = (name: string, snapshot?: ReturnType<typeof sampleSnapshot>) => ({
  model: sampleModel({ name, status: 'downloading', sizeBytes: 1_000_000 }),
  snapshot,
});

it('says how far all are together, then each', () => {
  const half = sampleSnapshot({ bytesTotal: 1_000_000, bytesReady: 500_000, bytesPerSecond: 10_000, etaMs: 50_000 });
  const whole = sampleSnapshot({
    bytesTotal: 1_000_000,
    bytesReady: 1_000_000,
    phase: 'verifying',
    bytesPerSecond: undefined,
    etaMs: undefined,
  });
  expect(shown(summaryCard(1, [running('a', half), running('b', whole), running('c')]))).toMatchInlineSnapshot(`
    "3 downloads · downloading
    ███████░░░░░░░ 50 %
    1.5 MB of 3 MB · 10 kB/s · 2 min 30 s left in all
    a · 50 % · 10 kB/s · 50 s left
    b · 100 % · verifying
    c · starting
    [Pause all]"
  `);
});

it('names no more than a phone shows', () => {
  const names = Array.from({ length: 40 }, (_, index) => `org/${'n'.repeat(80)}-${index}`);
  const { text } = summaryCard(
    1,
    names.map((name) => running(name)),
  );
  const rows = text.text.split('\n');
  expect(rows).toHaveLength(3 + 15 + 1);
  expect(rows.at(-1)).toBe('… and 25 more: /queue');
  expect(rows[4]).toMatch(/^org\/n{35}… · starting$/);
});
