/**
 * hubgram against the programs people use instead, on this machine, and prints a table:
 *
 *     node bench/transfer.ts [--scenario=A,D] [--peers=hubgram,aria2c] [--runs=3] [--longest=900]
 *
 * A Hub of its own on loopback; the files lie beside the clone, in `data/bench`, and are deleted. Peers take turns, so that
 * a busy minute of the machine meets all of them; whoever takes longer than half a minute runs once, and is ended after `--longest` seconds.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './transfer/figures.ts';
import { type Measured, startHub } from './transfer/measure.ts';
import { type Peer, peersFor } from './transfer/peers.ts';
import { makeCertificate, runOnce } from './transfer/run.ts';
import { type Scenario, SCENARIOS } from './transfer/scenarios.ts';

const LONG_S = 30;

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: SCENARIOS.map(({ name }) => name).join(',') },
    peers: { type: 'string', default: '' },
    runs: { type: 'string', default: '3' },
    longest: { type: 'string', default: '900' },
  },
});
const runs = Number(values.runs);
const longestS = Number(values.longest);
const chosen = SCENARIOS.filter(({ name }) => values.scenario.split(',').includes(name));
const wanted = values.peers.split(',');
const work = join(import.meta.dirname, '../data/bench');

/** What hubgram says of itself. */
interface Inside {
  readonly startMs: number;
  readonly idleMb: number;
  readonly peakMb: number;
  readonly delayP99Ms: number;
}

const show = (number: number): string => number.toFixed(number < 10 ? 2 : number < 100 ? 1 : 0);

const insideOf = ({ output }: Measured): Inside => JSON.parse(output) as Inside;

/** Of one that was ended nothing is known but that it takes longer. */
const cutRowOf = (peer: Peer, times: number): string => {
  const cells = [
    peer.name,
    peer.verifies ? 'yes' : 'no',
    `> ${longestS}`,
    ...Array.from({ length: 7 }, () => ''),
    String(times),
  ];
  return `| ${cells.join(' | ')} |`;
};

const rowOf = (peer: Peer, measured: readonly Measured[], bytes: number, baseS: number): string => {
  const wallS = median(measured.map((one) => one.wallS));
  const cpuS = median(measured.map((one) => one.cpuS));
  if (measured.some(({ isCut }) => isCut)) return cutRowOf(peer, measured.length);
  const cells = [
    peer.name,
    peer.verifies ? 'yes' : 'no',
    show(wallS),
    show(bytes / 1e6 / wallS),
    `${show(wallS / baseS)} ×`,
    show(cpuS),
    show((cpuS / bytes) * 1e9),
    show(median(measured.map((one) => one.peakMb))),
    peer.isOurs ? show(median(measured.map((one) => insideOf(one).peakMb - insideOf(one).idleMb))) : '',
    peer.isOurs ? show(median(measured.map((one) => insideOf(one).delayP99Ms))) : '',
    String(measured.length),
  ];
  return `| ${cells.join(' | ')} |`;
};

const runScenario = async (scenario: Scenario): Promise<void> => {
  const { peers, missing } = peersFor(scenario);
  const running = peers.filter(({ name }) => wanted.some((start) => name.startsWith(start)));
  const hub = await startHub(scenario.name, work);
  const results = new Map<Peer, Measured[]>(running.map((peer) => [peer, []]));
  const bytes = hub.files.reduce((sum, { size }) => sum + size, 0);
  try {
    for (let round = 0; round < runs; round += 1) {
      const quick = [...results].filter(([, before]) => before.every(({ wallS }) => wallS <= LONG_S));
      for (const [peer, before] of quick) before.push(await runOnce(scenario, peer, { hub, work, longestS }));
    }
  } finally {
    await hub.stop();
  }
  const base = running.find(({ isOurs }) => isOurs) ?? running[0];
  const baseS = median((base ? results.get(base) : [])?.map(({ wallS }) => wallS) ?? []);
  console.log(`\n**${scenario.name}**: ${scenario.title}\n`);
  console.log('| | verifies | s | MB/s | time | CPU s | CPU s/GB | peak MB | above idle | loop p99 ms | runs |');
  console.log('|---|---|---|---|---|---|---|---|---|---|---|');
  for (const peer of running) console.log(rowOf(peer, results.get(peer) ?? [], bytes, baseS));
  if (missing.length > 0) console.log(`\nNot installed, so left out: ${missing.join(', ')}.`);
};

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
try {
  makeCertificate(work);
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Linux ${release()}, Node ${process.version}; medians`);
  for (const scenario of chosen) await runScenario(scenario);
} finally {
  rmSync(work, { recursive: true, force: true });
}
