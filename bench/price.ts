/**
 * What bytes cost, in pairs: hubgram and whom it is measured by run one after the other, and the median of what each pair gives
 * is printed beside what it should be. A minute in which the machine is busy meets both.
 *
 *     node bench/price.ts [--claims=A,B,C,D] [--pairs=10]
 *
 * A: processor time, against curl and a hash of the same bytes. B and D: speed, against what all connections could bring, start
 * included. C: time, against `curl -Z --parallel-max 50`.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './transfer/figures.ts';
import { type Measured, type RunningHub, startHub } from './transfer/measure.ts';
import { type Peer, peersFor } from './transfer/peers.ts';
import { runOnce } from './transfer/run.ts';
import { type Scenario, SCENARIOS } from './transfer/scenarios.ts';

const { values } = parseArgs({
  options: { claims: { type: 'string', default: 'A,B,C,D' }, pairs: { type: 'string', default: '10' } },
});
const pairs = Number(values.pairs);
const LONGEST_S = 900;
const work = join(import.meta.dirname, '../data/bench');

interface Claim {
  /** How its peers' names begin; none: it is measured by what the connections could bring. */
  readonly against: readonly string[];
  readonly says: string;
  /** What one pair gives. @param connections that ours was given */
  readonly figure: (ours: Measured, theirs: Measured, about: { bytes: number; speed: number }) => number;
  readonly should: (connections: number) => string;
}

const ofAll: Claim = {
  against: [],
  says: 'of connections × throttle',
  figure: ({ wallS }, _, { bytes, speed }) => bytes / wallS / speed,
  should: (connections) => `≥ ${connections > 16 ? '0.80' : '0.90'}`,
};

const CLAIMS: Readonly<Record<string, Claim>> = {
  A: {
    against: ['curl, then sha256sum', 'curl, then openssl'],
    says: '× its processor time',
    figure: (ours, theirs) => ours.cpuS / theirs.cpuS,
    should: () => '≤ 1.25',
  },
  B: ofAll,
  C: {
    against: ['curl -Z'],
    says: 'times as fast',
    figure: (ours, theirs) => theirs.wallS / ours.wallS,
    should: () => '≥ 1.20',
  },
  D: ofAll,
};

const connectionsOf = (peer: Peer): number => Number(/\d+/.exec(peer.name)?.[0]);

const rowsFor = async (scenario: Scenario, claim: Claim, hub: RunningHub): Promise<string[]> => {
  const bytes = hub.files.reduce((sum, { size }) => sum + size, 0);
  const all = peersFor(scenario).peers;
  const ours = all.filter(({ isOurs }) => isOurs);
  const theirs = all.filter(({ name }) => claim.against.some((start) => name === start));
  const runs = new Map<Peer, Measured[]>([...ours, ...theirs].map((peer) => [peer, []]));
  for (let pair = 0; pair < pairs; pair += 1)
    for (const [peer, before] of runs) before.push(await runOnce(scenario, peer, { hub, work, longestS: LONGEST_S }));
  return ours.flatMap((peer) =>
    (theirs.length > 0 ? theirs : [peer]).map((other) => {
      const connections = connectionsOf(peer);
      const about = { bytes, speed: scenario.throttle * connections };
      const mine = runs.get(peer) ?? [];
      const figures = mine.map((one, at) => claim.figure(one, runs.get(other)?.[at] ?? one, about));
      const sides = other === peer ? [mine] : [mine, runs.get(other) ?? []];
      const cells = [
        scenario.title,
        peer.name,
        `${median(figures).toFixed(2)} ${claim.says}`,
        claim.should(connections),
        other === peer ? '' : other.name,
        sides.map((of) => median(of.map(({ wallS }) => wallS)).toFixed(2)).join(' / '),
        sides.map((of) => ((median(of.map(({ cpuS }) => cpuS)) / bytes) * 1e9).toFixed(2)).join(' / '),
        pairs,
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  );
};

const price = async (scenario: Scenario): Promise<void> => {
  const claim = CLAIMS[scenario.name];
  if (!claim) return;
  const hub = await startHub(scenario.name, work);
  try {
    for (const row of await rowsFor(scenario, claim, hub)) console.log(row);
  } finally {
    await hub.stop();
  }
};

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
try {
  console.log(
    `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Linux ${release()}, Node ${process.version}; medians of pairs\n`,
  );
  console.log('| | | median | should be | against | s, ours / theirs | CPU s/GB, ours / theirs | pairs |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const scenario of SCENARIOS.filter(({ name }) => values.claims.split(',').includes(name))) await price(scenario);
} finally {
  rmSync(work, { recursive: true, force: true });
}
